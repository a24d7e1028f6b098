"""`Idempotency-Key` on whatever the API makes."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey
from apps.jobs.models import IdempotencyKey
from apps.knowledge.models import Collection, Document
from apps.privacy import retention_rules
from tests.conftest import ApiClient, api_client

KEYED = {"Idempotency-Key": "once"}
COLLECTIONS = "/api/v1/collections/"


def made(client: ApiClient, name: str = "Handbook", **headers: str) -> Any:
    return client.post_json(COLLECTIONS, {"name": name}, **(KEYED | headers))


@pytest.mark.django_db
def test_the_same_request_again_makes_nothing_and_gets_the_same_answer(alice_api: ApiClient) -> None:
    first, again = made(alice_api), made(alice_api)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["id"] == first.json()["id"]
    assert (again["Idempotency-Replayed"], Collection.objects.filter(name="Handbook").count()) == ("true", 1)


@pytest.mark.django_db
def test_other_content_under_the_same_key_is_refused(alice_api: ApiClient) -> None:
    made(alice_api)

    answer = made(alice_api, name="Another")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_conflict")


@pytest.mark.django_db
def test_a_refused_request_leaves_its_key_free(alice_api: ApiClient) -> None:
    assert made(alice_api, name="").status_code == 400

    assert made(alice_api).status_code == 201


@pytest.mark.django_db
def test_keys_of_others_are_other_keys(alice_api: ApiClient, alice_actor: Actor, bob_api: ApiClient) -> None:
    clients = {"Tea": alice_api, "Teapots": api_client(alice_actor), "Cups": bob_api}

    assert {made(client, name=name).status_code for name, client in clients.items()} == {201}


@pytest.mark.django_db
def test_whoever_lost_the_permission_is_told_nothing(alice_actor: Actor) -> None:
    client = api_client(alice_actor)
    made(client)
    ApiKey.objects.update(scopes=["jobs.view"])

    assert made(client).status_code == 403


@pytest.mark.django_db
def test_a_file_is_part_of_what_was_asked_for(alice_api: ApiClient) -> None:
    collection = made(alice_api).json()["id"]

    def sent(content: bytes) -> Any:
        file = SimpleUploadedFile("tea.txt", content)
        body = {"collection": collection, "file": file}
        return alice_api.post("/api/v1/documents/", body, headers={"Idempotency-Key": "file"})

    first, again = sent(b"Delivery takes two days."), sent(b"Delivery takes two days.")

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["id"] == first.json()["id"]
    assert sent(b"Delivery takes three days.").status_code == 409
    assert Document.objects.count() == 1


@pytest.mark.django_db
def test_a_key_is_forgotten_after_a_day(alice_api: ApiClient) -> None:
    made(alice_api)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))

    retention_rules.erase_outdated()

    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
def test_a_key_that_is_too_long_is_refused(alice_api: ApiClient) -> None:
    assert made(alice_api, **{"Idempotency-Key": "k" * 129}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_equal_requests_at_the_same_moment_make_one_thing(alice_api: ApiClient) -> None:
    answers: list[Any] = []

    def send() -> None:
        answers.append(made(alice_api))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == Collection.objects.count() == 1

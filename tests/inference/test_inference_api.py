import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.inference.models import Endpoint, InferenceCall, Quota
from tests.conftest import ApiClient, api_client

pytestmark = pytest.mark.django_db

ENDPOINTS = "/api/v1/inference/endpoints/"
CALLS = "/api/v1/inference/calls/"
QUOTAS = "/api/v1/inference/quotas/"
NEW = {"name": "big", "purpose": "chat", "url": "https://models.example.com/v1", "model": "m"}


def add_call(actor: Actor, **fields: object) -> InferenceCall:
    settings = {"purpose": "chat", "model": "m", "status": "succeeded", "output_tokens": 5, "latency_ms": 100}
    return InferenceCall.objects.create(organisation=actor.organisation, **settings | fields)


def test_an_administrator_registers_an_endpoint_and_never_sees_its_key_again(alice_api: ApiClient) -> None:
    made = alice_api.post(ENDPOINTS, NEW | {"api_key": "secret"}, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["has_api_key"] is True
    assert "secret" not in made.content.decode() + alice_api.get(ENDPOINTS).content.decode()


def test_a_forbidden_address_is_told_by_its_field(alice_api: ApiClient) -> None:
    refused = alice_api.post(ENDPOINTS, NEW | {"url": "http://169.254.1.1/"}, content_type="application/json")
    assert refused.status_code == 400
    assert "url" in refused.json()["error"]["fields"]


def test_a_stranger_gets_404(alice_api: ApiClient, bob_api: ApiClient) -> None:
    alice_api.post(ENDPOINTS, NEW, content_type="application/json")
    address = f"{ENDPOINTS}{Endpoint.objects.get().pk}/"
    assert bob_api.get(address).status_code == 404
    assert bob_api.patch(address, {"name": "x"}, content_type="application/json").status_code == 404
    assert bob_api.delete(address).status_code == 404


def test_shared_endpoints_are_seen_without_address_and_cannot_be_changed(alice_api: ApiClient) -> None:
    shared = Endpoint.objects.create(**NEW)
    [shown] = alice_api.get(ENDPOINTS).json()
    assert (shown["is_shared"], shown["url"]) == (True, "")
    address = f"{ENDPOINTS}{shared.pk}/"
    assert alice_api.patch(address, {"name": "x"}, content_type="application/json").status_code == 403
    assert alice_api.delete(address).status_code == 403


def test_reading_needs_the_permission(alice_actor: Actor) -> None:
    client = api_client(alice_actor, "jobs.view")
    assert {client.get(path).status_code for path in (ENDPOINTS, CALLS, QUOTAS)} == {403}
    assert Client().get(ENDPOINTS).status_code == 401


def test_calls_are_listed_newest_first_and_filtered(
    alice_actor: Actor, alice_api: ApiClient, bob_actor: Actor
) -> None:
    add_call(bob_actor)
    add_call(alice_actor)
    failed = add_call(alice_actor, status="failed", error_code="model_unavailable")
    listed = alice_api.get(CALLS).json()["results"]
    assert len(listed) == 2
    assert listed[0]["id"] == str(failed.pk)
    assert len(alice_api.get(CALLS, {"status": "failed"}).json()["results"]) == 1


def test_usage_is_summed_by_what_is_asked(alice_actor: Actor, alice_api: ApiClient) -> None:
    add_call(alice_actor)
    add_call(alice_actor, status="failed")
    add_call(alice_actor, purpose="extraction", output_tokens=7)
    by_purpose = alice_api.get(f"{CALLS}usage/", {"group_by": "purpose"}).json()
    sums = [(row["group"], row["calls"], row["failed"], row["output_tokens"]) for row in by_purpose]
    assert sums == [("chat", 2, 1, 10), ("extraction", 1, 0, 7)]
    [day] = alice_api.get(f"{CALLS}usage/").json()
    assert day["calls"] == 3
    assert alice_api.get(f"{CALLS}usage/", {"group_by": "mood"}).status_code == 400


def test_quotas_are_made_changed_and_removed(alice_api: ApiClient) -> None:
    body = {"metric": "requests", "window": "day", "hard_limit": 5}
    made = alice_api.post(QUOTAS, body, content_type="application/json")
    assert made.status_code == 201
    address = f"{QUOTAS}{made.json()['id']}/"
    assert alice_api.patch(address, {"hard_limit": 9}, content_type="application/json").status_code == 200
    assert Quota.objects.get().hard_limit == 9
    assert alice_api.delete(address).status_code == 204


def test_a_quota_without_any_limit_is_refused(alice_api: ApiClient) -> None:
    refused = alice_api.post(QUOTAS, {"metric": "tokens"}, content_type="application/json")
    assert refused.status_code == 400
    assert "hard_limit" in refused.json()["error"]["fields"]


def test_a_quota_cannot_name_another_organisations_member(alice_api: ApiClient, bob_actor: Actor) -> None:
    assert bob_actor.member
    body = {"metric": "requests", "hard_limit": 1, "member": str(bob_actor.member.pk)}
    refused = alice_api.post(QUOTAS, body, content_type="application/json")
    assert refused.status_code == 400
    assert "member" in refused.json()["error"]["fields"]

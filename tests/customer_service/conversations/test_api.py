"""Conversations through the REST API with a key."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import selectors
from apps.customer_service.conversations.models import Conversation, Message
from apps.jobs.models import Job
from tests.conftest import ApiClient, api_client
from tests.customer_service.conftest import Desk, Say
from tests.scripted_engine_fixture import ScriptedEngine

CONVERSATIONS = "/api/v1/conversations/"


def start(
    api: ApiClient, channel: Channel, message: str | None = "How long does delivery take?", **headers: str
) -> Any:
    body = {"channel": str(channel.pk)} | ({"message": message} if message is not None else {})
    return api.post_json(CONVERSATIONS, body, **headers)


def test_the_first_message_answers_202_with_a_job_to_follow(alice_api: ApiClient, channel: Channel) -> None:
    answer = start(alice_api, channel)

    assert answer.status_code == 202
    body = answer.json()
    assert body["turn"]["text"] == "How long does delivery take?"
    assert body["events"] == f"/api/v1/jobs/{body['job']['id']}/events/"
    assert Job.objects.get(pk=body["job"]["id"]).queue == "interactive"


def test_a_conversation_can_begin_without_a_message(alice_api: ApiClient, channel: Channel) -> None:
    body = start(alice_api, channel, None).json()

    assert (body["turn"], body["job"], body["conversation"]["turn_count"]) == (None, None, 0)


@pytest.mark.parametrize("text", ["", " ", "x" * 8001, "a\x00b"], ids=["empty", "blank", "too long", "NUL"])
def test_unusable_messages_are_refused_and_nothing_is_stored(
    alice_api: ApiClient, channel: Channel, text: str
) -> None:
    answer = start(alice_api, channel, text)

    assert answer.status_code == 400
    assert answer.json()["error"]["fields"]
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00not json", b'{"channel": "x', '{"message": "caf\xe9"}'.encode("latin-1"), b"[]"]
)
def test_bodies_that_are_no_json_get_a_400(alice_api: ApiClient, body: bytes) -> None:
    answer = alice_api.post(CONVERSATIONS, body, content_type="application/json")

    assert answer.status_code == 400
    assert "error" in answer.json()


def test_half_a_surrogate_pair_is_refused(alice_api: ApiClient, channel: Channel) -> None:
    body = f'{{"channel": "{channel.pk}", "message": "\\ud800"}}'

    assert alice_api.post(CONVERSATIONS, body, content_type="application/json").status_code == 400


def test_the_same_key_gives_the_same_message_and_job(alice_api: ApiClient, channel: Channel) -> None:
    first = start(alice_api, channel, **{"Idempotency-Key": "k1"}).json()
    second = start(alice_api, channel, **{"Idempotency-Key": "k1"}).json()

    assert (first["turn"]["id"], first["job"]["id"]) == (second["turn"]["id"], second["job"]["id"])
    assert Message.objects.count() == 1


def test_the_same_key_with_another_message_is_a_conflict(alice_api: ApiClient, channel: Channel) -> None:
    conversation = start(alice_api, channel, **{"Idempotency-Key": "k1"}).json()["conversation"]["id"]

    again = start(alice_api, channel, "Another question?", **{"Idempotency-Key": "k1"})
    later = alice_api.post_json(
        f"{CONVERSATIONS}{conversation}/messages/", {"text": "Third?"}, **{"Idempotency-Key": "k1"}
    )

    assert (again.status_code, later.status_code) == (409, 409)
    assert again.json()["error"]["code"] == "idempotency_conflict"
    assert Message.objects.count() == 1


def test_unknown_and_foreign_ids_are_404(
    alice_api: ApiClient, bob_api: ApiClient, channel: Channel, rival_channel: Channel
) -> None:
    conversation = start(alice_api, channel).json()["conversation"]["id"]

    assert start(alice_api, rival_channel).status_code == 404
    for api, wanted in ((bob_api, conversation), (alice_api, uuid4())):
        assert api.get(f"{CONVERSATIONS}{wanted}/").status_code == 404
        assert api.get(f"{CONVERSATIONS}{wanted}/turns/").status_code == 404
        for action in (
            "messages",
            "replies",
            "take-over",
            "hand-back",
            "resolve",
            "reopen",
            "cancel",
            "retry",
        ):
            assert api.post_json(f"{CONVERSATIONS}{wanted}/{action}/", {"text": "x"}).status_code == 404


def test_a_key_without_the_scope_may_only_read(alice_actor: Actor, channel: Channel) -> None:
    reader = api_client(alice_actor, "conversations.view")

    assert reader.get(CONVERSATIONS).status_code == 200
    assert start(reader, channel).status_code == 403
    assert reader.post_json("/api/v1/channels/", {"name": "Mine"}).status_code == 403


def test_an_expired_key_gets_a_401(alice_api: ApiClient, channel: Channel) -> None:
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(minutes=1))

    assert start(alice_api, channel).status_code == 401


def test_the_list_is_filtered_and_shows_only_ones_own(
    alice_api: ApiClient, bob_api: ApiClient, channel: Channel
) -> None:
    conversation = start(alice_api, channel).json()["conversation"]["id"]
    alice_api.post_json(f"{CONVERSATIONS}{conversation}/resolve/")
    start(alice_api, channel)

    closed = alice_api.get(f"{CONVERSATIONS}?state=resolved").json()["results"]

    assert [row["id"] for row in closed] == [conversation]
    assert bob_api.get(CONVERSATIONS).json()["results"] == []


def test_a_message_reopens_a_resolved_conversation_with_a_fresh_context(
    alice_api: ApiClient, channel: Channel
) -> None:
    url = f"{CONVERSATIONS}{start(alice_api, channel).json()['conversation']['id']}"
    alice_api.post_json(f"{url}/resolve/")

    taken = alice_api.post_json(f"{url}/messages/", {"text": "Still there?"})
    conversation = Conversation.objects.get()
    exchange = selectors.exchange(conversation.pk)

    assert (taken.status_code, conversation.state) == (202, "open")
    assert (conversation.reopen_count, conversation.resolved_at) == (1, None)
    assert exchange is not None
    assert (exchange.question, exchange.before) == ("Still there?", [])


@pytest.mark.django_db
def test_messages_carry_their_citations(alice_api: ApiClient, desk: Desk, says: Say) -> None:
    says("Delivery inside the city takes two to four working days [1].")
    asked = desk.open("How long does delivery take?")
    desk.work(asked.job)

    messages = alice_api.get(f"{CONVERSATIONS}{asked.conversation.pk}/turns/").json()["results"]

    assert [message["author"] for message in messages] == ["visitor", "bot"]
    assert messages[1]["citations"][0]["document_title"] == "Handbook"
    assert messages[1]["sentences"][0]["is_supported"] is True


@pytest.mark.django_db
def test_a_streamed_answer_speaks_as_openai_does(alice_api: ApiClient, desk: Desk, says: Say) -> None:
    says("Delivery inside the city takes two to four working days [1].")
    asked = desk.open("How long does delivery take?", idempotency_key="k1")
    desk.work(asked.job)
    body = {"channel": str(desk.channel.pk), "message": "How long does delivery take?", "stream": True}

    answer = alice_api.post_json(CONVERSATIONS, body, **{"Idempotency-Key": "k1"})
    lines = streamed_data(answer)

    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert text.startswith("Delivery inside the city")
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["citations"][0]["number"] == 1


def streamed_data(answer: Any) -> list[str]:
    async def gathered() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    text = async_to_sync(gathered)().decode()
    return [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]


def test_a_channel_cannot_take_another_shops_documents(
    alice_api: ApiClient, bob_api: ApiClient, channel: Channel
) -> None:
    collection = str(channel.collections.get().pk)

    made = alice_api.post_json("/api/v1/channels/", {"name": "Second", "collections": [collection]})
    stolen = bob_api.post_json("/api/v1/channels/", {"name": "Thief", "collections": [collection]})

    assert (made.status_code, stolen.status_code) == (201, 400)
    assert made.json()["chat_url"].endswith(f"/c/{made.json()['slug']}/")


def test_the_engine_learns_of_a_cancel(
    alice_api: ApiClient, channel: Channel, engine: ScriptedEngine
) -> None:
    url = f"{CONVERSATIONS}{start(alice_api, channel).json()['conversation']['id']}"

    answer = alice_api.post_json(f"{url}/cancel/")

    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    assert alice_api.post_json(f"{url}/retry/").json()["state"] == "queued"

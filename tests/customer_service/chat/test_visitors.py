"""The chat page's API: a signed token opens one conversation and nothing else."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client, override_settings

from apps.accounts.actors import Actor
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation, Message
from apps.jobs import lifecycle
from apps.jobs.models import Job
from apps.operations.switches import services as switches
from tests.customer_service.conftest import Desk, Say
from tests.customer_service.conversations.test_api import streamed_data
from tests.inference.used_up import use_up_requests

CONVERSATIONS = "/api/v1/visitor/conversations/"
APOLOGY = "Sorry, I could not answer just now."


class Visitor:
    def __init__(self, channel: Channel, message: str = "How long does delivery take?") -> None:
        self.client = Client(headers={"Accept-Language": "en"})
        answer = self.client.post(
            CONVERSATIONS, {"channel": channel.slug, "message": message}, content_type="application/json"
        )
        assert answer.status_code == 202, answer.content
        self.token, self.conversation = answer.json()["token"], answer.json()["conversation"]

    def post(self, action: str, body: object = None, conversation: object = None, **headers: str) -> Any:
        return self.client.post(
            f"{CONVERSATIONS}{conversation or self.conversation}/{action}/",
            body or {},
            content_type="application/json",
            headers={"Authorization": f"Visitor {self.token}", **headers},
        )

    def get(self, path: str = "", conversation: object = None) -> Any:
        return self.client.get(
            f"{CONVERSATIONS}{conversation or self.conversation}/{path}",
            headers={"Authorization": f"Visitor {self.token}"},
        )

    @property
    def job(self) -> Job:
        return Message.objects.filter(conversation=self.conversation, job__isnull=False).latest("ordinal").job


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def vera(channel: Channel) -> Visitor:
    return Visitor(channel)


def test_a_visitor_reads_and_continues_the_own_conversation(vera: Visitor) -> None:
    assert [message["author"] for message in vera.get().json()["turns"]] == ["visitor"]
    assert vera.post("messages", {"text": "And to the islands?"}).status_code == 202
    assert [message["text"] for message in vera.get("?after=1").json()["turns"]] == ["And to the islands?"]


def test_of_a_desk_that_is_off_visitors_hear_what_they_can_do(
    vera: Visitor, channel: Channel, alice_actor: Actor
) -> None:
    """And nothing that only staff could do about it: on the page, in its API, and of a tool or a queue alike."""
    sentence = "This chat is not available right now. Please contact us another way."
    switches.switch(alice_actor, "customer_service.answer_message", is_on=False)
    assert vera.post("messages", {"text": "Still there?"}).json()["error"]["message"] == sentence
    switches.switch(alice_actor, "customer_service", is_on=False)

    page = Client(headers={"Accept-Language": "en"}).get(f"/c/{channel.slug}/")
    first = Client().post(
        CONVERSATIONS, {"channel": channel.slug, "message": "Hello?"}, content_type="application/json"
    )

    assert (page.status_code, first.status_code, vera.get().status_code) == (503, 503, 503)
    assert sentence in page.text
    assert "Go to home" not in page.text
    assert vera.get().json()["error"] | {"request_id": ""} == {
        "code": "chat_unavailable",
        "message": sentence,
        "request_id": "",
    }


def test_of_a_quota_that_is_used_up_visitors_hear_neither_numbers_nor_whom_to_ask(
    vera: Visitor, alice_actor: Actor
) -> None:
    use_up_requests(alice_actor)

    refused = vera.post("messages", {"text": "Still there?"})

    assert refused.status_code == 503
    assert int(refused["Retry-After"]) > 0
    assert refused.json()["error"] | {"request_id": ""} == {
        "code": "chat_unavailable",
        "message": "This chat is not available right now. Please contact us another way.",
        "request_id": "",
    }


def test_a_token_does_not_open_anothers_conversation(vera: Visitor, channel: Channel) -> None:
    other = Visitor(channel)

    assert vera.get(conversation=other.conversation).status_code == 404
    assert vera.get("events/", conversation=other.conversation).status_code == 404
    for action in ("messages", "cancel", "retry"):
        assert vera.post(action, {"text": "x"}, conversation=other.conversation).status_code == 404


@pytest.mark.parametrize("token", ["", "nonsense", "eyJjb252ZXJzYXRpb24iOiAiIn0:1:x"])
def test_a_bad_token_opens_nothing(vera: Visitor, token: str) -> None:
    vera.token = token

    assert vera.get().status_code == 401
    assert vera.get("events/").status_code == 401


def test_a_token_expires(vera: Visitor) -> None:
    with time_machine.travel(datetime.now().astimezone() + timedelta(days=31), tick=True):
        assert vera.get().status_code == 401


def test_a_visitors_token_is_no_key_for_the_staff_api(vera: Visitor) -> None:
    answer = vera.client.get("/api/v1/conversations/", headers={"Authorization": f"Visitor {vera.token}"})

    assert answer.status_code == 401


def test_a_signed_in_members_cookie_opens_no_visitor_conversation(
    vera: Visitor, alice_browser: Client
) -> None:
    assert alice_browser.get(f"{CONVERSATIONS}{vera.conversation}/").status_code == 401


def test_a_form_from_another_site_is_refused(channel: Channel) -> None:
    form = Client(enforce_csrf_checks=True).post(CONVERSATIONS, {"channel": channel.slug, "message": "spam"})

    assert form.status_code == 415
    assert not Conversation.objects.exists()


def test_a_closed_channel_takes_no_visitors(channel: Channel, vera: Visitor) -> None:
    Channel.objects.update(is_enabled=False)

    assert vera.get().status_code == 401
    assert Client().get(f"/c/{channel.slug}/").status_code == 404


@pytest.mark.django_db
def test_a_failure_is_told_kindly_and_the_message_is_kept(vera: Visitor) -> None:
    job = lifecycle.claim(vera.job.pk)
    lifecycle.fail(job, code="internal_error", message="CUDA out of memory at 10.0.0.7: no model")

    lines = streamed_data(vera.get("events/"))

    assert APOLOGY in lines[-1]
    assert "model" not in lines[-1]
    assert vera.get().json()["turns"][0]["text"] == "How long does delivery take?"
    assert vera.post("retry").status_code == 202


@pytest.mark.django_db
def test_the_answer_arrives_as_events(vera: Visitor, desk: Desk, says: Say) -> None:
    says("Delivery inside the city takes two to four working days [1].")
    # The events of a job that waits for another attempt would not end.
    assert desk.work(vera.job).state == "succeeded"

    lines = streamed_data(vera.get("events/"))

    assert '"is_unanswered":false' in lines[-1]
    assert vera.get().json()["answer"] is None


def test_what_staff_write_reaches_the_visitor(vera: Visitor, desk: Desk) -> None:
    services.reply(desk.actor, conversation_id=vera.conversation, text="Tomorrow, promised.")

    body = vera.get("?after=1").json()

    assert body["turns"][0]["member_name"] == "Alice"
    assert body["is_with_person"] is True


def test_sending_again_after_a_lost_answer_stores_one_message(vera: Visitor) -> None:
    for _ in range(2):
        vera.post("messages", {"text": "And gifts?"}, **{"Idempotency-Key": "once"})

    assert Message.objects.count() == 2


@override_settings(REQUESTS_PER_MINUTE={"actor": 100, "visitor": 3, "visitor_start": 100})
def test_visitors_who_write_too_fast_are_slowed_down(channel: Channel) -> None:
    client = Client()
    body = {"channel": channel.slug, "message": ""}
    with time_machine.travel(datetime.now().astimezone(), tick=False):
        answers = [client.post(CONVERSATIONS, body, content_type="application/json") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


@override_settings(REQUESTS_PER_MINUTE={"actor": 100, "visitor": 3, "visitor_start": 100})
def test_who_has_a_whole_network_of_ipv6_is_one_visitor(channel: Channel) -> None:
    body = {"channel": channel.slug, "message": ""}
    with time_machine.travel(datetime.now().astimezone(), tick=False):
        answers = [
            Client().post(
                CONVERSATIONS,
                body,
                content_type="application/json",
                REMOTE_ADDR=f"2001:db8:1:{network}::{end}",
            )
            for network, end in [(2, 1), (2, 2), (2, 3), (2, 4), (3, 1)]
        ]

    assert [answer.status_code for answer in answers] == [400, 400, 400, 429, 400]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_chat_page_is_public_and_names_no_secrets(channel: Channel, language: str) -> None:
    answer = Client().get(f"/c/{channel.slug}/?language={language}")

    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies
    page = answer.content.decode()
    assert channel.name in page
    assert str(channel.organisation_id) not in page

"""Other systems are told what happens in conversations."""

import json
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts.actors import VISITOR, Actor
from apps.customer_service.chat import ratings
from apps.customer_service.conversations import activity, services
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.desk import DESK
from apps.customer_service.handoff.services import hand_off_locked
from apps.jobs import webhook_secrets, webhooks
from apps.jobs.models import Webhook, WebhookDelivery
from tests.conftest import ApiClient
from tests.customer_service.conftest import Desk, Say
from tests.loopback_server import Reply, serving

pytestmark = pytest.mark.django_db

EVENTS = list(DESK.webhook_events)


@pytest.fixture
def webhook(alice_actor: Actor) -> Webhook:
    return webhook_secrets.create_webhook(alice_actor, url="https://shop.example/hook", events=EVENTS)


def told() -> list[tuple[str, dict[str, Any]]]:
    deliveries = WebhookDelivery.objects.order_by("id")
    return [
        (delivery.event.removeprefix("conversation."), delivery.payload["data"]) for delivery in deliveries
    ]


def test_a_whole_conversation_is_told_in_order(desk: Desk, says: Say, webhook: Webhook) -> None:
    says("Delivery inside the city takes two to four working days [1].")
    asked = desk.open("How long does delivery take?")
    desk.work(asked.job)
    services.reply(desk.actor, conversation_id=asked.conversation.pk, text="Anything else?")
    services.resolve(desk.actor, conversation_id=asked.conversation.pk)
    services.reopen(desk.actor, conversation_id=asked.conversation.pk)

    events = told()

    assert [event for event, _ in events] == [
        "started", "message", "message", "message", "resolved", "reopened",
    ]  # fmt: skip
    written = [body["message"] for event, body in events if event == "message"]
    assert [(each["ordinal"], each["author"]) for each in written] == [
        (1, "visitor"),
        (2, "bot"),
        (3, "agent"),
    ]
    assert written[0]["text"] == "How long does delivery take?"
    assert [body["ordinal"] for _, body in events] == [0, 1, 2, 3, 3, 3]
    assert {body["conversation_id"] for _, body in events} == {str(asked.conversation.pk)}
    assert (events[-2][1]["state"], events[-2][1]["resolution"]) == ("resolved", "person")
    assert WebhookDelivery.objects.filter(subject=f"conversation:{asked.conversation.pk}").count() == 6


def test_a_handoff_is_told_with_its_reason(desk: Desk, webhook: Webhook) -> None:
    asked = desk.open("Let me talk to a person")
    with transaction.atomic():
        hand_off_locked(Conversation.objects.get(pk=asked.conversation.pk), reason="asked")

    event, body = next((event, body) for event, body in told() if event == "handed_off")
    assert (event, body["reason"], body["answered_by"]) == ("handed_off", "asked", "queue")


def test_what_is_rolled_back_is_not_told(desk: Desk, webhook: Webhook) -> None:
    with transaction.atomic():
        desk.open("Hello?")
        transaction.set_rollback(True)

    assert told() == []


def test_a_repeated_message_is_told_once(desk: Desk, webhook: Webhook) -> None:
    for _ in range(2):
        desk.open("Is anybody there?", idempotency_key="once")

    assert [event for event, _ in told()] == ["started", "message"]


def test_another_shop_hears_nothing(desk: Desk, bob_actor: Actor, settings: Any) -> None:
    webhook_secrets.create_webhook(bob_actor, url="https://rival.example/hook", events=EVENTS)

    desk.open("Hello?")

    assert told() == []


def test_a_rating_is_told_with_its_score(desk: Desk, webhook: Webhook) -> None:
    asked = desk.open("Hello?")
    services.resolve(desk.actor, conversation_id=asked.conversation.pk)
    visitor = Actor(desk.actor.organisation, frozenset({VISITOR}), visitor=asked.conversation.visitor_id)
    ratings.rate(visitor, conversation_id=asked.conversation.pk, score=4, comment="Quick")

    event, body = told()[-1]
    assert (event, body["score"], body["comment"]) == ("rated", 4, "Quick")


def test_without_a_webhook_a_message_costs_one_question_in_a_while(
    desk: Desk, django_assert_num_queries: Any
) -> None:
    asked = desk.open("Hello?")

    with django_assert_num_queries(0):
        activity.record(asked.conversation, activity.Event.CONVERSATION_RATED, score=5)


def test_the_message_that_arrives_is_signed_and_names_its_conversation(
    desk: Desk, alice_actor: Actor
) -> None:
    with serving({"*": Reply(b"ok")}) as receiver:
        webhook_secrets.create_webhook(alice_actor, url=receiver.url, events=["conversation.message"])
        asked = desk.open("Wo ist mein Tee?")
        webhooks.deliver_due()

    [request] = receiver.requests
    assert request["body"]["type"] == "conversation.message"
    assert request["body"]["data"]["conversation_id"] == str(asked.conversation.pk)
    assert WebhookDelivery.objects.get().state == "delivered"


def test_the_page_and_the_api_show_deliveries_without_a_job(
    desk: Desk, webhook: Webhook, alice_browser: Client, alice_api: ApiClient
) -> None:
    asked = desk.open("Hello?")

    page = alice_browser.get(f"/jobs/webhooks/{webhook.pk}/").content.decode()
    found = alice_api.get(f"/api/v1/webhook-deliveries/?subject=conversation:{asked.conversation.pk}").json()

    assert "conversation.started" in page
    assert [each["job_id"] for each in found["results"]] == [None, None]
    assert json.dumps(found).count("Hello?") == 1

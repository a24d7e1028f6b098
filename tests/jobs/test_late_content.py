"""What an event says of people is read when it leaves, and is stored in no row of the webhooks."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.core.errors import ServiceUnavailable
from apps.jobs import webhook_secrets, webhooks
from apps.jobs.models import Webhook, WebhookDelivery
from tests.loopback_server import LoopbackServer, Reply, serving

pytestmark = pytest.mark.django_db
EVENT = "job.succeeded"
PAYLOAD = {"type": EVENT, "data": {"person": "7"}}


class Desk:
    """The desk whose event it is: knows the telephone number, and hears how it went."""

    def __init__(self) -> None:
        self.is_away = False
        self.settled: list[bool] = []

    def complete(self, delivery: WebhookDelivery) -> Mapping[str, Any]:
        if self.is_away:
            raise ServiceUnavailable("The key is away.")
        return {**delivery.payload, "data": {**delivery.payload["data"], "phone": "13800000000"}}

    def settle(self, delivery: WebhookDelivery, is_accepted: bool) -> None:
        self.settled.append(is_accepted)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    content = webhooks.LateContent(desk.complete, desk.settle)
    monkeypatch.setitem(webhooks._late_contents, EVENT, content)
    return desk


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with serving({"*": Reply(b"13800000000 was told")}) as server:
        yield server


@pytest.fixture
def webhook(alice_actor: Actor, server: LoopbackServer) -> Webhook:
    return webhook_secrets.create_webhook(alice_actor, url=server.url, events=[EVENT])


def test_the_receiver_reads_what_no_row_holds(desk: Desk, webhook: Webhook, server: LoopbackServer) -> None:
    count = webhooks.record_event(webhook.organisation_id, EVENT, PAYLOAD, subject="tea:1")

    webhooks.deliver_due()

    assert count == 1
    (request,) = server.requests
    assert request["body"]["data"] == {"person": "7", "phone": "13800000000"}
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, desk.settled) == (WebhookDelivery.State.DELIVERED, [True])
    assert "13800000000" not in f"{delivery.payload} {delivery.response_text}"


def test_what_cannot_be_completed_now_is_tried_again(
    desk: Desk, webhook: Webhook, server: LoopbackServer
) -> None:
    desk.is_away = True
    webhooks.record_event(webhook.organisation_id, EVENT, PAYLOAD, subject="tea:1")

    webhooks.deliver_due()

    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.last_error) == (WebhookDelivery.State.PENDING, "The key is away.")
    assert (server.requests, desk.settled) == ([], [])


def test_the_desk_hears_of_the_last_refusal(desk: Desk, webhook: Webhook, server: LoopbackServer) -> None:
    server.replies["*"] = Reply(status=500)
    webhooks.record_event(webhook.organisation_id, EVENT, PAYLOAD, subject="tea:1")
    WebhookDelivery.objects.update(attempts=webhooks.MAX_ATTEMPTS - 1)

    webhooks.deliver_due()

    assert WebhookDelivery.objects.get().state == WebhookDelivery.State.FAILED
    assert desk.settled == [False]


def test_the_desk_hears_that_a_worker_died_in_the_last_attempt(
    desk: Desk, webhook: Webhook, server: LoopbackServer
) -> None:
    webhooks.record_event(webhook.organisation_id, EVENT, PAYLOAD, subject="tea:1")
    WebhookDelivery.objects.update(attempts=webhooks.MAX_ATTEMPTS)

    webhooks.deliver_due()

    assert WebhookDelivery.objects.get().last_error == webhooks.UNENDED
    assert (server.requests, desk.settled) == ([], [False])

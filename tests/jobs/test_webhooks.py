import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict
from apps.jobs import job_types, lifecycle, services, webhook_secrets, webhooks
from apps.jobs.models import Job, Webhook, WebhookDelivery
from apps.jobs.resources import WEBHOOKS
from apps.privacy import retention_rules
from apps.resources import services as resources
from tests.conftest import ApiClient, api_client

SEND = job_types.JobType(
    "tests.send",
    queue="batch",
    label="Send",
    may_see=job_types.holders_of("jobs.view"),
    may_cancel=job_types.holders_of("jobs.manage"),
)
EVENTS = ["job.succeeded", "job.failed", "job.cancelled"]


class Receiver:
    """Another company's server: remembers what it was sent and answers what it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b"thanks"
        self.location = ""
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append((self.path, headers, content))
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.end_headers()
                self.wfile.write(receiver.body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()


@pytest.fixture
def closed_network(settings: object) -> None:
    settings.PRIVATE_NETWORKS = ()  # type: ignore[attr-defined]


@pytest.fixture
def webhook(alice_actor: Actor, receiver: Receiver) -> Webhook:
    return webhook_secrets.create_webhook(alice_actor, url=receiver.url, events=EVENTS)


def ended_job(actor: Actor) -> Job:
    job = services.create_job(actor, kind=SEND, inputs={"document_id": "secret-input"}, subject="tea")
    claimed = lifecycle.claim(job.pk)
    assert claimed
    lifecycle.succeed(claimed, {"answer": "secret-result"})
    return claimed


def test_a_receiver_is_told_and_can_check_the_signature(
    webhook: Webhook, receiver: Receiver, alice_actor: Actor
) -> None:
    job = ended_job(alice_actor)

    webhooks.deliver_due()

    [(path, headers, body)] = receiver.received
    assert path == "/hook"
    key = base64.b64decode(webhook.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert json.loads(body)["type"] == "job.succeeded"
    assert json.loads(body)["data"]["job_id"] == str(job.pk)
    assert b"secret" not in body
    assert WebhookDelivery.objects.get().state == "delivered"


def test_the_signature_is_the_one_of_the_specification() -> None:
    signature = webhooks.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_only_the_wanted_events_are_sent(webhook: Webhook, alice_actor: Actor) -> None:
    resources.save(alice_actor, WEBHOOKS, {"events": ["job.cancelled"]}, row=webhook)
    ended_job(alice_actor)
    services.cancel_job(services.create_job(alice_actor, kind=SEND, inputs={}))

    assert [delivery.event for delivery in WebhookDelivery.objects.all()] == ["job.cancelled"]


def test_other_organisations_are_not_told(webhook: Webhook, bob_actor: Actor) -> None:
    ended_job(bob_actor)

    assert not WebhookDelivery.objects.exists()


def test_what_is_delivered_is_not_sent_again(
    webhook: Webhook, receiver: Receiver, alice_actor: Actor
) -> None:
    ended_job(alice_actor)

    assert webhooks.deliver_due() == 1
    assert webhooks.deliver_due() == 0
    assert len(receiver.received) == 1


def test_what_ended_a_month_ago_is_forgotten_and_what_is_still_tried_is_not(
    webhook: Webhook, alice_actor: Actor
) -> None:
    ended_job(alice_actor)
    webhooks.deliver_due()
    ended_job(alice_actor)

    WebhookDelivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    retention_rules.erase_outdated()

    assert [delivery.state for delivery in WebhookDelivery.objects.all()] == [WebhookDelivery.State.PENDING]


def test_a_refused_delivery_is_tried_eight_times_ever_later_under_one_id(
    webhook: Webhook, receiver: Receiver, alice_actor: Actor
) -> None:
    receiver.status, receiver.body = 503, b"x" * 5000
    ended_job(alice_actor)

    waits = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(12):
            now = timezone.now()
            webhooks.deliver_due()
            delivery = WebhookDelivery.objects.get()
            waits.append(delivery.next_attempt_at - now)
            clock.shift(timedelta(hours=7))

    assert len(receiver.received) == 8
    assert len({headers["webhook-id"] for _, headers, _ in receiver.received}) == 1
    assert waits[:7] == sorted(waits[:7])
    assert (delivery.state, delivery.response_status) == ("failed", 503)
    assert len(delivery.response_text) == 500


def test_a_redirect_is_not_followed(webhook: Webhook, receiver: Receiver, alice_actor: Actor) -> None:
    receiver.status, receiver.location = 302, receiver.url.replace("/hook", "/elsewhere")
    ended_job(alice_actor)

    webhooks.deliver_due()

    assert [path for path, _, _ in receiver.received] == ["/hook"]
    assert WebhookDelivery.objects.get().state == "pending"


def test_a_claimed_delivery_is_left_alone(webhook: Webhook, receiver: Receiver, alice_actor: Actor) -> None:
    ended_job(alice_actor)
    seen_by_two = [WebhookDelivery.objects.get(), WebhookDelivery.objects.get()]

    assert [webhooks._claim(delivery) for delivery in seen_by_two] == [True, False]
    assert webhooks.deliver_due() == 0


def test_a_switched_off_webhook_gets_nothing(
    webhook: Webhook, receiver: Receiver, alice_actor: Actor
) -> None:
    ended_job(alice_actor)
    resources.save(alice_actor, WEBHOOKS, {"is_enabled": False}, row=webhook)

    ended_job(alice_actor)
    webhooks.deliver_due()

    assert receiver.received == []
    assert WebhookDelivery.objects.count() == 1


def test_a_private_address_is_never_connected_to(
    webhook: Webhook, receiver: Receiver, alice_actor: Actor, settings: object
) -> None:
    ended_job(alice_actor)
    settings.PRIVATE_NETWORKS = ()  # type: ignore[attr-defined]

    webhooks.deliver_due()

    assert receiver.received == []
    assert "private" in WebhookDelivery.objects.get().last_error


def test_a_delivery_is_replayed_through_the_api(
    webhook: Webhook, receiver: Receiver, alice_actor: Actor, alice_api: ApiClient
) -> None:
    ended_job(alice_actor)
    webhooks.deliver_due()
    delivery = WebhookDelivery.objects.get()

    answer = alice_api.post(f"/api/v1/webhook-deliveries/{delivery.pk}/replay/")
    webhooks.deliver_due()

    assert answer.status_code == 202
    assert len(receiver.received) == 2
    assert receiver.received[0][1]["webhook-id"] == receiver.received[1][1]["webhook-id"]


def test_a_pending_delivery_cannot_be_replayed(
    webhook: Webhook, alice_actor: Actor, alice_api: ApiClient
) -> None:
    ended_job(alice_actor)

    answer = alice_api.post(f"/api/v1/webhook-deliveries/{WebhookDelivery.objects.get().pk}/replay/")

    assert answer.status_code == 409


def test_nothing_is_sent_again_to_a_webhook_that_is_switched_off(
    webhook: Webhook, receiver: Receiver, alice_actor: Actor, alice_browser: Client
) -> None:
    ended_job(alice_actor)
    webhooks.deliver_due()
    WebhookDelivery.objects.update(state="failed")
    Webhook.objects.update(is_enabled=False)

    with pytest.raises(Conflict):
        webhooks.replay_delivery(alice_actor, WebhookDelivery.objects.get())
    page = alice_browser.post(f"/jobs/webhooks/{webhook.pk}/replay/", {"period": "week"}, follow=True).text

    assert "This webhook is switched off" in page
    assert "Resending" not in page
    assert WebhookDelivery.objects.get().state == "failed"


def test_the_secret_is_shown_once_and_stored_encrypted(alice_api: ApiClient) -> None:
    made = alice_api.post_json(
        "/api/v1/webhooks/", {"url": "https://shop.example/hook", "events": EVENTS}
    ).json()

    assert made["secret"].startswith("whsec_")
    assert "secret" not in alice_api.get(f"/api/v1/webhooks/{made['id']}/").json()
    stored = Webhook.objects.extra(select={"raw": "secret"}).values_list("raw", flat=True).get()
    assert made["secret"] not in stored
    assert AuditEntry.objects.get(action="webhook.created").details["url"] == "https://shop.example/hook"
    assert made["secret"] not in str(AuditEntry.objects.get(action="webhook.created").details)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hook",
        "ftp://shop.example/",
        "https://user:password@shop.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost:9000/",
        "https:///nowhere",
        "nonsense",
    ],
)
@pytest.mark.usefixtures("closed_network")
def test_addresses_that_can_never_be_sent_to_are_refused(alice_api: ApiClient, url: str) -> None:
    answer = alice_api.post_json("/api/v1/webhooks/", {"url": url, "events": EVENTS})

    assert answer.status_code == 400
    assert "url" in answer.json()["error"]["fields"]


def test_unknown_events_are_refused(alice_api: ApiClient) -> None:
    body = {"url": "https://shop.example/hook", "events": ["job.exploded"]}

    assert "events" in str(alice_api.post_json("/api/v1/webhooks/", body).json()["error"]["fields"])


def test_webhooks_need_their_permission(alice_actor: Actor) -> None:
    assert api_client(alice_actor, "jobs.manage").get("/api/v1/webhooks/").status_code == 403


def test_the_portal_makes_changes_and_deletes_a_webhook(alice_browser: Client, alice_actor: Actor) -> None:
    page = alice_browser.post("/jobs/webhooks/new/", {"url": "https://shop.example/", "events": EVENTS})
    webhook = Webhook.objects.get()
    assert webhook.secret in page.content.decode()
    ended_job(alice_actor)

    changed = {"url": "https://shop.example/new", "events": ["job.failed"]}
    alice_browser.post(f"/jobs/webhooks/{webhook.pk}/", changed)
    shown = alice_browser.get(f"/jobs/webhooks/{webhook.pk}/").content.decode()
    webhook.refresh_from_db()
    assert (webhook.url, webhook.events, webhook.is_enabled) == (changed["url"], ["job.failed"], False)
    assert "job.succeeded" in shown
    assert webhook.secret not in shown

    alice_browser.post(f"/jobs/webhooks/{webhook.pk}/delete/")
    assert not Webhook.objects.exists()


def test_the_portal_shows_a_refused_address_beside_its_field(alice_browser: Client) -> None:
    page = alice_browser.post("/jobs/webhooks/new/", {"url": "https://10.0.0.1/", "events": EVENTS})

    assert page.context["form"].errors["url"]
    assert not Webhook.objects.exists()


def failed_delivery(webhook: Webhook, *, days_ago: float) -> WebhookDelivery:
    return WebhookDelivery.objects.create(
        organisation=webhook.organisation,
        webhook=webhook,
        event="job.failed",
        payload={"type": "job.failed", "data": {"kind": "tea"}},
        state=WebhookDelivery.State.FAILED,
        attempts=8,
        response_status=503,
        response_text="closed for lunch",
        created_at=timezone.now() - timedelta(days=days_ago),
    )


@pytest.mark.django_db
def test_all_that_failed_in_a_time_is_sent_again_at_once(
    alice_actor: Actor, alice_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = webhook_secrets.create_webhook(alice_actor, url="http://127.0.0.1:9/", events=EVENTS)
    other = webhook_secrets.create_webhook(alice_actor, url="http://127.0.0.1:8/", events=EVENTS)
    new, newer, _old = (failed_delivery(webhook, days_ago=days) for days in (3, 2, 20))
    foreign = failed_delivery(other, days_ago=1)
    page = alice_browser.get(f"/jobs/webhooks/{webhook.pk}/?state=failed").content.decode()
    assert "closed for lunch" in page
    assert "&quot;kind&quot;: &quot;tea&quot;" in page

    address = f"/jobs/webhooks/{webhook.pk}/replay/"
    alice_browser.post(address, {"period": "week"})

    pending = WebhookDelivery.objects.filter(state="pending", attempts=0)
    assert {row.pk for row in pending} == {new.pk, newer.pk}
    entry = AuditEntry.objects.get(action="webhook.failed_replayed")
    assert entry.details == {"url": webhook.url, "rows": 2}
    answer = alice_browser.post(address, {"period": "week"}, follow=True)
    assert "No failed deliveries in this period" in answer.content.decode()

    monkeypatch.setattr(webhooks, "MAX_REPLAYED", 1)
    failed_delivery(webhook, days_ago=4)
    assert webhooks.replay_failed(alice_actor, webhook, days=30) == 1
    foreign.refresh_from_db()
    assert WebhookDelivery.objects.filter(webhook=webhook, state="failed").count() == 1
    assert foreign.state == "failed"


def test_a_webhook_whose_secret_cannot_be_opened_keeps_no_other_waiting(
    webhook: Webhook, receiver: Receiver, alice_actor: Actor, bob_actor: Actor
) -> None:
    """Its deliveries are tried as often as any, and then given up with a reason."""
    other = Webhook.objects.create(
        organisation=bob_actor.organisation, url=receiver.url, secret=webhook.secret, events=EVENTS
    )
    ended_job(alice_actor)
    ended_job(bob_actor)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_webhook SET secret = 'gAAAAno' WHERE id = %s", [webhook.pk])

    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(webhooks.MAX_ATTEMPTS + 1):
            with suppress(ExceptionGroup):
                webhooks.deliver_due()
            clock.shift(timedelta(days=1))

    assert len(receiver.received) == 1
    bad = WebhookDelivery.objects.get(organisation=alice_actor.organisation)
    assert (bad.state, bad.last_error) == ("failed", "cannot be sent: InvalidToken")
    assert WebhookDelivery.objects.get(webhook_id=other.pk).state == "delivered"


def test_a_delivery_that_never_comes_to_its_end_is_given_up(
    webhook: Webhook, receiver: Receiver, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended_job(alice_actor)

    def lost(*_: object) -> None:
        raise OverflowError

    with time_machine.travel(timezone.now(), tick=False) as clock, monkeypatch.context() as patch:
        patch.setattr(webhooks, "_settle", lost)
        for _ in range(webhooks.MAX_ATTEMPTS + 2):
            with suppress(ExceptionGroup):
                webhooks.deliver_due()
            clock.shift(timedelta(seconds=webhooks.CLAIM_SECONDS + 1))

    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.last_error) == ("failed", webhooks.UNENDED)
    assert len(receiver.received) == webhooks.MAX_ATTEMPTS


def test_a_flood_for_one_receiver_keeps_no_other_waiting(
    webhook: Webhook, receiver: Receiver, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "BATCH_ROWS", 3)
    busy = webhook_secrets.create_webhook(alice_actor, url="https://[::1]:1/busy", events=EVENTS)
    rows = {"organisation": alice_actor.organisation, "event": "job.failed", "payload": {}}
    for each in (*[busy] * 6, webhook):
        WebhookDelivery.objects.create(**rows, webhook=each)

    webhooks.deliver_due()

    assert WebhookDelivery.objects.get(webhook=webhook).state == "delivered"
    assert WebhookDelivery.objects.filter(webhook=busy, attempts=1).count() == 2

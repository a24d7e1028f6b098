"""Telling other systems what happened. Signed as Standard Webhooks wants it, retried, replayable."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core import ssrf_guard
from apps.core.errors import ApplicationError, Conflict
from apps.core.rounds import Round
from apps.core.ttl_cache import TTLCache
from apps.jobs import selectors
from apps.jobs.models import Job, Webhook, WebhookDelivery, WebhookDeliveryQuerySet
from apps.jobs.webhook_events import EVENTS
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule

SECRET_MARK = "whsec_"  # noqa: S105  (the specification's prefix, not a secret)
# Seconds until the next attempt, by attempts so far: eight over some nine hours. After that somebody replays it.
RETRY_SECONDS = (5, 30, 120, 600, 1800, 7200, 21600)
MAX_ATTEMPTS = len(RETRY_SECONDS) + 1
# Longer than a request may take: what a killed worker had claimed is due again after it.
CLAIM_SECONDS = 60
BATCH_ROWS = 50
MAX_REPLAYED = 500
UNENDED = "the last attempt was interrupted"


# Nearly no organisation wants to hear of conversations, and messages are many. A new webhook of another
# process is noticed after these seconds.
_events_by_organisation: TTLCache[frozenset[str]] = TTLCache(seconds=5)


@dataclass(frozen=True)
class LateContent:
    """For an event about people: its stored payload names rows only, and they are read when it leaves.

    `complete`: a delivery → what is sent. It may raise ApplicationError, which counts as an attempt that failed.
    `settle`: told in the transaction that ends a delivery, whether the receiver accepted it.
    """

    complete: Callable[[WebhookDelivery], Mapping[str, Any]]
    settle: Callable[[WebhookDelivery, bool], object]


_late_contents: dict[str, LateContent] = {}

retention_rules.register(
    RetentionRule(
        "webhook_deliveries",
        _("Webhook deliveries and responses"),
        _("Organisation"),
        days=30,
        rows=WebhookDelivery.objects.exclude(state=WebhookDelivery.State.PENDING),
        since="created_at",
    ),
)


def register_late_content(event: str, content: LateContent) -> None:
    """Says how the payloads of an event are completed. Called once by the desk whose event it is."""
    _late_contents[event] = content


def record_deliveries(job: Job) -> None:
    """One delivery per webhook that wants this event, in the transaction that ended the job."""
    event = f"job.{job.state}"
    if is_wanted(job.organisation_id, event):
        _record(job.organisation_id, event, _payload(job), job=job, subject=job.subject)


def is_wanted(organisation_id: UUID, event: str) -> bool:
    """Whether anybody listens; cheap enough to ask for every message. Raises LookupError where no desk declares it."""
    if event not in EVENTS:
        raise LookupError(f"{event} is among the webhook events of no desk.py.")

    def enabled_events() -> frozenset[str]:
        webhooks = Webhook.objects.filter(organisation_id=organisation_id, is_enabled=True)
        return frozenset(event for events in webhooks.values_list("events", flat=True) for event in events)

    return event in _events_by_organisation.get(organisation_id, enabled_events)


def record_event(organisation_id: UUID, event: str, payload: Mapping[str, Any], *, subject: str) -> int:
    """One delivery per webhook that wants the event, in the caller's transaction; answers how many.

    `subject`: `conversation:<id>`.
    """
    if not is_wanted(organisation_id, event):
        return 0
    return _record(organisation_id, event, payload, subject=subject)


def clear_events_cache() -> None:
    _events_by_organisation.clear()


def _record(
    organisation_id: UUID, event: str, payload: Mapping[str, Any], *, subject: str, job: Job | None = None
) -> int:
    wanting = Webhook.objects.filter(
        organisation_id=organisation_id, is_enabled=True, events__contains=[event]
    )
    deliveries = [
        WebhookDelivery(
            organisation_id=organisation_id,
            webhook=webhook,
            job=job,
            subject=subject,
            event=event,
            payload=payload,
        )
        for webhook in wanting
    ]
    if deliveries:
        WebhookDelivery.objects.bulk_create(deliveries)
    return len(deliveries)


def deliver_due() -> int:
    """Sends what is due; what another worker has taken is left alone. Webhooks take turns, each with its oldest first: the
    thousands that wait for a receiver which is away keep nobody else's waiting.
    """
    turn = Window(RowNumber(), partition_by=F("webhook_id"), order_by="next_attempt_at")
    # Without the webhooks: the secret of one that cannot be opened any more concerns its own deliveries alone.
    due = WebhookDelivery.objects.due().annotate(turn=turn).order_by("turn", "next_attempt_at")[:BATCH_ROWS]
    this_round, deliveries = Round("webhook deliveries"), list[WebhookDelivery]()
    for delivery in due:
        with this_round.item():
            deliveries += [delivery] if _claim(delivery) else []
    prepared = [_prepare(delivery, this_round) for delivery in deliveries]
    if not connection.in_atomic_block:
        # Receivers may take their time; others need the connection meanwhile.
        connection.close()
    answers = iter(ssrf_guard.post_all([each for each in prepared if isinstance(each, ssrf_guard.Message)]))
    for delivery, each in zip(deliveries, prepared, strict=True):
        with this_round.item():
            _settle(delivery, each if isinstance(each, ssrf_guard.Answer) else next(answers))
    this_round.end()
    return len(deliveries)


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,<base64 of HMAC-SHA256>` over id, timestamp and body, as the Standard Webhooks specification has it."""
    key = base64.b64decode(secret.removeprefix(SECRET_MARK))
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


@requires_permission("webhooks.manage")
@transaction.atomic
def replay_delivery(actor: Actor, delivery: WebhookDelivery) -> WebhookDelivery:
    """Sends an ended delivery again, under the same id. Raises Conflict while it is still being tried, and where its webhook
    is switched off.
    """
    _require_enabled(delivery.webhook_id)
    over = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=WebhookDelivery.State.PENDING)
    if not over.update(state=WebhookDelivery.State.PENDING, attempts=0, next_attempt_at=timezone.now()):
        raise Conflict(_("This delivery is still in progress."), code="delivery_pending")
    audit.record(actor, action="webhook.replayed", target=delivery, details={"event": delivery.event})
    delivery.refresh_from_db()
    return delivery


@requires_permission("webhooks.manage")
@transaction.atomic
def replay_failed(actor: Actor, webhook: Webhook, *, days: int) -> int:
    """Sends what failed for good in these days again, the oldest first, and answers how many.

    At most MAX_REPLAYED at once: a receiver that comes back is not buried. Raises Conflict where there is nothing, and
    where the webhook is switched off.
    """
    _require_enabled(webhook.pk)
    failed = selectors.visible_deliveries(actor).filter(
        webhook=webhook,
        state=WebhookDelivery.State.FAILED,
        created_at__gte=timezone.now() - timedelta(days=days),
    )
    chosen = list(failed.order_by("id").values_list("pk", flat=True)[:MAX_REPLAYED])
    # Somebody may have sent some of them again meanwhile.
    still_failed = WebhookDelivery.objects.within(actor.organisation).filter(
        pk__in=chosen, state=WebhookDelivery.State.FAILED
    )
    count: int = still_failed.update(
        state=WebhookDelivery.State.PENDING, attempts=0, next_attempt_at=timezone.now()
    )
    if not count:
        raise Conflict(_("No failed deliveries in this period."))
    audit.record(
        actor, action="webhook.failed_replayed", target=webhook, details={"url": webhook.url, "rows": count}
    )
    return count


def _require_enabled(webhook_id: UUID) -> None:
    """What waits for one that is switched off is not sent, and nobody is told that it is."""
    if not Webhook.objects.filter(pk=webhook_id, is_enabled=True).exists():
        raise Conflict(_("This webhook is switched off. Switch it on, then send again."), code="webhook_off")


def _payload(job: Job) -> dict[str, Any]:
    """No inputs and no result: the receiver fetches what it needs with its own key."""
    return {
        "type": f"job.{job.state}",
        "timestamp": (job.finished_at or timezone.now()).isoformat(),
        "data": {
            "job_id": str(job.pk),
            "kind": job.kind,
            "state": job.state,
            "subject": job.subject,
            "attempt": job.attempt,
            "error_code": job.error_code,
            "created_at": job.created_at.isoformat(),
        },
    }


def _claim(delivery: WebhookDelivery) -> bool:
    """Moves the next attempt into the future, so nobody else finds it and a killed worker strands nothing."""
    # The time at which it was due tells: whoever claimed it first has moved that.
    own_row = WebhookDelivery.objects.filter(
        pk=delivery.pk, state=WebhookDelivery.State.PENDING, next_attempt_at=delivery.next_attempt_at
    )
    if delivery.attempts >= MAX_ATTEMPTS:
        # Whoever had it the last time never came to an end with it.
        _end(delivery, own_row, {"state": WebhookDelivery.State.FAILED, "last_error": UNENDED})
        return False
    delivery.next_attempt_at = timezone.now() + timedelta(seconds=CLAIM_SECONDS)
    delivery.attempts += 1
    count = own_row.update(attempts=F("attempts") + 1, next_attempt_at=delivery.next_attempt_at)
    return bool(count)


def _prepare(delivery: WebhookDelivery, this_round: Round) -> ssrf_guard.Message | ssrf_guard.Answer:
    """What leaves. What nobody foresaw counts as an attempt that failed, and stands on the page of the delivery."""
    with this_round.item() as failures:
        content = _content(delivery)
        return content if isinstance(content, ssrf_guard.Answer) else _message(delivery, content)
    return ssrf_guard.Answer(error=f"cannot be sent: {type(failures[0]).__name__}")


def _content(delivery: WebhookDelivery) -> Mapping[str, Any] | ssrf_guard.Answer:
    """What is sent now, or why it cannot be."""
    late = _late_contents.get(delivery.event)
    if late is None:
        content: Mapping[str, Any] = delivery.payload
        return content
    try:
        return late.complete(delivery)
    except ApplicationError as error:
        return ssrf_guard.Answer(error=str(error)[:500])


def _message(delivery: WebhookDelivery, content: Mapping[str, Any]) -> ssrf_guard.Message:
    body = json.dumps(content, ensure_ascii=False).encode()
    message_id, timestamp = str(delivery.pk), int(timezone.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Kongming-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(
            delivery.webhook.secret, message_id=message_id, timestamp=timestamp, body=body
        ),
    }
    return ssrf_guard.Message(delivery.webhook.url, body, headers)


def _settle(delivery: WebhookDelivery, answer: ssrf_guard.Answer) -> None:
    changes: dict[str, Any] = {
        "response_status": answer.status,
        "response_text": answer.text,
        "last_error": answer.error,
    }
    if answer.is_accepted:
        changes |= {"state": WebhookDelivery.State.DELIVERED, "delivered_at": timezone.now()}
    elif delivery.attempts >= MAX_ATTEMPTS:
        changes["state"] = WebhookDelivery.State.FAILED
    else:
        pause = timedelta(seconds=RETRY_SECONDS[delivery.attempts - 1])
        changes["next_attempt_at"] = timezone.now() + pause
    # Only while it is still ours: another worker takes a delivery over whose sender was gone for too long.
    ours = WebhookDelivery.objects.filter(pk=delivery.pk, next_attempt_at=delivery.next_attempt_at)
    _end(delivery, ours, changes, is_accepted=answer.is_accepted)


def _end(
    delivery: WebhookDelivery,
    own_row: WebhookDeliveryQuerySet,
    changes: dict[str, Any],
    *,
    is_accepted: bool = False,
) -> None:
    """Writes how an attempt ended; a desk whose event it is hears of the end of the delivery in the same transaction."""
    late = _late_contents.get(delivery.event)
    if late:
        # What a receiver answers may quote the people that it was told of.
        changes["response_text"] = ""
    with transaction.atomic():
        if own_row.update(**changes) and late and "state" in changes:
            late.settle(delivery, is_accepted)

"""Queues as an operator handles them: paused, run empty, emptied, woken. What was decided is a row, so workers see it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from apps.accounts import switches
from apps.core.errors import Conflict, NotFound, Text
from apps.jobs import broker, job_types, lifecycle, services
from apps.jobs.models import Job, JobQuerySet, QueueControl

# Nothing that people wait for takes so long; what does is looked at by a person first.
STUCK_AFTER = timedelta(hours=2)
LABELS: dict[str, Text] = {
    "interactive": _("Interactive answers"),
    "batch": _("Background work"),
    "ingest": _("Documents and files"),
    "speech": _("Recordings"),
    "voice": _("Visitors' voice messages"),
}
ALREADY = {
    QueueControl.Mode.OPEN: _("The queue is already open."),
    QueueControl.Mode.PAUSED: _("The queue is already paused."),
    QueueControl.Mode.DRAINING: _("The queue is already draining."),
}


@dataclass(frozen=True)
class QueueState:
    """One queue now, over all organisations.

    `oldest_since`: when the job that has waited longest became due. `messages`: in Redis; None while that is away.
    """

    name: str
    control: QueueControl
    waiting: int
    running: int
    stuck: int
    oldest_since: datetime | None
    messages: int | None

    @property
    def label(self) -> Text:
        return LABELS.get(self.name, self.name)

    @property
    def oldest_wait(self) -> timedelta | None:
        return timezone.now() - self.oldest_since if self.oldest_since else None


def control(name: str) -> QueueControl:
    """The decision about a queue; an unsaved row for one that nobody ever decided about."""
    return QueueControl.objects.filter(pk=name).first() or QueueControl(pk=name)


def states() -> list[QueueState]:
    """The state of each queue that a kind of job uses or has used."""
    now = timezone.now()
    waits, runs = Q(state=Job.State.QUEUED), Q(state=Job.State.RUNNING)
    counts: dict[str, Any] = {
        row["queue"]: row
        for row in Job.objects.active()
        .values("queue")
        .annotate(
            waiting=Count("pk", filter=waits),
            running=Count("pk", filter=runs),
            stuck=Count("pk", filter=_is_stuck()),
            oldest=Min("available_at", filter=waits & Q(available_at__lte=now)),
        )
        .order_by()
    }
    controls = QueueControl.objects.in_bulk()
    nothing: dict[str, Any] = {"waiting": 0, "running": 0, "stuck": 0, "oldest": None}
    return [
        QueueState(
            name,
            controls.get(name) or QueueControl(pk=name),
            waiting=count["waiting"],
            running=count["running"],
            stuck=count["stuck"],
            oldest_since=count["oldest"],
            messages=_messages(name),
        )
        for name in sorted(job_types.used_queues() | counts.keys())
        for count in [counts.get(name, nothing)]
    ]


@transaction.atomic
def change_mode(name: str, mode: QueueControl.Mode, *, changed_by: str) -> QueueControl:
    """Raises Conflict when another operator was a moment faster, and NotFound for what is no queue."""
    if name not in job_types.used_queues():
        raise NotFound
    QueueControl.objects.get_or_create(pk=name)
    row = QueueControl.objects.select_for_update().get(pk=name)
    if row.mode == mode:
        raise Conflict(ALREADY[mode], code="queue_unchanged")
    row.mode, row.changed_at, row.changed_by = mode, timezone.now(), changed_by[:200]
    row.save()
    services.draining_queues.clear()
    # Messages that came while the queue was paused were used up without a claim.
    transaction.on_commit(lambda: broker.wake_due(name))
    return row


def hold_reason(job: Job) -> str:
    """Why nobody takes a job that waits: "paused", "switched_off", or nothing."""
    if job.state != Job.State.QUEUED:
        return ""
    if control(job.queue).mode == QueueControl.Mode.PAUSED:
        return QueueControl.Mode.PAUSED
    return "" if switches.is_on(job.organisation_id, job.kind) else "switched_off"


def stuck_jobs(name: str) -> JobQuerySet:
    return Job.objects.filter(_is_stuck(), queue=name)


def requeue_stuck(name: str, *, limit: int) -> list[Job]:
    """Takes jobs from workers that are gone or make no progress, and wakes workers for what was forgotten."""
    requeued = [
        job for job in stuck_jobs(name).order_by("lease_expires_at")[:limit] if lifecycle.take_back(job)
    ]
    broker.wake_due(name)
    return requeued


def _messages(name: str) -> int | None:
    try:
        return broker.waiting_messages(name)
    except RedisError:
        return None


def _is_stuck() -> Q:
    now = timezone.now()
    return Q(state=Job.State.RUNNING) & (Q(lease_expires_at__lt=now) | Q(started_at__lt=now - STUCK_AFTER))

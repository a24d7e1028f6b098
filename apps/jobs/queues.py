"""Queues as an operator handles them: paused, run empty, emptied, woken. What was decided is a row, so workers see it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.core import context
from apps.core.errors import Conflict, NotFound, QueueClosed, Text
from apps.core.ttl_cache import TTLCache
from apps.jobs import broker, job_types, lifecycle
from apps.jobs.job_types import JobType
from apps.jobs.models import Job, JobQuerySet, QueueControl

Admission = TypeVar("Admission", bound=Callable[[Actor], object])
_admissions: list[Callable[[Actor], object]] = []
# How long another process may still take new work.
_draining: TTLCache[frozenset[str]] = TTLCache(seconds=2, size=1)
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
    _draining.clear()
    # Messages that came while the queue was paused were used up without a claim.
    transaction.on_commit(lambda: broker.wake_due(name))
    return row


def admission(ask: Admission) -> Admission:
    """Registers what is asked before a job is made that is not free. It raises where the actor has used up what there is."""
    _admissions.append(ask)
    return ask


def admit(actor: Actor, kind: JobType) -> None:
    """All that is asked before a job of the kind is stored: switches, the queue, quotas. Raises what `require_open` raises,
    and QuotaExceeded.
    """
    require_open(kind.queue, kind.name, actor.organisation.pk)
    if not kind.is_free:
        for ask in _admissions:
            ask(actor)


def require_open(queue: str, kind: str, organisation_id: UUID) -> None:
    """Raises QueueClosed or SwitchedOff, where somebody waits for the answer to a request.

    What the platform makes by itself is queued all the same: it waits, and no work that is under way breaks over it.
    """
    if not context.request_id.get():
        return
    switches.require_on(organisation_id, [kind])
    if queue in _draining.get("draining", draining_names):
        raise QueueClosed


def draining_names() -> frozenset[str]:
    draining = QueueControl.objects.filter(mode=QueueControl.Mode.DRAINING)
    return frozenset(draining.values_list("name", flat=True))


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

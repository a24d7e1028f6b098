"""What people and other systems do with jobs, and what is asked before one is stored."""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from opentelemetry.propagate import inject

from apps.accounts import switches
from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core import context
from apps.core.errors import Conflict, QueueClosed
from apps.core.models import snake_name
from apps.core.ttl_cache import TTLCache
from apps.jobs import broker, events, lifecycle
from apps.jobs.job_types import JobType
from apps.jobs.models import Job, QueueControl

Admission = TypeVar("Admission", bound=Callable[[Actor], object])
_admissions: list[Callable[[Actor], object]] = []
AFTER_FAILURE = timedelta(minutes=10)
# How long another process may still take new work.
draining_queues: TTLCache[frozenset[str]] = TTLCache(seconds=2, size=1)


def admission(ask: Admission) -> Admission:
    """Registers what is asked before a job is made that is not free. It raises where the actor has used up what there is."""
    _admissions.append(ask)
    return ask


def create_job(
    actor: Actor,
    *,
    kind: JobType,
    inputs: dict[str, Any],
    subject: str = "",
    idempotency_key: str | None = None,
    fingerprint: str = "",
) -> Job:
    """A queued job, sent to a worker when the surrounding transaction commits.

    `inputs` are ids, not contents. Within a request, raises QueueClosed or SwitchedOff where nobody would do the work,
    and anywhere QuotaExceeded, before anything is stored: files of the caller's are written afterwards.
    Raises Conflict when the idempotency key is taken: callers that accept keys look with `earlier_job` first, so this
    happens only when two equal requests race.
    """
    _require_open(kind.queue, kind.name, actor.organisation.pk)
    if not kind.is_free:
        for ask in _admissions:
            ask(actor)
    job = Job(inputs=inputs, subject=subject, idempotency_key=idempotency_key, fingerprint=fingerprint)
    return _store(actor, kind, job)


def create_once(actor: Actor, *, kind: JobType, inputs: dict[str, Any], subject: str) -> Job:
    """The job of this kind that has not begun yet, which will see all that there is by then, or a new one: what runs may not
    see the latest.
    """
    queued = Job.objects.within(actor.organisation).filter(kind=kind.name, state=Job.State.QUEUED).first()
    return queued or create_job(actor, kind=kind, inputs=inputs, subject=subject)


def create_missing(actor: Actor, kind: JobType, create: Callable[[Actor], Job | None]) -> Job | None:
    """The last job of this kind where it is under way, or a new one; none right after a failure, as everything that needs
    what it makes would ask for another one to fail.
    """
    last = Job.objects.within(actor.organisation).last_of(kind.name)
    if last and last.state == Job.State.FAILED and last.created_at > timezone.now() - AFTER_FAILURE:
        return None
    return last if last and not last.is_terminal else create(actor)


def create_following_job(actor: Actor, *, kind: JobType, inputs: dict[str, Any], subject: str = "") -> Job:
    """A job like those of `create_job` that goes on with work which was admitted: quotas are not asked again."""
    _require_open(kind.queue, kind.name, actor.organisation.pk)
    return _store(actor, kind, Job(inputs=inputs, subject=subject))


def _require_open(queue: str, kind: str, organisation_id: UUID) -> None:
    """Raises QueueClosed or SwitchedOff, where somebody waits for the answer to a request.

    What the platform makes by itself is queued all the same: it waits, and no work that is under way breaks over it.
    """
    if not context.request_id.get():
        return
    switches.require_on(organisation_id, [kind])
    if queue in draining_queues.get("draining", draining_names):
        raise QueueClosed


def draining_names() -> frozenset[str]:
    draining = QueueControl.objects.filter(mode=QueueControl.Mode.DRAINING)
    return frozenset(draining.values_list("name", flat=True))


def _store(actor: Actor, kind: JobType, job: Job) -> Job:
    job.organisation, job.member, job.api_key = actor.organisation, actor.member, actor.api_key
    job.kind, job.queue, job.max_attempts = kind.name, kind.queue, kind.max_attempts
    # The worker's span continues the trace of this request.
    carrier: dict[str, str] = {}
    inject(carrier)
    job.trace_parent = carrier.get("traceparent", "")
    try:
        # A savepoint, so that the caller's transaction survives a key that is taken.
        with transaction.atomic() if job.idempotency_key else nullcontext():
            job.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("This idempotency key is in use. Send the request again.")) from error
    broker.wake_on_commit(job.queue)
    return job


def create_row_job(
    actor: Actor, kind: JobType, row: Model, *, subject: Model | None = None, **inputs: Any
) -> Job:
    """Creates the job that fills a row: the row's id is an input, `<row>_id`, and it is the subject unless another one
    is.
    """
    about = subject or row
    return create_job(
        actor,
        kind=kind,
        inputs={f"{snake_name(type(row))}_id": str(row.pk), **inputs},
        subject=f"{snake_name(type(about))}:{about.pk}",
    )


def fingerprint_of(*parts: object) -> str:
    """Tells whether two requests with one idempotency key ask for the same thing."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def require_same_content(earlier_fingerprint: str, fingerprint: str) -> None:
    """Raises Conflict: a key stands for one request, and the result of that one would be a wrong answer to another."""
    if earlier_fingerprint != fingerprint:
        raise Conflict(
            _("This idempotency key was used for other content. Use a new key for a new request."),
            code="idempotency_conflict",
        )


def earlier_job(actor: Actor, *, idempotency_key: str | None, fingerprint: str) -> Job | None:
    """The job an equal request made before. Raises Conflict when the key came with other content."""
    if not idempotency_key:
        return None
    job = Job.objects.within(actor.organisation).filter(idempotency_key=idempotency_key).first()
    if job:
        require_same_content(job.fingerprint, fingerprint)
    return job


@transaction.atomic
def cancel_job(job: Job | None, *, requested_by: Actor | None = None) -> Job:
    """Ends a queued job at once and asks the worker of a running one to stop. Raises Conflict when it is over, or gone from
    the row that it was for.

    Leaves a line in the audit trail when somebody asked for it; a desk that stops its own job passes nobody.
    """
    is_queued = job is not None and lifecycle.cancel_queued(job)
    if job is None or not (is_queued or lifecycle.request_cancel(job)):
        raise Conflict(_("The job has already ended."), code="job_is_over")
    if not is_queued:
        transaction.on_commit(partial(events.announce_cancel, job))
    _record(requested_by, "job.cancelled", job)
    return Job.objects.get(pk=job.pk)


def cancel_if_running(job: Job) -> None:
    """Whose result nobody waits for any more. Nothing where it has ended, if only in this very moment."""
    try:
        cancel_job(job)
    except Conflict:
        return


@transaction.atomic
def retry_job(job: Job, *, requested_by: Actor | None = None, inputs: Mapping[str, Any] | None = None) -> Job:
    """Runs an ended job again with the same inputs, or some of them changed. Raises Conflict when it is not failed or
    cancelled.
    """
    _require_open(job.queue, job.kind, job.organisation_id)
    if inputs:
        Job.objects.filter(pk=job.pk).update(inputs=job.inputs | dict(inputs))
    if not lifecycle.requeue_ended(job):
        raise Conflict(_("Only failed and cancelled jobs can be run again."), code="job_not_retryable")
    _record(requested_by, "job.retried", job)
    return Job.objects.get(pk=job.pk)


@requires_permission("jobs.manage")
def cancel_by_hand(actor: Actor, job: Job) -> Job:
    return cancel_job(job, requested_by=actor)


@requires_permission("jobs.manage")
def retry_by_hand(actor: Actor, job: Job) -> Job:
    return retry_job(job, requested_by=actor)


def resume_job(job: Job) -> None:
    """There is something to do again for a suspended job. Others are left as they are."""
    lifecycle.resume(job)


def _record(actor: Actor | None, action: str, job: Job) -> None:
    if actor is not None:
        audit.record(actor, action=action, target=job, details={"kind": job.kind})

"""Every change of a job's state. Nothing else writes `Job.state`; the database refuses illegal transitions."""

from collections.abc import Collection, Sequence
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest, Left
from django.utils import timezone
from django.utils.translation import gettext_noop

from apps.accounts.models import ApiKey, Membership, Organisation
from apps.core.models import WrittenQuery
from apps.core.rounds import tend_each
from apps.jobs import broker, events, webhooks
from apps.jobs.models import Job, JobQuerySet
from apps.privacy import retention_rules

LOST_WORKER = "worker_lost"
LOST_WORKER_MESSAGE = gettext_noop(
    "The worker stopped several times while running this. Try again. If it keeps happening, contact "
    "the operator."
)
# `models.is_runnable` for one of these kinds, at this moment; the two have to stay alike. Takes `kinds` and `now`.
IS_RUNNABLE = """
    state = 'queued' AND available_at <= %(now)s AND kind = ANY(%(kinds)s)
    AND NOT EXISTS (SELECT FROM jobs_queuecontrol held WHERE held.name = queue AND held.mode = 'paused')
    AND NOT EXISTS (
        SELECT FROM accounts_switch off
        WHERE off.name IN (kind, split_part(kind, '.', 1), '*')
        AND (off.organisation_id IS NULL OR off.organisation_id = jobs_job.organisation_id)
    )
"""
# One statement instead of four in a transaction, as every answer begins with it. SKIP LOCKED: workers never wait for
# each other's row.
CLAIM_OLDEST = WrittenQuery(
    f"""
    WITH claimed AS (
        UPDATE jobs_job
        SET state = 'running', attempt = attempt + 1, started_at = %(now)s, lease_expires_at = %(lease_end)s,
            stage = '', progress = NULL
        WHERE id = (
            SELECT id FROM jobs_job
            WHERE queue = %(queue)s AND organisation_id = %(organisation)s AND {IS_RUNNABLE}
            ORDER BY available_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING *
    )
    SELECT {{columns}} FROM claimed
    JOIN accounts_organisation organisation ON organisation.id = claimed.organisation_id
    LEFT JOIN accounts_membership member ON member.id = claimed.member_id
    LEFT JOIN accounts_apikey api_key ON api_key.id = claimed.api_key_id
    """,  # noqa: S608  (constants)
    claimed=Job,
    organisation=Organisation,
    member=Membership,
    api_key=ApiKey,
)


class LeaseLost(Exception):
    """This attempt was given to another worker; whatever it made must not be written."""


def lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def claim(job_id: UUID | str) -> Job | None:
    """Takes a due job for this worker as a new attempt; None when somebody else has it or it is over."""
    count = (
        Job.objects.runnable()
        .filter(pk=job_id)
        .update(
            state=Job.State.RUNNING,
            attempt=F("attempt") + 1,
            started_at=timezone.now(),
            lease_expires_at=lease_end(),
            stage="",
            progress=None,
        )
    )
    with_owner = Job.objects.select_related("organisation", "member", "api_key")
    return with_owner.get(pk=job_id) if count else None


def claim_oldest(queue: str, organisation_id: UUID, kinds: Collection[str]) -> Job | None:
    """Takes the organisation's oldest due job of these kinds. Whoever looks at the same moment passes over the row."""
    parameters = {
        "queue": queue,
        "organisation": organisation_id,
        "kinds": list(kinds),
        "now": timezone.now(),
        "lease_end": lease_end(),
    }
    rows = CLAIM_OLDEST.first(parameters)
    if rows is None:
        return None
    job: Job = rows[0]
    job.organisation, job.member, job.api_key = rows[1:]
    return job


def succeed(job: Job, result: dict[str, Any]) -> None:
    """Raises LeaseLost when this attempt is not the current one any more."""
    # An earlier attempt may have failed; this one has made up for it.
    _end(job, Job.State.SUCCEEDED, result=result, progress=1.0, error_code="", error_message="")


def fail(job: Job, *, code: str, message: str) -> None:
    """Ends it as cancelled where somebody asked it to stop meanwhile: whoever deletes a document takes its file away."""
    if _is_asked_to_stop(job):
        cancel_running(job)
        return
    _end(job, Job.State.FAILED, error_code=code, error_message=message)


def cancel_running(job: Job) -> None:
    _end(job, Job.State.CANCELLED)


def release(job: Job, *, delay_seconds: float, code: str, message: str) -> bool:
    """Back to the queue for another attempt; fails the job instead when none is left, and ends it as cancelled where
    somebody asked it to stop. True when queued.
    """
    if job.attempt >= job.max_attempts:
        fail(job, code=code, message=message)
        return False
    is_queued = _requeue(job, seconds=delay_seconds, error_code=code, error_message=message)
    if not is_queued and _is_asked_to_stop(job):
        cancel_running(job)
    return is_queued


def suspend(job: Job, *, seconds: float, queue: str = "") -> None:
    """Back to its queue or into another one, as the work that there was is done and more may come: this attempt does not
    count. Ends it as cancelled where somebody asked it to stop.

    Raises LeaseLost.
    """
    queue = queue or job.queue
    # The next claim counts one more attempt, so the limit moves along; error and message as of one that succeeds.
    changes = {"max_attempts": F("max_attempts") + 1, "error_code": "", "error_message": "", "queue": queue}
    if not _requeue(job, seconds=seconds, **changes):
        if not _is_asked_to_stop(job):
            raise LeaseLost
        cancel_running(job)
        return
    if seconds <= 0:
        broker.wake_on_commit(queue)


def resume(job: Job) -> None:
    """A suspended job, or one that waits for another try, is due now."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED, available_at__gt=now)
    if waiting.update(available_at=now, sent_at=now):
        broker.wake_on_commit(job.queue)


def cancel_queued(job: Job) -> bool:
    """True when the job had not started and never will. Counts as an attempt, so that its end has an id."""
    with transaction.atomic():
        count = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
            state=Job.State.CANCELLED,
            attempt=F("attempt") + 1,
            finished_at=timezone.now(),
            cancel_requested_at=timezone.now(),
        )
        if count:
            job.refresh_from_db()
            _announce(job)
    return bool(count)


def request_cancel(job: Job) -> bool:
    """Leaves the wish in the row of a running job; its worker's heartbeat reads it there."""
    running = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
    return bool(running.update(cancel_requested_at=timezone.now()))


def requeue_ended(job: Job) -> bool:
    """A failed or cancelled job starts over with the same inputs, as its next attempt."""
    count = _restartable().filter(pk=job.pk).update(**_anew())
    if count:
        broker.wake_on_commit(job.queue)
    return bool(count)


def take_back(job: Job) -> bool:
    """From a worker that is gone or makes no progress, without counting the attempt. Its result is refused from now on.

    A job that somebody wanted to cancel ends instead. False when it is over or has begun anew meanwhile.
    """
    now = timezone.now()
    with transaction.atomic():
        if job.cancel_requested_at:
            count = _current(job).update(
                state=Job.State.CANCELLED, finished_at=now, lease_expires_at=None, progress=None
            )
            if count:
                job.refresh_from_db()
                _announce(job)
            return bool(count)
        return bool(
            _current(job).update(
                state=Job.State.QUEUED,
                lease_expires_at=None,
                available_at=now,
                sent_at=now,
                # One attempt is left whatever was used up: the worker failed, not the job.
                max_attempts=Greatest(F("max_attempts"), F("attempt") + 1),
            )
        )


def cancel_all(job_ids: Collection[UUID], *, stops_running: bool = True) -> list[tuple[UUID, str]]:
    """Like `cancel_queued` and `request_cancel`, for many. Answers organisation and queue of each that was changed."""
    now = timezone.now()
    with transaction.atomic():
        # One that is claimed at this moment is a running one.
        locked = Job.objects.filter(pk__in=job_ids, state=Job.State.QUEUED).select_for_update(
            skip_locked=True
        )
        queued = list(locked.values_list("pk", flat=True))
        Job.objects.filter(pk__in=queued).update(
            state=Job.State.CANCELLED, attempt=F("attempt") + 1, finished_at=now, cancel_requested_at=now
        )
        ended = list(Job.objects.filter(pk__in=queued).defer("inputs", "result"))
        for job in ended:
            _announce(job)
        running = Job.objects.filter(pk__in=job_ids, state=Job.State.RUNNING, cancel_requested_at=None)
        running = running if stops_running else running.none()
        stopping = list(running.only("organisation_id", "queue"))
        running.update(cancel_requested_at=now)
        for job in stopping:
            transaction.on_commit(partial(events.announce_cancel, job))
    return [(job.organisation_id, job.queue) for job in (*ended, *stopping)]


def requeue_all_ended(job_ids: Collection[UUID]) -> list[tuple[UUID, str]]:
    """Like `requeue_ended`, for many; whoever asks for it wakes their queues. Answers like `cancel_all`."""
    with transaction.atomic():
        ended = _restartable().filter(pk__in=job_ids).select_for_update(skip_locked=True)
        rows = list(ended.values_list("pk", "organisation_id", "queue"))
        Job.objects.filter(pk__in=[row[0] for row in rows]).update(**_anew())
    return [row[1:] for row in rows]


def erase(jobs: JobQuerySet) -> int:
    """Erases what jobs were given, what they made and what followers were told; that there was work stays.

    One that is under way is over: its run has lost the lease and stores nothing. Answers how many they were.
    """
    by_id = {job.pk: job for job in jobs.only("pk", "state")}
    with transaction.atomic():
        now, rows = timezone.now(), Job.objects.filter(pk__in=by_id)
        rows.active().update(state=Job.State.CANCELLED, finished_at=now, lease_expires_at=None)
        # Not None: `job_success_has_result` asks a result of every success.
        rows.exclude(result=None).update(result={})
        rows.update(
            inputs={}, subject="", error_message="", idempotency_key=None, fingerprint="", erased_at=now
        )
        # Once it is true: a rollback leaves followers what they had.
        transaction.on_commit(partial(events.erase_streams, list(by_id)))
        for job in by_id.values():
            if job.state == Job.State.RUNNING:
                transaction.on_commit(partial(events.announce_cancel, job))
    return len(by_id)


@transaction.atomic
def erase_with_jobs(organisation: Organisation, rows: Sequence[Any]) -> None:
    """Deletes rows that are backed by a job, with what their jobs hold. For a retention rule."""
    erase(Job.objects.filter(pk__in=[row.job_id for row in rows if row.job_id]))
    retention_rules.delete_rows(organisation, rows)


def renew_leases(running: dict[UUID, int]) -> dict[UUID, bool]:
    """Renews the lease of each (job, attempt) still ours. Answers those, with whether a cancel was asked for."""
    ours = Job.objects.filter(pk__in=running, state=Job.State.RUNNING)
    # Of the attempt that this process runs: a later one belongs to another worker.
    own_rows = [
        row for row in ours.values_list("pk", "attempt", "cancel_requested_at") if running[row[0]] == row[1]
    ]
    Job.objects.filter(pk__in=[row[0] for row in own_rows], state=Job.State.RUNNING).update(
        lease_expires_at=lease_end()
    )
    return {row[0]: row[2] is not None for row in own_rows}


def note_progress(job: Job, *, stage: str, progress: float | None) -> None:
    """What a reader of the row sees; called at stage changes and at most about once a second in between."""
    _current(job).update(stage=Left(Value(stage), 60), progress=progress)


def reap() -> dict[str, object]:
    """Gives abandoned jobs back to the queue or ends them, and re-sends jobs whose message was lost."""
    _follow_clock_back()
    # The rest is found at the next look.
    abandoned_jobs = list(Job.objects.abandoned().order_by("lease_expires_at")[:500])
    try:
        ended_count = tend_each(abandoned_jobs, _end_abandoned, name="abandoned jobs")
    finally:
        sent_again = broker.send_lost()
    return {"abandoned": len(abandoned_jobs), "ended": ended_count, "sent_again": sent_again}


def _follow_clock_back() -> None:
    """What was written before the clock was set back lies ahead of it: a worker that is still there renews its lease at
    once, and what was asked for later than now is due.
    """
    now = timezone.now()
    running = Job.objects.filter(state=Job.State.RUNNING, lease_expires_at__gt=now + 2 * (lease_end() - now))
    running.update(lease_expires_at=lease_end())
    early = Job.objects.filter(state=Job.State.QUEUED, created_at__gt=now)
    ahead = early.filter(Q(available_at__gt=now) | Q(sent_at__gt=now))
    # As one whose message was lost: a worker may have used it up when the job was not due.
    ahead.update(available_at=now, sent_at=now - 2 * broker.LOST_AFTER)


def _end_abandoned(job: Job) -> bool:
    """True where it will not run again."""
    # A worker that was only slow ended it meanwhile; the others are given back all the same.
    with transaction.atomic(), suppress(LeaseLost):
        # Or it renewed its lease, as all do at once when the database is back: what runs must not begin a second time.
        if not Job.objects.abandoned().filter(pk=job.pk, attempt=job.attempt).select_for_update():
            return False
        if job.cancel_requested_at:
            cancel_running(job)
            return True
        return not release(job, delay_seconds=0, code=LOST_WORKER, message=LOST_WORKER_MESSAGE)
    return False


def _restartable() -> JobQuerySet:
    # An erased job has no inputs that it could start over with.
    return Job.objects.filter(state__in=[Job.State.FAILED, Job.State.CANCELLED], erased_at=None)


def _anew() -> dict[str, Any]:
    now = timezone.now()
    return {
        "state": Job.State.QUEUED,
        # One attempt: whoever ran it again can do so once more.
        "max_attempts": F("attempt") + 1,
        "finished_at": None,
        "cancel_requested_at": None,
        "error_code": "",
        "error_message": "",
        "stage": "",
        "progress": None,
        "available_at": now,
        "sent_at": now,
    }


def _requeue(job: Job, *, seconds: float, **changes: Any) -> bool:
    """False where this attempt is not the current one any more, or somebody asked it to stop."""
    available_at = timezone.now() + timedelta(seconds=seconds)
    running = _current(job).filter(cancel_requested_at=None)
    return bool(
        running.update(state=Job.State.QUEUED, lease_expires_at=None, available_at=available_at, **changes)
    )


def _is_asked_to_stop(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, cancel_requested_at__isnull=False).exists()


def _current(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempt=job.attempt)


def _end(job: Job, state: Job.State, **changes: Any) -> None:
    """In the transaction of the caller, where there is one."""
    changes |= {"state": state, "finished_at": timezone.now(), "lease_expires_at": None}
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        # Only the current attempt ends a job: what a worker whose lease ran out still writes is refused here.
        if not _current(job).update(**changes):
            raise LeaseLost
        for name, value in changes.items():
            setattr(job, name, value)
        _announce(job)


def _announce(job: Job) -> None:
    """Inside the transaction that ended the job: webhook rows now, the live stream after the commit."""
    webhooks.record_deliveries(job)
    transaction.on_commit(lambda: events.announce_end(job))

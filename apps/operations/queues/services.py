"""What operators do to queues and to jobs of all organisations; each of them reads it in its trail."""

from django.db import transaction

from apps.accounts.actors import for_operators
from apps.accounts.models import User
from apps.jobs import bulk, queues
from apps.jobs.models import Job, JobQuerySet, QueueControl
from apps.operations import operator_trail
from apps.operations.queues import selectors

ACTIONS = {
    QueueControl.Mode.OPEN: "queue.opened",
    QueueControl.Mode.PAUSED: "queue.paused",
    QueueControl.Mode.DRAINING: "queue.draining",
}
MAX_REQUEUED = 500


@for_operators
@transaction.atomic
def change_mode(user: User, name: str, mode: QueueControl.Mode) -> None:
    """Pauses a queue, lets it run empty or go on. Raises Conflict where another operator was faster."""
    queues.change_mode(name, mode, changed_by=str(user))
    operator_trail.record_everywhere(user, action=ACTIONS[mode], details={"queue": name})


@for_operators
@transaction.atomic
def requeue_stuck(user: User, name: str) -> int:
    """Answers how many jobs were taken from workers that are gone or stand still."""
    requeued = queues.requeue_stuck(name, limit=MAX_REQUEUED)
    counts = bulk.Outcome.of((job.organisation_id, job.queue) for job in requeued).counts
    operator_trail.record_counts(user, counts, action="queue.requeued", details={"queue": name})
    return len(requeued)


@transaction.atomic
def purge(user: User, name: str) -> bulk.Outcome:
    """Cancels what waits in a queue. What runs goes on."""
    outcome = bulk.cancel_waiting(Job.objects.filter(queue=name))
    operator_trail.record_counts(user, outcome.counts, action="queue.purged", details={"queue": name})
    return outcome


@transaction.atomic
def change_jobs(user: User, change: bulk.Change, jobs: JobQuerySet) -> bulk.Outcome:
    outcome = bulk.change(change, jobs)
    operator_trail.record_counts(user, outcome.counts, action=bulk.ACTIONS[change], details={})
    return outcome


@for_operators
def retry_dead_letters(user: User, *, error_code: str, kind: str) -> bulk.Outcome:
    return change_jobs(user, "retry", selectors.dead_letter_jobs(error_code, kind))

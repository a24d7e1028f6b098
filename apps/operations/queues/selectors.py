"""Queues and jobs over all organisations, for operators: what is done and how it went, never what it is about."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext

from apps.core.models import earliest_id
from apps.jobs import job_types, queues
from apps.jobs.models import Job, JobQuerySet
from apps.jobs.queues import QueueState
from apps.observability import worker_heartbeat
from apps.observability.worker_heartbeat import Worker

# Older failures are on the list of jobs; here stands what somebody may still want done.
DEAD_LETTER_DAYS = 30
MAX_GROUPS = 100


@dataclass(frozen=True)
class QueueRow:
    state: QueueState
    workers: list[Worker]


@dataclass(frozen=True)
class DeadLetters:
    """Jobs of one kind that failed for good with one error."""

    error_code: str
    kind: str
    count: int
    last_at: datetime
    message: str

    @property
    def label(self) -> str:
        return job_types.label_of(self.kind)


def queue_rows() -> list[QueueRow]:
    alive = worker_heartbeat.alive_workers()
    return [
        QueueRow(state, [worker for worker in alive if state.name in worker.queues])
        for state in queues.states()
    ]


def failed_lately() -> JobQuerySet:
    since = earliest_id(timezone.now() - timedelta(days=DEAD_LETTER_DAYS))
    return Job.objects.filter(state=Job.State.FAILED, pk__gte=since, erased_at=None)


def dead_letters() -> list[DeadLetters]:
    """The largest groups first. The message is one of the group's, which all say the same."""
    groups = failed_lately().values("error_code", "kind").order_by()
    counted = groups.annotate(count=Count("pk"), last_at=Max("finished_at"), message=Max("error_message"))
    return [
        DeadLetters(**row | {"message": gettext(row["message"]) if row["message"] else ""})
        for row in counted.order_by("-count", "error_code", "kind")[:MAX_GROUPS]
    ]


def dead_letter_jobs(error_code: str, kind: str) -> JobQuerySet:
    return failed_lately().filter(error_code=error_code, kind=kind)


def all_jobs() -> JobQuerySet:
    """For lists: without what was given and made."""
    jobs = Job.objects.defer("inputs", "result")
    return jobs.select_related("organisation", "member__user", "api_key")

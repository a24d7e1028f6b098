"""Jobs of the demo that failed for good while something was away, and are done when somebody runs them again."""

from collections.abc import Mapping
from datetime import timedelta

from apps.dashboards.busy.traffic import Traffic
from apps.jobs.job_types import JobType
from apps.jobs.models import Job
from apps.knowledge import services as knowledge
from apps.knowledge.models import Collection
from llm_backend.errors import ModelUnavailable

RUN_FOR = timedelta(seconds=40)


def fill(traffic: Traffic) -> None:
    """New vectors of the collection that the demo's assistant answers from, where there is one."""
    if collection := Collection.objects.within(traffic.organisation).order_by("created_at").first():
        failed_job(
            traffic,
            knowledge.REEMBED_COLLECTION,
            inputs={"collection_id": str(collection.pk)},
            subject=f"collection:{collection.pk}",
            reason=(ModelUnavailable.code, ModelUnavailable.message),
            hours_ago=20,
        )


def failed_job(
    traffic: Traffic,
    kind: JobType,
    *,
    inputs: Mapping[str, object],
    subject: str,
    reason: tuple[str, str],
    hours_ago: float,
) -> Job:
    """With inputs that name rows of the demo, so that it can run. `reason`: the error's code and message."""
    created_at = traffic.until - timedelta(hours=hours_ago)
    code, message = reason
    return Job.objects.create(
        id=traffic.row_id(created_at),
        organisation=traffic.organisation,
        kind=kind.name,
        queue=kind.queue,
        state=Job.State.FAILED,
        inputs=dict(inputs),
        subject=subject,
        error_code=code,
        error_message=message,
        attempt=kind.max_attempts,
        max_attempts=kind.max_attempts,
        member=traffic.members[0],
        created_at=created_at,
        available_at=created_at,
        sent_at=created_at,
        started_at=created_at + traffic.seconds(1.5),
        finished_at=created_at + RUN_FOR,
    )

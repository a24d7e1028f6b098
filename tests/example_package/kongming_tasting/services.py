from typing import Any
from uuid import UUID

from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from kongming_tasting.models import Cup

TASTE = JobType("kongming_tasting.taste", queue="batch", label="Taste", may_see=holders_of("tasting.taste"))


@TASTE.service
def taste(run: JobRun, *, cup_id: UUID) -> dict[str, Any]:
    return {"tea": Cup.objects.within(run.job.organisation).one(pk=cup_id).tea}

from typing import Any

from apps.inference import contracts, kinds
from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task


@job_task(kinds.CHECK_CONTRACT)
def check_contract(run: JobRun) -> dict[str, Any]:
    return contracts.check_contract(run, endpoint_id=run.inputs["endpoint_id"])

from typing import Any

from apps.inference import capability_checks, endpoint_trials, job_types
from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task


@job_task(job_types.CHECK_CONTRACT)
def check_contract(run: JobRun) -> dict[str, Any]:
    return capability_checks.check_contract(run, endpoint_id=run.inputs["endpoint_id"])


@job_task(job_types.TRY_ENDPOINT)
def try_endpoint(run: JobRun) -> dict[str, Any]:
    return endpoint_trials.try_endpoint(run, endpoint_id=run.inputs["endpoint_id"])

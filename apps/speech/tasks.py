from typing import Any

from celery import shared_task

from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task
from apps.speech import job_types, services


@job_task(job_types.TRANSCRIBE_RECORDING)
def transcribe_recording(run: JobRun) -> dict[str, Any]:
    return services.transcribe_recording(run, recording_id=run.inputs["recording_id"])


@shared_task(ignore_result=True)
def end_given_up_uploads() -> None:
    services.end_given_up_uploads()

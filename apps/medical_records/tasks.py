from typing import Any
from uuid import UUID

from celery import shared_task

from apps.core.rounds import tend_each
from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task
from apps.medical_records import job_types
from apps.medical_records.coding import services as coding
from apps.medical_records.drafting import services as drafting
from apps.medical_records.privacy import services as privacy


@job_task(job_types.DRAFT_RECORD)
def draft_record(run: JobRun) -> dict[str, Any]:
    with_model = bool(run.inputs.get("with_model"))
    return drafting.draft_record(run, record_id=UUID(run.inputs["record_id"]), with_model=with_model)


@job_task(job_types.IMPORT_CATALOGUE)
def import_catalogue(run: JobRun) -> dict[str, Any]:
    return coding.import_catalogue(run, catalogue_id=run.inputs["catalogue_id"])


@job_task(job_types.LEARN_CODES)
def learn_codes(run: JobRun) -> dict[str, Any]:
    return coding.learn_codes(run, catalogue_id=run.inputs["catalogue_id"])


@shared_task(ignore_result=True)
def erase_outdated() -> None:
    tend_each(privacy.organisations_with_patients(), privacy.erase_outdated, name="patients")

from typing import Any

from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task
from apps.knowledge import job_types, services


@job_task(job_types.INGEST_DOCUMENT)
def ingest_document(run: JobRun) -> dict[str, Any]:
    return services.ingest_document(run, document_id=run.inputs["document_id"])


@job_task(job_types.REEMBED_COLLECTION)
def reembed_collection(run: JobRun) -> dict[str, Any]:
    return services.reembed_collection(run, collection_id=run.inputs["collection_id"])

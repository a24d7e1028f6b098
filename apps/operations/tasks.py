from celery import shared_task

from apps.jobs.tasks import service_task
from apps.operations import job_types
from apps.operations.deletion import archive, services

# Less than until the next turn.
SECONDS = 45.0

export_organisation = service_task(job_types.EXPORT_ORGANISATION, archive.export_organisation)


@shared_task(ignore_result=True)
def delete_organisations() -> None:
    services.delete_due(seconds=SECONDS)

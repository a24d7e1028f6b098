from celery import shared_task

from apps.connectors import services


@shared_task(ignore_result=True)
def sync_due_sources() -> None:
    services.sync_due()

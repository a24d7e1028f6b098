from celery import shared_task

from apps.operations.deletion import services

# Less than until the next turn.
SECONDS = 45.0


@shared_task(ignore_result=True)
def delete_organisations() -> None:
    services.delete_due(seconds=SECONDS)

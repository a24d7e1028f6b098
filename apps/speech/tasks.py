from celery import shared_task

from apps.speech import services


@shared_task(ignore_result=True)
def end_given_up_uploads() -> None:
    services.end_given_up_uploads()

from celery import shared_task

from apps.audit import publication


@shared_task(ignore_result=True)
def anchor_trails() -> None:
    publication.publish()

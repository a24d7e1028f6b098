from celery import shared_task

from apps.vault import rotation


@shared_task(ignore_result=True)
def end_rotations() -> None:
    rotation.end_rotations()

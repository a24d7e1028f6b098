from celery import shared_task

from apps.dashboards.system import samples


@shared_task(ignore_result=True)
def sample_system() -> None:
    samples.take_sample()

from celery import shared_task

from apps.log_analysis import pipeline
from apps.log_analysis.alerting import services as alerting


@shared_task(ignore_result=True)
def merge_records() -> None:
    pipeline.merge_records()


@shared_task(ignore_result=True)
def judge_sources() -> None:
    pipeline.judge_silent_sources()


@shared_task(ignore_result=True)
def wake_sources() -> None:
    pipeline.wake_sources()


@shared_task(ignore_result=True)
def tell_incidents() -> None:
    alerting.tell_incidents()

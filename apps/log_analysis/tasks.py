from celery import shared_task

from apps.log_analysis import pipeline
from apps.log_analysis.alerting import services as alerting
from apps.log_analysis.questions import services as questions


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
def drop_unread_batches() -> None:
    pipeline.drop_unread_batches()


@shared_task(ignore_result=True)
def drop_old_records() -> None:
    pipeline.drop_old_records()


@shared_task(ignore_result=True)
def drop_old_questions() -> None:
    questions.drop_old_questions()


@shared_task(ignore_result=True)
def give_up_uploads() -> None:
    pipeline.give_up_uploads()


@shared_task(ignore_result=True)
def tell_incidents() -> None:
    alerting.tell_incidents()

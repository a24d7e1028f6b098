from celery import shared_task

from apps.jobs import events, lifecycle, schedules, webhooks
from apps.jobs.runs import run_next_job as run_next_job  # where Celery looks for what wakes a worker


@shared_task(ignore_result=True)
def reap_jobs() -> None:
    lifecycle.reap()


@shared_task(ignore_result=True)
def rewrite_append_only_file() -> None:
    events.rewrite_append_only_file()


@shared_task(ignore_result=True)
def deliver_webhooks() -> None:
    webhooks.deliver_due()


@shared_task(ignore_result=True)
def run_schedules() -> None:
    schedules.run_due()

from celery import shared_task

from apps.jobs import broker, events, lifecycle, runs, schedules, webhooks


@shared_task(name=broker.WAKE_UP, ignore_result=True)
def run_next_job(queue: str) -> None:
    runs.execute_next(queue)


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

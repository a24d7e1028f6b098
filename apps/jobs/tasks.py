from collections.abc import Callable
from typing import Any

from celery import Task, shared_task

from apps.jobs import broker, events, idempotency, lifecycle, runs, schedules, webhooks
from apps.jobs.job_types import JobType


def job_task(kind: JobType) -> Callable[[runs.Body], "Task[[str], None]"]:
    """The Celery task of a kind of job. The decorated function does the work and returns the result.

    @job_task(kinds.ANSWER_MESSAGE)
    def answer_message(run: JobRun) -> dict[str, Any]:
        return services.answer_message(run, turn_id=run.inputs["turn_id"])
    """

    def decorate(body: runs.Body) -> "Task[[str], None]":
        runs.register_body(kind.name, body)

        @shared_task(name=kind.name, ignore_result=True)
        def task(job_id: str) -> None:
            runs.execute(job_id, body)

        return task

    return decorate


def service_task(kind: JobType, service: Callable[..., dict[str, Any]]) -> "Task[[str], None]":
    """The task of a kind of job whose inputs are the arguments of the service that does the work, by their names.

    read_page = service_task(job_types.READ_PAGE, services.read_page)
    """
    return job_task(kind)(lambda run: service(run, **run.inputs))


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
def delete_old_deliveries() -> None:
    webhooks.delete_old_deliveries()


@shared_task(ignore_result=True)
def delete_old_idempotency_keys() -> None:
    idempotency.delete_old_keys()


@shared_task(ignore_result=True)
def run_schedules() -> None:
    schedules.run_due()

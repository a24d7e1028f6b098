from typing import Any
from uuid import UUID

from celery import shared_task

from apps.customer_service import kinds
from apps.customer_service.answering import answers
from apps.customer_service.copilot import assistance
from apps.customer_service.understanding import reading, unsure
from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task


@job_task(kinds.ANSWER_MESSAGE)
def answer_message(run: JobRun) -> dict[str, Any]:
    inputs = run.inputs
    return answers.answer_message(
        run, conversation_id=UUID(inputs["conversation_id"]), turn_id=UUID(inputs["turn_id"])
    )


@job_task(kinds.TRAIN_CLASSIFIERS)
def train_classifiers(run: JobRun) -> dict[str, Any]:
    return reading.train_classifiers(run)


@job_task(kinds.COPILOT)
def copilot(run: JobRun) -> dict[str, Any]:
    return assistance.assist(run)


@job_task(kinds.CHOOSE_INTENTS)
def choose_intents(run: JobRun) -> dict[str, Any]:
    return unsure.choose_intents(run)


@shared_task(ignore_result=True)
def understand_messages() -> None:
    reading.understand_messages()

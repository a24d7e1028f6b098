from typing import Any
from uuid import UUID

from celery import shared_task

from apps.customer_service import answers, kinds, understanding
from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task
from llm_backend.errors import ModelError


@job_task(kinds.ANSWER_MESSAGE)
def answer_message(run: JobRun) -> dict[str, Any]:
    inputs = run.inputs
    return answers.answer_message(
        run, conversation_id=UUID(inputs["conversation_id"]), turn_id=UUID(inputs["turn_id"])
    )


@job_task(kinds.TRAIN_CLASSIFIERS)
def train_classifiers(run: JobRun) -> dict[str, Any]:
    return understanding.train_classifiers(run)


@shared_task(ignore_result=True, autoretry_for=(ModelError,), retry_backoff=True, max_retries=3)
def understand_message(turn_id: str) -> None:
    understanding.understand_message(UUID(turn_id))

from typing import Any
from uuid import UUID

from celery import shared_task

from apps.customer_service import kinds
from apps.customer_service.answering import answers
from apps.customer_service.handoff import agents, packs, silence
from apps.customer_service.understanding import reading
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


@shared_task(ignore_result=True)
def understand_messages() -> None:
    reading.understand_messages()


@job_task(kinds.PACK_HANDOFF)
def pack_handoff(run: JobRun) -> dict[str, Any]:
    return packs.pack_handoff(run, handoff_id=UUID(run.inputs["handoff_id"]))


@shared_task(ignore_result=True)
def tend_queues() -> None:
    agents.tend_queues()


@shared_task(ignore_result=True)
def resolve_silent_conversations() -> None:
    silence.resolve_silent_conversations()

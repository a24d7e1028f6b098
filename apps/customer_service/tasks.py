from typing import Any
from uuid import UUID

from celery import shared_task

from apps.customer_service import kinds
from apps.customer_service.answering import answers
from apps.customer_service.connectors import mailboxes, outbox
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


@shared_task(ignore_result=True)
def deliver_outgoing_messages() -> None:
    outbox.deliver_due()


@shared_task(ignore_result=True)
def read_due_mailboxes() -> None:
    """A task for each, so that a slow server keeps nobody else's mail waiting."""
    for account_id in mailboxes.due_accounts():
        read_mailbox.apply_async((str(account_id),), queue="interactive", expires=10)


@shared_task(ignore_result=True)
def read_mailbox(account_id: str) -> None:
    mailboxes.read_mailbox(UUID(account_id))

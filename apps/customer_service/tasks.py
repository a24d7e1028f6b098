from typing import Any
from uuid import UUID

from celery import shared_task

from apps.customer_service import job_types
from apps.customer_service.analytics import unanswered
from apps.customer_service.answering import services as answering
from apps.customer_service.answering import summaries
from apps.customer_service.channels import services as channels
from apps.customer_service.chat import attachments, voice
from apps.customer_service.copilot import assistance
from apps.customer_service.delivery import outbox
from apps.customer_service.handoff import assignment, auto_resolve, context
from apps.customer_service.mail import mailboxes
from apps.customer_service.privacy import services as privacy
from apps.customer_service.saved_answers import embedding
from apps.customer_service.understanding import classification, low_confidence
from apps.evaluation import services as evaluation
from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task


@job_task(job_types.ANSWER_MESSAGE)
def answer_message(run: JobRun) -> dict[str, Any]:
    inputs = run.inputs
    return answering.answer_message(
        run, conversation_id=UUID(inputs["conversation_id"]), turn_id=UUID(inputs["turn_id"])
    )


@job_task(job_types.SUMMARISE_CONVERSATION)
def summarise_conversation(run: JobRun) -> dict[str, Any]:
    return summaries.summarise_conversation(run, conversation_id=UUID(run.inputs["conversation_id"]))


@job_task(job_types.TRAIN_CLASSIFIERS)
def train_classifiers(run: JobRun) -> dict[str, Any]:
    return classification.train_classifiers(run)


@job_task(job_types.EMBED_CURATED_ANSWERS)
def embed_curated_answers(run: JobRun) -> dict[str, Any]:
    return embedding.embed_curated_answers(run)


@job_task(job_types.COPILOT)
def copilot(run: JobRun) -> dict[str, Any]:
    return assistance.assist(run)


@job_task(job_types.CHOOSE_INTENTS)
def choose_intents(run: JobRun) -> dict[str, Any]:
    return low_confidence.choose_intents(run)


@shared_task(ignore_result=True)
def understand_messages() -> None:
    classification.understand_messages()


@job_task(job_types.WRITE_DOWN_VOICE)
def write_down_voice(run: JobRun) -> dict[str, Any]:
    return voice.write_down_voice(run, attachment_id=run.inputs["attachment_id"])


@shared_task(ignore_result=True)
def remove_unsent_attachments() -> None:
    attachments.remove_unsent_attachments()


@job_task(job_types.PACK_HANDOFF)
def pack_handoff(run: JobRun) -> dict[str, Any]:
    return context.pack_handoff(run, handoff_id=UUID(run.inputs["handoff_id"]))


@shared_task(ignore_result=True)
def tend_queues() -> None:
    assignment.tend_queues()


@shared_task(ignore_result=True)
def erase_outdated_conversations() -> None:
    privacy.erase_outdated()


@shared_task(ignore_result=True)
def erase_requested_channels() -> None:
    channels.erase_requested_channels()


@shared_task(ignore_result=True)
def resolve_silent_conversations() -> None:
    auto_resolve.resolve_silent_conversations()


@job_task(job_types.CLUSTER_UNANSWERED)
def cluster_unanswered(run: JobRun) -> dict[str, Any]:
    return unanswered.cluster_unanswered(run)


@shared_task(ignore_result=True)
def request_clusterings() -> None:
    unanswered.request_due_clusterings()


@job_task(job_types.RUN_REGRESSION)
def run_regression(run: JobRun) -> dict[str, Any]:
    return evaluation.ask_questions(run)


@shared_task(ignore_result=True)
def deliver_outgoing_messages() -> None:
    outbox.deliver_due()


@shared_task(ignore_result=True)
def read_due_mailboxes() -> None:
    """A task for each, so that a slow server keeps nobody else's mail waiting."""
    for account_id in mailboxes.due_accounts():
        # Not kept for long: the next round asks for it again, and old messages must not pile up behind slow servers.
        read_mailbox.apply_async((str(account_id),), queue="interactive", expires=10)


@shared_task(ignore_result=True)
def read_mailbox(account_id: str) -> None:
    mailboxes.read_mailbox(UUID(account_id))

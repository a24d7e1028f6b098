"""What a visitor sends with files, as one message; words alone are `conversations.services.receive_message`."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from apps.accounts.actors import Actor
from apps.customer_service.chat.attachments import attach, own_files
from apps.customer_service.conversations import activity, services
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.conversations.services import ReceivedMessage


@transaction.atomic
def send_files(
    actor: Actor,
    *,
    conversation_id: UUID,
    text: str,
    attachment_ids: Sequence[UUID],
    idempotency_key: str | None = None,
) -> ReceivedMessage:
    """Files with what the visitor wrote beside them. Without a word they ask nothing of the assistant."""
    files = own_files(actor, conversation_id, attachment_ids)
    has_words = bool(text.strip())
    message = services.receive_message(
        actor,
        conversation_id=conversation_id,
        text=text if has_words else ", ".join(file.name for file in files),
        idempotency_key=idempotency_key,
        wants_answer=has_words,
    )
    is_new = attach(message, files) > 0
    if is_new and not has_words:
        _acknowledge(message.conversation)
    return message


def _acknowledge(conversation: Conversation) -> None:
    """Only where no person will look: the assistant cannot see into files and must not pretend to."""
    is_quiet = conversation.answered_by == Conversation.AnsweredBy.BOT and not conversation.answer_job_id
    if not is_quiet:
        return
    with translation.override(conversation.language):
        activity.write_notice(
            conversation,
            gettext(
                "We received your file. The assistant cannot read it, so please tell us what it is about."
            ),
        )
    conversation.save()

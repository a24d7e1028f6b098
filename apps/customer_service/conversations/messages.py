"""Writing a message: the one place where it is stored, sent on to mailboxes and messengers, and announced.

The caller holds the conversation's row lock and saves the conversation.
"""

from typing import Any

from django.utils import timezone

from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import live
from apps.customer_service.conversations.models import Conversation, Message, OutgoingMessage


def next_message(conversation: Conversation, author: str, text: str, **fields: Any) -> Message:
    """Makes the next message and counts it in the conversation, in memory only: `store` writes the message."""
    conversation.message_count += 1
    conversation.last_activity_at = timezone.now()
    return Message(
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        ordinal=conversation.message_count,
        author=author,
        text=text,
        created_at=conversation.last_activity_at,
        **fields,
    )


def store(message: Message) -> None:
    message.save(force_insert=True)
    is_for_visitor = message.author != Message.Author.VISITOR
    if is_for_visitor and message.conversation.channel.kind != Channel.Kind.CHAT:
        OutgoingMessage.objects.create(organisation_id=message.organisation_id, message=message)
    # Notices are told too: the visitor reads them.
    body = {
        "id": str(message.pk),
        "ordinal": message.ordinal,
        "author": message.author,
        "text": message.text,
        "is_unanswered": message.is_unanswered,
    }
    live.record(message.conversation, live.Event.CONVERSATION_MESSAGE, ordinal=message.ordinal, message=body)
    live.announce(message.conversation)


def write_notice(conversation: Conversation, text: str) -> Message:
    """A sentence of the platform's own to the visitor, such as their place in the queue."""
    message = next_message(conversation, Message.Author.NOTICE, text)
    store(message)
    return message

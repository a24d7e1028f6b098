"""What other systems are told of a conversation: an event per change, numbered by the messages so far.

Written in the transaction of the change, so nothing is told that did not happen and nothing is left out.
"""

from enum import StrEnum
from typing import Any

from django.utils import timezone

from apps.customer_service.conversations.models import Conversation, Message
from apps.jobs import webhooks


class Event(StrEnum):
    """As the manifest in desk.py tells them to people."""

    CONVERSATION_STARTED = "conversation.started"
    CONVERSATION_MESSAGE = "conversation.message"
    CONVERSATION_HANDED_OFF = "conversation.handed_off"
    CONVERSATION_RESOLVED = "conversation.resolved"
    CONVERSATION_REOPENED = "conversation.reopened"
    CONVERSATION_RATED = "conversation.rated"


def record(conversation: Conversation, event: Event, **details: Any) -> None:
    """`details` are of the event itself, such as `reason` of a handoff or `score` of a rating."""
    if not webhooks.is_wanted(conversation.organisation_id, event):
        return
    subject = f"conversation:{conversation.pk}"
    payload = {
        "type": str(event),
        "timestamp": timezone.now().isoformat(),
        "data": {**_snapshot(conversation), **details},
    }
    webhooks.record_event(conversation.organisation_id, event, payload, subject=subject)


def record_message(message: Message) -> None:
    """Notices are told too: the visitor reads them."""
    body = {
        "id": str(message.pk),
        "ordinal": message.ordinal,
        "author": message.author,
        "text": message.text,
        "is_unanswered": message.is_unanswered,
    }
    record(message.conversation, Event.CONVERSATION_MESSAGE, ordinal=message.ordinal, message=body)


def _snapshot(conversation: Conversation) -> dict[str, Any]:
    return {
        "conversation_id": str(conversation.pk),
        "channel_id": str(conversation.channel_id),
        "visitor_id": conversation.visitor_id,
        "visitor_name": conversation.visitor_name,
        "subject": conversation.subject,
        "state": conversation.state,
        "answered_by": conversation.answered_by,
        "resolution": conversation.resolution,
        "language": conversation.language,
        "reopen_count": conversation.reopen_count,
        "ordinal": conversation.message_count,
    }

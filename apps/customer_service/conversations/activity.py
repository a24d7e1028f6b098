"""What happens in a conversation: a message is written, and whoever follows is told, inboxes that are open as well as other
systems, by events that are numbered by the messages so far.

The one place where a message is stored; the caller holds the conversation's row lock and saves the conversation. What an
inbox misses costs nothing: pages also look by themselves. Events are written in the transaction of the change, so nothing is
told that did not happen and nothing is left out.
"""

from enum import StrEnum
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Conversation, Message, OutgoingMessage
from apps.jobs import webhooks
from apps.jobs.live_feed import LiveFeed

FEED = LiveFeed("desk")


class Event(StrEnum):
    """As the manifest in desk.py tells them to people."""

    CONVERSATION_STARTED = "conversation.started"
    CONVERSATION_MESSAGE = "conversation.message"
    CONVERSATION_HANDED_OFF = "conversation.handed_off"
    CONVERSATION_RESOLVED = "conversation.resolved"
    CONVERSATION_REOPENED = "conversation.reopened"
    CONVERSATION_RATED = "conversation.rated"


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
    record(message.conversation, Event.CONVERSATION_MESSAGE, ordinal=message.ordinal, message=body)
    announce(message.conversation)


def write_notice(conversation: Conversation, text: str) -> Message:
    """A sentence of the platform's own to the visitor, such as their place in the queue."""
    message = next_message(conversation, Message.Author.NOTICE, text)
    store(message)
    return message


def announce(conversation: Conversation) -> None:
    """To inboxes, after the commit: whoever looks then finds what was stored."""
    subject = str(conversation.pk)
    body = {"conversation": subject}
    transaction.on_commit(partial(FEED.send, conversation.organisation_id, "moved", body, subject=subject))


def record(conversation: Conversation, event: Event, **details: Any) -> None:
    """For webhooks. `details` are of the event itself, such as `reason` of a handoff or `score` of a rating."""
    if not webhooks.is_wanted(conversation.organisation_id, event):
        return
    snapshot = {
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
    payload = {"type": str(event), "timestamp": timezone.now().isoformat(), "data": {**snapshot, **details}}
    webhooks.record_event(
        conversation.organisation_id, event, payload, subject=f"conversation:{conversation.pk}"
    )

"""Tells of a conversation that moved: the inboxes that are open, and other systems by events, numbered by the messages so
far.

What an inbox misses costs nothing: pages also look by themselves. Events are written in the transaction of the change, so
nothing is told that did not happen and nothing is left out.
"""

from enum import StrEnum
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.customer_service.conversations.models import Conversation
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

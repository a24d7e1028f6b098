"""Writing a turn: the one place where it is stored, sent on to mailboxes and messengers, and announced.

The caller holds the conversation's row lock and saves the conversation.
"""

from typing import Any

from django.utils import timezone

from apps.core.models import new_id
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import live, webhook_events
from apps.customer_service.conversations.models import Conversation, OutgoingMessage, Turn


def next_turn(conversation: Conversation, author: str, text: str, **fields: Any) -> Turn:
    """Makes the next turn and counts it in the conversation, in memory only: `store` writes the turn."""
    conversation.turn_count += 1
    conversation.last_activity_at = timezone.now()
    return Turn(
        id=new_id(),
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        ordinal=conversation.turn_count,
        author=author,
        text=text,
        created_at=conversation.last_activity_at,
        **fields,
    )


def store(turn: Turn) -> None:
    turn.save(force_insert=True)
    is_for_visitor = turn.author != Turn.Author.VISITOR
    if is_for_visitor and turn.conversation.channel.kind != Channel.Kind.CHAT:
        OutgoingMessage.objects.create(organisation_id=turn.organisation_id, turn=turn)
    webhook_events.record_turn(turn)
    live.announce(turn.conversation)


def write_notice(conversation: Conversation, text: str) -> Turn:
    """A sentence of the platform's own to the visitor, such as their place in the queue."""
    turn = next_turn(conversation, Turn.Author.NOTICE, text)
    store(turn)
    return turn

"""Where a conversation stands, as its visitor may know it."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from apps.customer_service.conversations.services import Received
from apps.customer_service.handoff import selectors as handoff
from apps.customer_service.models import Channel, Conversation, Rating
from apps.customer_service.visitors import contacts

AnsweredBy = Conversation.AnsweredBy


def standing_body(conversation: Conversation) -> dict[str, Any]:
    job = conversation.answer_job
    queue = _queue_place(conversation)
    return {
        "conversation": conversation.pk,
        "state": conversation.state,
        "is_with_person": conversation.handled_by_id is not None,
        "can_ask_for_person": conversation.is_open and conversation.answered_by == AnsweredBy.BOT,
        "answer": job and {"state": job.state, "stage": job.stage, "events": events_address(conversation.pk)},
        "queue": queue,
        "wants_address": bool(queue and not queue["is_open_now"] and not contacts.has_address(conversation)),
        **_rating(conversation),
    }


def is_closed(channel: Channel) -> bool:
    """Nobody would answer now: the assistant does not, and the desk is closed."""
    if channel.is_answered_by_bot:
        return False
    hours = handoff.opening_hours(handoff.desk_settings(channel.organisation_id))
    return not hours.is_open(timezone.now())


def received_body(received: Received) -> dict[str, Any]:
    turn = received.turn
    return {
        "turn": turn and {"id": turn.pk, "ordinal": turn.ordinal, "author": turn.author, "text": turn.text},
        **standing_body(received.conversation),
    }


def events_address(conversation_id: UUID) -> str:
    return reverse("api:visitor-events", args=[conversation_id])


def _queue_place(conversation: Conversation) -> dict[str, Any] | None:
    """Only while it waits: whoever took it is named by their messages."""
    if conversation.answered_by != AnsweredBy.QUEUE:
        return None
    standing = handoff.queue_standing(conversation)
    return standing and {
        "position": standing.position,
        "is_open_now": standing.is_open_now,
        "opens_at": standing.opens_at,
        "due_at": standing.due_at,
    }


def _rating(conversation: Conversation) -> dict[str, Any]:
    if conversation.is_open:
        return {"asks_for_rating": False, "rating": None}
    given = Rating.objects.filter(conversation=conversation).first()
    is_of_this_end = given and conversation.resolved_at and given.created_at >= conversation.resolved_at
    return {
        "asks_for_rating": handoff.desk_settings(conversation.organisation_id).asks_for_rating,
        "rating": {"score": given.score, "comment": given.comment} if given and is_of_this_end else None,
    }

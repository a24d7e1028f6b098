"""Where a conversation stands, as its visitor may know it."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.customer_service.channels.models import Channel
from apps.customer_service.chat.models import Rating
from apps.customer_service.conversations import contacts
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.conversations.services import ReceivedMessage
from apps.customer_service.handoff import selectors as handoff
from apps.customer_service.handoff.selectors import QueuePosition
from apps.customer_service.handoff.system_messages import absence
from apps.customer_service.staff import selectors as staff

AnsweredBy = Conversation.AnsweredBy


def status_body(conversation: Conversation) -> dict[str, Any]:
    job = conversation.answer_job
    queue = (
        handoff.visitor_queue_position(conversation) if conversation.answered_by == AnsweredBy.QUEUE else None
    )
    is_left_alone = queue is not None and not (queue.is_open_now and queue.is_somebody_here)
    return {
        "conversation": conversation.pk,
        "state": conversation.state,
        "line": _line(conversation, queue),
        "is_with_person": conversation.handled_by_id is not None,
        "can_ask_for_person": conversation.is_open and conversation.answered_by == AnsweredBy.BOT,
        "answer": job and {"state": job.state, "stage": job.stage, "events": events_address(conversation.pk)},
        "queue": _place(queue),
        "wants_address": is_left_alone and not contacts.has_address(conversation),
        **_rating(conversation),
    }


def is_closed(channel: Channel) -> bool:
    """Nobody would answer now: the assistant does not, and the desk is closed."""
    if channel.is_answered_by_bot:
        return False
    hours = staff.opening_hours(staff.desk_settings(channel.organisation_id))
    return not hours.is_open(timezone.now())


def received_body(received: ReceivedMessage) -> dict[str, Any]:
    message = received.message
    return {
        "turn": message
        and {"id": message.pk, "ordinal": message.ordinal, "author": message.author, "text": message.text},
        **status_body(received.conversation),
    }


def events_address(conversation_id: UUID) -> str:
    return reverse("api:visitor-events", args=[conversation_id])


def _line(conversation: Conversation, queue: QueuePosition | None) -> str:
    if not conversation.is_open:
        return _("This conversation is resolved. Send a message any time if you need us.")
    if _is_helped(conversation):
        return _("A member of our staff is helping you.")
    if queue is None:
        return ""
    if queue.is_open_now and queue.is_somebody_here:
        return _("Connecting you to our staff. You are number %(position)d in line.") % {
            "position": queue.position
        }
    return absence(queue)


def _is_helped(conversation: Conversation) -> bool:
    """Not by somebody who has left."""
    if conversation.handled_by_id is None:
        return False
    return staff.replying_members(conversation.organisation_id).filter(pk=conversation.handled_by_id).exists()


def _place(queue: QueuePosition | None) -> dict[str, Any] | None:
    if queue is None:
        return None
    return {
        "position": queue.position,
        "is_open_now": queue.is_open_now,
        "opens_at": queue.opens_at,
        "due_at": queue.due_at,
    }


def _rating(conversation: Conversation) -> dict[str, Any]:
    if conversation.is_open:
        return {"asks_for_rating": False, "rating": None}
    rating = Rating.objects.filter(conversation=conversation).first()
    is_of_this_end = rating and conversation.resolved_at and rating.created_at >= conversation.resolved_at
    return {
        "asks_for_rating": staff.desk_settings(conversation.organisation_id).asks_for_rating,
        "rating": {"score": rating.score, "comment": rating.comment} if rating and is_of_this_end else None,
    }

"""Handing a conversation to people: into the queue, with a reason; from there somebody takes it over."""

from apps.customer_service.conversations import live, outward
from apps.customer_service.models import Conversation, Handoff


def hand_off_locked(conversation: Conversation, *, reason: str, detail: str = "") -> Handoff:
    """For callers that hold the conversation's row lock, inside their transaction.

    One that waits or is taken already stays as it is: its first reason counts.
    """
    standing = Handoff.objects.filter(conversation=conversation).exclude(state=Handoff.State.ENDED).first()
    if standing:
        return standing
    conversation.answered_by = Conversation.AnsweredBy.QUEUE
    conversation.answer_job = None
    conversation.save(update_fields=["answered_by", "answer_job"])
    live.announce(conversation)
    outward.record(conversation, outward.Event.CONVERSATION_HANDED_OFF, reason=reason)
    return Handoff.objects.create(
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        reason=reason,
        detail=detail[:300],
    )

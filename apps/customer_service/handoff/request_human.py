"""The visitor wants a person, and says so with a button instead of words."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import VISITOR, Actor, requires_permission
from apps.core.errors import Conflict
from apps.customer_service.conversations import services as conversations
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.handoff import services
from apps.customer_service.handoff.models import Handoff


@requires_permission(VISITOR)
@transaction.atomic
def ask_for_person(actor: Actor, *, conversation_id: UUID) -> Handoff | None:
    """None where a person answers already: asking again must not put the visitor back in line. Raises Conflict for a
    resolved conversation.
    """
    conversation = conversations.lock_conversation(actor, conversation_id)
    if not conversation.is_open:
        raise Conflict(_("This conversation is resolved. Send a message to reopen it."), code="resolved")
    if conversation.answered_by == Conversation.AnsweredBy.PERSON:
        return None
    return services.hand_off_locked(conversation, reason=Handoff.Reason.ASKED)

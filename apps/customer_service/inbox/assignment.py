"""Who should take a conversation."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.core.errors import InvalidInput
from apps.customer_service.conversations import live
from apps.customer_service.inbox.lists import members
from apps.customer_service.inbox.replies import locked
from apps.customer_service.models import Conversation


@transaction.atomic
def assign(actor: Actor, *, conversation_id: UUID, member_id: UUID | None) -> Conversation:
    """None: nobody. Where a person answers already, the chosen colleague answers from now on."""
    conversation = locked(actor, conversation_id)
    member = _member(actor, member_id) if member_id else None
    conversation.assigned_to = member
    if member and conversation.handled_by:
        conversation.handled_by = member
    conversation.save(update_fields=["assigned_to", "handled_by"])
    live.announce(conversation)
    return conversation


def _member(actor: Actor, member_id: UUID) -> Membership:
    member = members(actor.organisation).filter(pk=member_id).first()
    if member is None:
        raise InvalidInput(fields={"member": [_("Choose a colleague who may answer visitors.")]})
    return member

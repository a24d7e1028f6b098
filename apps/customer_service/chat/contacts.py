"""What visitors say of themselves. Never more than that: only the shop's signature makes it certain."""

from uuid import UUID

from django.db import transaction

from apps.accounts.actors import VISITOR, Actor, requires_permission
from apps.customer_service.chat.models import Contact
from apps.customer_service.conversations import live
from apps.customer_service.conversations.models import Conversation


@requires_permission(VISITOR)
@transaction.atomic
def leave_contact(actor: Actor, *, conversation_id: UUID, name: str, email: str) -> Contact:
    """How staff reach the visitor later. Where the shop vouched for somebody, only gaps are filled."""
    conversation = Conversation.objects.within(actor.organisation).select_for_update().one(pk=conversation_id)
    contact, _is_new = Contact.objects.select_for_update().get_or_create(
        organisation=actor.organisation, visitor_id=conversation.visitor_id
    )
    if not contact.is_verified:
        contact.name, contact.email = name or contact.name, email or contact.email
    contact.email = contact.email or email
    contact.save()
    if name and not conversation.visitor_name:
        conversation.visitor_name = name
        conversation.save(update_fields=["visitor_name"])
    live.announce(conversation)
    return contact


def has_address(conversation: Conversation) -> bool:
    contacts = Contact.objects.within(conversation.organisation_id).filter(visitor_id=conversation.visitor_id)
    return contacts.exclude(email="").exists()

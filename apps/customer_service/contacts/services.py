"""Who a visitor is, as far as somebody said or wrote it down, and what they came for before."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.customer_service.conversations import activity, selectors
from apps.customer_service.conversations.models import Contact, Conversation, Message

EARLIER_SHOWN = 5


def contact_list(organisation: Organisation, *, search: str = "") -> QuerySet[Contact]:
    contacts = Contact.objects.within(organisation)
    if search:
        contacts = contacts.filter(
            Q(name__icontains=search) | Q(email__icontains=search) | Q(phone__icontains=search)
        )
    return contacts


def contact_of(conversation: Conversation) -> Contact | None:
    contacts = Contact.objects.within(conversation.organisation_id)
    return contacts.filter(visitor_id=conversation.visitor_id).first()


@requires_permission("conversations.reply")
def describe_visitor(actor: Actor, /, *, conversation_id: UUID, **fields: Any) -> Contact:
    """Name, e-mail, telephone and note of whoever wrote the conversation."""
    conversation = selectors.conversation(actor.organisation, conversation_id)
    return _save_contact(actor, conversation.visitor_id, fields)


@requires_permission("conversations.reply")
def change_contact(actor: Actor, /, *, contact_id: UUID, **fields: Any) -> Contact:
    contact = Contact.objects.within(actor.organisation).one(pk=contact_id)
    return _save_contact(actor, contact.visitor_id, fields)


@transaction.atomic
def _save_contact(actor: Actor, visitor_id: str, fields: dict[str, Any]) -> Contact:
    contact, _is_new = Contact.objects.within(actor.organisation).update_or_create(
        visitor_id=visitor_id,
        defaults=fields,
        create_defaults={**fields, "organisation": actor.organisation, "visitor_id": visitor_id},
    )
    audit.record(actor, action="contact.changed", target=contact, details={"fields": sorted(fields)})
    own = Conversation.objects.within(actor.organisation).filter(visitor_id=visitor_id)
    if contact.name:
        own.update(visitor_name=contact.name)
    if latest := own.order_by("-last_activity_at").first():
        activity.announce(latest)
    return contact


def earlier_conversations(of: Conversation) -> list[Conversation]:
    """What the same visitor came for before, the newest first, with its first words."""
    first = Message.objects.filter(conversation=OuterRef("pk"), author=Message.Author.VISITOR).order_by(
        "ordinal"
    )
    conversations = (
        Conversation.objects.within(of.organisation_id)
        .filter(visitor_id=of.visitor_id)
        .exclude(pk=of.pk)
        .select_related("rating", "channel")
        .prefetch_related("tags")
        .annotate(first_text=Subquery(first.values("text")[:1]))
    )
    return list(conversations.order_by("-last_activity_at")[:EARLIER_SHOWN])

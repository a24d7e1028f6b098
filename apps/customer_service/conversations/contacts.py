"""What visitors say of themselves. Never more than that: only the shop's signature makes it certain."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from apps.accounts.actors import VISITOR, Actor, requires_permission
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import activity
from apps.customer_service.conversations.models import Contact, Conversation
from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

_ADDRESS = patterns.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}+@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9@])"
)


@requires_permission(VISITOR)
@transaction.atomic
def leave_contact(actor: Actor, *, conversation_id: UUID, name: str, email: str) -> Contact:
    """How staff reach the visitor later."""
    conversation = Conversation.objects.within(actor.organisation).select_for_update().one(pk=conversation_id)
    contact = keep_contact(conversation, name=name, email=email)
    if name and not conversation.visitor_name:
        conversation.visitor_name = name
        conversation.save(update_fields=["visitor_name"])
    activity.announce(conversation)
    return contact


def keep_contact(conversation: Conversation, *, name: str = "", email: str) -> Contact:
    """In the caller's transaction. Where the shop vouched for somebody, only gaps are filled."""
    contact, _is_new = Contact.objects.select_for_update().get_or_create(
        organisation_id=conversation.organisation_id, visitor_id=conversation.visitor_id
    )
    if not contact.is_verified:
        contact.name, contact.email = name or contact.name, email or contact.email
    contact.email = contact.email or email
    contact.save()
    return contact


def keep_address_in(conversation: Conversation, text: str) -> None:
    """Of a visitor who waits in a chat, was asked for an address, and wrote it instead of filling in the form."""
    if conversation.channel.kind == Channel.Kind.CHAT and (address := address_in(text)):
        keep_contact(conversation, email=address)


def address_in(text: str) -> str:
    """The one e-mail address that the text names; empty where it names none, or several."""
    addresses = {address.lower() for address in _ADDRESS.findall(nfkc(text))}
    if len(addresses) != 1:
        return ""
    address: str = addresses.pop()
    try:
        validate_email(address)
    except ValidationError:
        # “a..b@tea.example” only looks like one: a mail to it would go nowhere.
        return ""
    return address


def has_address(conversation: Conversation) -> bool:
    contacts = Contact.objects.within(conversation.organisation_id).filter(visitor_id=conversation.visitor_id)
    return contacts.exclude(email="").exists()

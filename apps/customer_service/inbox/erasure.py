"""Erasing what visitors said: one visitor when they ask for it, conversations after the days that the desk keeps them."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.customer_service.conversations import live, selectors, services
from apps.customer_service.models import Attachment, Contact, Conversation, DeskSettings, MailMessage
from apps.customer_service.visitors.attachments import delete_file

AT_ONCE = 200


@transaction.atomic
def erase_visitor(actor: Actor, *, conversation_id: UUID) -> int:
    """All of whoever wrote in this conversation: conversations, files, mails, contact. How many conversations went.

    It cannot be brought back. Figures of past days lose what they were counted from. Raises NotFound.
    """
    actor.require("conversations.manage")
    named = selectors.conversation(actor.organisation, conversation_id)
    contacts = Contact.objects.within(actor.organisation).filter(visitor_id=named.visitor_id)
    contacts.delete()
    of_visitor = Conversation.objects.within(actor.organisation).filter(visitor_id=named.visitor_id)
    erased = _erase(of_visitor.select_for_update().order_by("pk"))
    audit.record(actor, action="visitor.erased", details={"conversations": erased})
    return len(erased)


def erase_outdated() -> None:
    """Settled conversations older than their organisation keeps them; the rest waits for the next round."""
    for settings in DeskSettings.objects.filter(conversations_kept_days__gt=0).select_related("organisation"):
        _erase_older(settings.organisation, days=settings.conversations_kept_days)


@transaction.atomic
def _erase_older(organisation: Organisation, *, days: int) -> None:
    before = timezone.now() - timedelta(days=days)
    settled = Conversation.objects.within(organisation).filter(
        state=Conversation.State.RESOLVED, last_activity_at__lt=before
    )
    erased = _erase(settled.select_for_update().order_by("last_activity_at")[:AT_ONCE])
    aside = MailMessage.objects.within(organisation).filter(conversation=None, created_at__lt=before)
    aside.delete()
    if erased:
        details = {"conversations": erased, "kept_days": days}
        audit.record(Actor(organisation), action="conversations.erased", details=details)


def _erase(found: Iterable[Conversation]) -> list[str]:
    conversations = list(found)
    for conversation in conversations:
        if conversation.answer_job:
            services.cancel_if_running(conversation.answer_job)
        live.announce(conversation)
    for attachment in Attachment.objects.filter(conversation__in=conversations):
        delete_file(attachment)
    MailMessage.objects.filter(conversation__in=conversations).delete()
    Conversation.objects.filter(pk__in=[each.pk for each in conversations]).delete()
    return [str(each.pk) for each in conversations]

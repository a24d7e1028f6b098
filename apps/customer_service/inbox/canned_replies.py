"""Canned replies: texts that staff send often, found by their shortcut while they write."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.core.errors import InvalidInput, NotFound
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.inbox.models import CannedReply

OFFERED = 8
LONGEST_QUERY = 60


def canned_reply_list(organisation: Organisation) -> QuerySet[CannedReply]:
    return CannedReply.objects.within(organisation).order_by("shortcut", "language")


def save_canned_reply(
    actor: Actor, *, shortcut: str, text: str, language: str, canned_reply_id: UUID | None = None
) -> CannedReply:
    reply = (
        _reply(actor, canned_reply_id) if canned_reply_id else CannedReply(organisation=actor.organisation)
    )
    reply.shortcut, reply.text, reply.language = shortcut.lower(), text, language
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError as error:
        reason = _("There is a reply with this shortcut in this language already.")
        raise InvalidInput(fields={"shortcut": [reason]}) from error
    return reply


@transaction.atomic
def delete_canned_reply(actor: Actor, *, canned_reply_id: UUID) -> None:
    reply = _reply(actor, canned_reply_id)
    audit.record(actor, action="canned_reply.deleted", target=reply, details={"shortcut": reply.shortcut})
    reply.delete()


def offered(actor: Actor, conversation: Conversation, query: str) -> list[CannedReply]:
    """Those that fit what was typed, in the visitor's language first; their texts are ready to be sent."""
    query = query[:LONGEST_QUERY].lower()
    fitting = canned_reply_list(actor.organisation)
    if query:
        fitting = fitting.filter(Q(shortcut__icontains=query) | Q(text__icontains=query))
    ranked = fitting.annotate(
        is_far=_one_unless(Q(shortcut__startswith=query)),
        is_foreign=_one_unless(Q(language=conversation.language)),
    )
    found: list[CannedReply] = list(ranked.order_by("is_foreign", "is_far", "shortcut")[:OFFERED])
    for reply in found:
        reply.text = filled(reply, conversation, agent_name=actor.name)
    return found


def filled(reply: CannedReply, conversation: Conversation, *, agent_name: str) -> str:
    """With names in place of {visitor_name} and {agent_name}; other braces are left as they are."""
    with translation.override(reply.language):
        visitor_name = conversation.visitor_name or pgettext("in place of a name", "there")
    return reply.text.replace("{visitor_name}", visitor_name).replace("{agent_name}", agent_name)


def _one_unless(condition: Q) -> Case:
    return Case(When(condition, then=Value(0)), default=Value(1), output_field=IntegerField())


def _reply(actor: Actor, canned_reply_id: UUID) -> CannedReply:
    reply = CannedReply.objects.within(actor.organisation).filter(pk=canned_reply_id).first()
    if reply is None:
        raise NotFound
    return reply

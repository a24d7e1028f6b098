"""Canned replies: texts that staff send often, found by their shortcut while they write."""

from django.db.models import Case, IntegerField, Q, Value, When
from django.utils import translation
from django.utils.translation import pgettext

from apps.accounts.actors import Actor
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.inbox import selectors
from apps.customer_service.inbox.models import CannedReply

OFFERED = 8
MAX_QUERY_CHARACTERS = 60


def suggest(actor: Actor, conversation: Conversation, query: str) -> list[CannedReply]:
    """Those that fit what was typed, in the visitor's language first; their texts are ready to be sent."""
    query = query[:MAX_QUERY_CHARACTERS].lower()
    fitting = selectors.canned_reply_list(actor.organisation)
    if query:
        fitting = fitting.filter(Q(shortcut__icontains=query) | Q(text__icontains=query))
    ranked_replies = fitting.annotate(
        is_far=_one_unless(Q(shortcut__startswith=query)),
        is_foreign=_one_unless(Q(language=conversation.language)),
    )
    suggestions: list[CannedReply] = list(
        ranked_replies.order_by("is_foreign", "is_far", "shortcut")[:OFFERED]
    )
    for reply in suggestions:
        reply.text = fill_in(reply, conversation, agent_name=actor.name)
    return suggestions


def fill_in(reply: CannedReply, conversation: Conversation, *, agent_name: str) -> str:
    """The reply's text with names in place of {visitor_name} and {agent_name}; other braces are left as they are."""
    # Who writes mails without a name is called by the address, which nobody is greeted by.
    name = "" if "@" in conversation.visitor_name else conversation.visitor_name
    with translation.override(reply.language):
        visitor_name = name or pgettext("in place of a name", "there")
    return reply.text.replace("{visitor_name}", visitor_name).replace("{agent_name}", agent_name)


def _one_unless(condition: Q) -> Case:
    return Case(When(condition, then=Value(0)), default=Value(1), output_field=IntegerField())

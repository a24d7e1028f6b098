"""Parts of the conversation page that belong to other topics than the inbox."""

from typing import Any

from django import template

from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.copilot.services import Task
from apps.customer_service.handoff import selectors as handoff
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.mail import outbound_mail
from apps.customer_service.staff import selectors as staff
from apps.customer_service.understanding.models import MessageUnderstanding
from apps.inference import selectors as models_of

# In the order of the toolbar, each with its icon.
TASKS = [
    (Task.DRAFT, "edit"),
    (Task.SHORTEN, "chevron-left"),
    (Task.SOFTEN, "face-happy"),
    (Task.TRANSLATE, "globe"),
    (Task.SUMMARISE, "quote"),
]
MOODS = dict(MessageUnderstanding.Sentiment.choices)
register = template.Library()


@register.simple_tag(takes_context=True)
def may_write_mail(context: template.Context) -> bool:
    """There is a mailbox to write from, and whoever looks may write to visitors."""
    actor = context.get("actor")
    if actor is None or not actor.may("conversations.reply"):
        return False
    return outbound_mail.mail_channels(actor.organisation).exists()


@register.inclusion_tag("customer_service/handoff/card.html", takes_context=True)
def handoff_card(context: template.Context, conversation: Conversation) -> dict[str, Any]:
    """Why the conversation needs a person, and what the person should know."""
    live_handoff, actor = handoff.live_handoff(conversation), context.get("actor")
    may_reply = actor is not None and actor.may("conversations.reply")
    return {
        "conversation": conversation,
        "handoff": live_handoff,
        "tried": _earlier_attempts(live_handoff) if live_handoff else [],
        "mood": str(MOODS.get(live_handoff.pack.get("sentiment"), "")) if live_handoff else "",
        "place": handoff.visitor_queue_position(conversation)
        if live_handoff and live_handoff.is_waiting
        else None,
        "members": staff.replying_members(conversation.organisation_id) if may_reply else [],
        "actor": actor,
        "may_reply": may_reply,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("customer_service/staff/availability.html", takes_context=True)
def availability(context: template.Context) -> dict[str, Any]:
    """The switch with which one says that one is here."""
    actor, request = context.get("actor"), context.get("request")
    member = actor.member if actor is not None and actor.may("conversations.reply") else None
    return {
        "agent": staff.agent_of(member) if member else None,
        "back": request.get_full_path() if request and not getattr(request, "htmx", False) else "",
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("customer_service/copilot/copilot.html", takes_context=True)
def copilot(context: template.Context, conversation: Conversation) -> dict[str, Any]:
    """What helps staff to write, above the composer."""
    return {
        "conversation": conversation,
        "actor": context.get("actor"),
        "tasks": TASKS if conversation.is_open else [*TASKS, (Task.SUGGEST_SAVED_ANSWER, "book")],
        "is_away": models_of.are_models_away(conversation.organisation),
    }


def _earlier_attempts(live_handoff: Handoff) -> list[dict[str, Any]]:
    """What the pack says was tried, with words for how."""
    labels = dict([*Message.Action.choices, *Message.Source.choices])
    return [
        each | {"label": labels.get(each.get("source") or each.get("action", ""), "")}
        for each in live_handoff.pack.get("tried", [])
    ]

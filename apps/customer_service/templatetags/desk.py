"""Parts of the conversation page that belong to other topics than the inbox."""

from typing import Any

from django import template

from apps.customer_service.handoff import selectors as handoff
from apps.customer_service.models import Conversation

register = template.Library()


@register.inclusion_tag("customer_service/handoff_card.html")
def handoff_card(conversation: Conversation) -> dict[str, Any]:
    """Why the conversation needs a person, and what the person should know."""
    return {"conversation": conversation, "handoff": handoff.live_handoff(conversation)}


@register.inclusion_tag("customer_service/copilot.html", takes_context=True)
def copilot(context: template.Context, conversation: Conversation) -> dict[str, Any]:
    """What helps staff to write, above the composer."""
    return {"conversation": conversation, "actor": context.get("actor")}

"""Parts of the conversation page that belong to other topics than the inbox."""

from typing import Any

from django import template

from apps.customer_service.copilot.services import Task
from apps.customer_service.handoff import selectors as handoff
from apps.customer_service.models import Conversation
from apps.inference import selectors as models_of

# In the order of the toolbar, each with its icon.
TASKS = [
    (Task.DRAFT, "edit"),
    (Task.SHORTEN, "chevron-left"),
    (Task.SOFTEN, "face-happy"),
    (Task.TRANSLATE, "globe"),
    (Task.SUMMARISE, "quote"),
]
register = template.Library()


@register.inclusion_tag("customer_service/handoff_card.html")
def handoff_card(conversation: Conversation) -> dict[str, Any]:
    """Why the conversation needs a person, and what the person should know."""
    return {"conversation": conversation, "handoff": handoff.live_handoff(conversation)}


@register.inclusion_tag("customer_service/copilot.html", takes_context=True)
def copilot(context: template.Context, conversation: Conversation) -> dict[str, Any]:
    """What helps staff to write, above the composer."""
    return {
        "conversation": conversation,
        "actor": context.get("actor"),
        "tasks": TASKS if conversation.is_open else [*TASKS, (Task.SUGGEST_CURATED, "book")],
        "is_away": models_of.are_models_away(conversation.organisation),
    }

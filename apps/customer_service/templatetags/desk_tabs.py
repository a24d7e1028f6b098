"""The pages on which the desk is set up, for `customer_service/desk_tabs.html`."""

from dataclasses import dataclass

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.errors import Text

register = template.Library()


@dataclass(frozen=True)
class Tab:
    label: Text
    url: str
    is_current: bool


PAGES: tuple[tuple[Text, str, str], ...] = (
    (_("Channels"), "channels", "conversations.view"),
    (_("Intents"), "intents", "conversations.view"),
    (_("Curated answers"), "curated_answers", "conversations.view"),
    (_("Lookups"), "lookup_tools", "conversations.view"),
    (_("Canned replies"), "canned_replies", "conversations.view"),
    (_("Tags"), "tags", "conversations.view"),
    (_("Agents"), "agents", "conversations.view"),
    (_("Figures"), "figures", "conversations.view"),
    (_("Regression"), "regression", "conversations.view"),
    (_("Settings"), "desk_settings", "conversations.manage"),
)


@register.simple_tag(takes_context=True)
def desk_pages(context: template.Context) -> list[Tab]:
    """Those that are installed and that the member may see."""
    actor, request = context.get("actor"), context.get("request")
    if not isinstance(actor, Actor) or request is None:
        return []
    found = [(label, _address(name)) for label, name, permission in PAGES if actor.may(permission)]
    return [Tab(label, url, request.path.startswith(url)) for label, url in found if url]


def _address(name: str) -> str:
    """Empty for a page of a part that is not installed."""
    try:
        return reverse(f"customer_service:{name}")
    except NoReverseMatch:
        return ""

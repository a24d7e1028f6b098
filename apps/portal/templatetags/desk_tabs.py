"""The tabs of the desk that a page belongs to: `{% load desk_tabs %}{% desk_tabs %}`."""

from typing import Any

from django import template

from apps.core import desks
from apps.portal.navigation import best_fitting

register = template.Library()


@register.inclusion_tag("components/desk_tabs.html", takes_context=True)
def desk_tabs(context: template.Context) -> dict[str, Any]:
    """Those that the member may open; the one that fits the page's address best is marked. None on the frame's pages."""
    request, actor = context["request"], context["actor"]
    names = request.resolver_match.app_names[:1]
    desk = next((desk for desk in desks.installed() if desk.name in names), None)
    tabs = [(tab.label, tab.url) for tab in desk.tabs if actor.may(tab.permission)] if desk else []
    current = best_fitting([url for _, url in tabs], request.path)
    return {"desk": desk, "tabs": tabs, "current": current}

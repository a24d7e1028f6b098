"""The tabs of the desk, or of the pages of the frame, that a page belongs to: `{% load desk_tabs %}{% desk_tabs %}`."""

from typing import Any

from django import template

from apps.core import desks
from apps.portal.navigation import best_fitting, tab_group

register = template.Library()


@register.inclusion_tag("components/desk_tabs.html", takes_context=True)
def desk_tabs(context: template.Context) -> dict[str, Any]:
    """Those that the member may open; the one that fits the page's address best is marked. None on other pages."""
    request, actor = context["request"], context["actor"]
    names = request.resolver_match.app_names[:1]
    desk = next((desk for desk in desks.all_desks() if desk.name in names), None)
    group = desk or tab_group(request)
    tabs = [(tab.label, tab.url) for tab in group.tabs if actor.may(tab.permission)] if group else []
    current = best_fitting([url for _, url in tabs], request.path)
    return {"desk": group, "tabs": tabs, "current": current}

"""`{% load dashboard_tabs %}{% dashboard_tabs %}`: the dashboards that the member may open, the present one marked."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from apps.dashboards.tabs import TABS

register = template.Library()


@register.inclusion_tag("components/desk_tabs.html", takes_context=True)
def dashboard_tabs(context: template.Context) -> dict[str, Any]:
    request, actor = context["request"], context["actor"]
    tabs = [(tab.label, tab.url) for tab in TABS if actor.may(tab.permission)]
    fitting = [url for _label, url in tabs if request.path.startswith(url)]
    return {"desk": {"label": _("Dashboards")}, "tabs": tabs, "current": max(fitting, key=len, default="")}

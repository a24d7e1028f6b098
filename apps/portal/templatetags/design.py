"""The design system's small parts: `{% load design %}`. `docs/design.md` shows them all."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField
from django.utils.translation import gettext

register = template.Library()

TONES = {
    "queued": "",
    "waiting": "warn",
    "running": "live",
    "processing": "live",
    "answering": "live",
    "open": "live",
    "active": "good",
    "ready": "good",
    "succeeded": "good",
    "resolved": "good",
    "delivered": "good",
    "handed_over": "warn",
    "pending": "warn",
    "failed": "bad",
    "error": "bad",
}


@register.inclusion_tag("components/icon.html")
def icon(name: str, size: str = "") -> dict[str, Any]:
    """A stroke icon of `static/design/icons.svg`; size: "", "small" or "large"."""
    return {"name": name, "size": size}


@register.inclusion_tag("components/state_badge.html")
def state_badge(state: str, label: object = "", tone: str | None = None) -> dict[str, Any]:
    """A coloured word for a state. The tone follows from well-known states; give one for others."""
    return {"state": state, "label": label or state, "tone": TONES.get(state, "") if tone is None else tone}


@register.inclusion_tag("components/relative_time.html")
def relative_time(moment: datetime | None) -> dict[str, Any]:
    """“3 minutes ago”, kept current by the browser; the exact time is in the tooltip."""
    return {"moment": moment}


@register.inclusion_tag("components/field.html")
def field(bound_field: BoundField) -> dict[str, Any]:
    """Label, control, help and errors of a form field."""
    return {"field": bound_field, "is_check": bound_field.widget_type == "checkbox"}


@register.filter
def duration(length: timedelta | None) -> str:
    """“0.4 s”, “38 s”, “3 min 20 s”, “2 h 5 min”."""
    if length is None:
        return "–"
    seconds = max(length.total_seconds(), 0)
    if seconds < 10:
        return gettext("%(seconds).1f s") % {"seconds": seconds}
    minutes, whole_seconds = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes_left}
    if minutes:
        return gettext("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": whole_seconds}
    return gettext("%(seconds)d s") % {"seconds": whole_seconds}

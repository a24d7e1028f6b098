"""The design system's small parts: `{% load design %}`. `docs/design.md` shows them all."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django import template
from django.db.models import Model
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, FileInput, HiddenInput, RadioSelect, Select
from django.templatetags.static import static
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext

from apps.accounts.act_declaration import Act
from apps.core import punctuation
from apps.core.numbers import duration_text, milliseconds_text

register = template.Library()

ALWAYS_CHOSEN = (CheckboxInput, HiddenInput, RadioSelect, Select)

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
    "confirmed": "good",
    "refused": "bad",
    "handed_over": "warn",
    "pending": "warn",
    "failed": "bad",
    "error": "bad",
}


@register.simple_tag
def colon() -> str:
    """After a label: as wide as the language writes it."""
    return punctuation.colon()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A stroke icon of `static/design/icons.svg`; size: "", "small" or "large".

    No template of its own: a list shows hundreds of them, and a template for each takes longer than the list.
    """
    size_class = f" icon-{size}" if size else ""
    mark = '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>'
    return format_html(mark, size_class, static("design/icons.svg"), name)


@register.simple_tag(takes_context=True)
def act_button(context: Any, name: str, row: Any = None, size: str = "", **given: Any) -> SafeString:
    """The button of an act (`apps/accounts/act_declaration.py`), named by its page; nothing for whoever may not.

    `label`, `icon`, `look` and `confirm` replace what the act says; what else is given is sent along. With “icon” in
    the look, its words are a tooltip.
    """
    act = _act_of(name, is_about_a_row=row is not None)
    actor = context.get("actor")
    if actor is None or not actor.may(act.permission):
        return mark_safe("")
    label, icon_name, look, confirm = (
        given.pop(part, getattr(act, part)) for part in ("label", "icon", "look", "confirm")
    )
    hidden = {"csrfmiddlewaretoken": context.get("csrf_token", ""), **given}
    classes = "".join(f" button-{each}" for each in [size, *look.split()] if each)
    is_bare = "icon" in look.split()
    return format_html(
        '<form method="post" action="{}"{}>{}<button class="button{}"{}>{}{}</button></form>',
        reverse(name, args=[] if row is None else [getattr(row, "pk", row)]),
        _asked_before(act, row, confirm) if confirm else "",
        format_html_join("", '<input type="hidden" name="{}" value="{}">', hidden.items()),
        classes,
        format_html(' title="{0}" aria-label="{0}"', label) if is_bare else "",
        icon(icon_name, size) if icon_name else "",
        "" if is_bare else label,
    )


def _asked_before(act: Act, row: Any, question: object) -> SafeString:
    """What a form says of its question. What destroys a row names it."""
    if "danger" not in act.look.split():
        return format_html(' data-confirm="{}"', question)
    name = str(act.name_of(row)) if isinstance(row, Model) else ""
    # Rows without a name of their own are called as their id.
    about = "" if name == str(getattr(row, "pk", "")) else Truncator(name).chars(120)
    return format_html(' data-confirm="{}" data-confirm-about="{}" data-dangerous', question, about)


@cache
def _act_of(name: str, *, is_about_a_row: bool) -> Act:
    address = reverse(name, args=[UUID(int=0)] if is_about_a_row else [])
    act: Act = resolve(address).func.act  # type: ignore[attr-defined]
    return act


@register.inclusion_tag("components/state_badge.html")
def state_badge(state: str, label: object = "", tone: str | None = None) -> dict[str, Any]:
    """A coloured word for a state. The tone follows from well-known states; give one for others."""
    return {"state": state, "label": label or state, "tone": TONES.get(state, "") if tone is None else tone}


@register.simple_tag
def relative_time(moment: datetime | None) -> SafeString:
    """“3 minutes ago”, kept current by the browser; the exact time and its zone are in the tooltip."""
    if not moment:
        return mark_safe('<span class="faint">–</span>')
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        moment.astimezone(UTC).isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S} ({zone_name(moment)})",
        f"{local:%Y-%m-%d %H:%M}",
    )


@register.simple_tag
def zone_name(moment: datetime | None = None) -> str:
    """“Asia/Shanghai, UTC+08:00”: on which clocks the times of a page are, with their offset at that moment, or now."""
    offset = f"{timezone.localtime(moment):%z}"
    return f"{timezone.get_current_timezone_name()}, UTC{offset[:3]}:{offset[3:5]}"


@register.simple_tag
def zone_key() -> str:
    """The same for the browser: a name that `Intl` knows."""
    return timezone.get_current_timezone_name()


@register.inclusion_tag("components/field.html")
def field(bound_field: BoundField) -> dict[str, Any]:
    """Label, control, help and errors of a form field."""
    is_check = bound_field.widget_type == "checkbox"
    is_file = isinstance(bound_field.field.widget, FileInput)
    return {"field": bound_field, "is_check": is_check, "is_file": is_file, "mark": _mark(bound_field)}


def _mark(bound_field: BoundField) -> str:
    """“required” or “optional”, whichever is rarer in the form; what always holds a choice is neither."""
    typed_fields = [each for each in bound_field.form if not isinstance(each.field.widget, ALWAYS_CHOSEN)]
    if bound_field.name not in {each.name for each in typed_fields}:
        return ""
    needed_count = sum(map(_is_needed, typed_fields))
    if needed_count < len(typed_fields) - needed_count:
        return gettext("required") if _is_needed(bound_field) else ""
    return "" if _is_needed(bound_field) else gettext("optional")


def _is_needed(bound_field: BoundField) -> bool:
    """Needed always, or once this part of the form is filled in at all."""
    field = bound_field.field
    return field.required or field.widget.attrs.get("aria-required") == "true"


@register.filter
def duration(length: timedelta | None) -> str:
    return duration_text(None if length is None else length.total_seconds())


register.filter("milliseconds", milliseconds_text)


@register.filter
def thousands(number: int | None) -> str:
    """“1,234,567”, as figures are written in both languages."""
    return "–" if number is None else f"{number:,}"

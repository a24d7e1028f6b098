"""Parts of the desk's pages: `{% load medical %}`."""

from dataclasses import dataclass
from datetime import date

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.core.errors import Text
from apps.medical_records.models import Patient

register = template.Library()

PAGES: tuple[tuple[Text, str, str], ...] = (
    (_("Records"), "records", "records.view"),
    (_("Patients"), "patients", "records.view"),
    (_("Templates"), "templates", "records.manage"),
    (_("Catalogues"), "catalogues", "records.manage"),
    (_("Figures"), "figures", "records.view"),
    (_("Emergency access"), "emergencies", "records.oversee"),
    (_("Departments"), "departments", "records.manage"),
    (_("Settings"), "preferences", "records.manage"),
)


@dataclass(frozen=True)
class Tab:
    label: Text
    url: str
    is_current: bool


@register.simple_tag(takes_context=True)
def medical_pages(context: template.Context) -> list[Tab]:
    """Those that are installed and that the member may see."""
    actor, request = context.get("actor"), context.get("request")
    if not isinstance(actor, Actor) or request is None:
        return []
    found = [(label, _address(name)) for label, name, permission in PAGES if actor.may(permission)]
    urls = [(label, url) for label, url in found if url]
    current = max((url for _, url in urls if request.path.startswith(url)), key=len, default="")
    return [Tab(label, url, url == current) for label, url in urls]


@register.filter
def age(patient: Patient) -> str:
    """In years; of infants in months. Empty where nobody wrote down when they were born."""
    try:
        born = date.fromisoformat(patient.birth_date)
    except ValueError:
        return ""
    today = timezone.localdate()
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < 24:
        return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}
    return ngettext("%(count)d year", "%(count)d years", months // 12) % {"count": months // 12}


def _address(name: str) -> str:
    """Empty for a page of a part that is not installed."""
    try:
        return reverse(f"medical_records:{name}")
    except NoReverseMatch:
        return ""

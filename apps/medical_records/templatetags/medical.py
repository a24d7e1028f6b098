"""Parts of the desk's pages: `{% load medical %}`."""

from datetime import date

from django import template
from django.utils import timezone
from django.utils.translation import ngettext

from apps.medical_records.models import Patient

register = template.Library()


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

"""Shares and lengths of time in words."""

from datetime import timedelta

from django import template

from apps.customer_service.analytics import metrics
from apps.customer_service.analytics.totals import Share

register = template.Library()


@register.filter
def share(value: Share) -> str:
    """“63 %”, of fewer than five “3 of 4”."""
    return metrics.share_text(value)


@register.filter
def seconds(value: float | None) -> timedelta | None:
    """For `|duration`."""
    return metrics.length_of(value)

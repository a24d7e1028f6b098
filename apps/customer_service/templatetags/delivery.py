from django import template

from apps.core.errors import Text
from apps.customer_service.channels import delivery_errors

register = template.Library()


@register.filter
def failure_reason(stored: str) -> Text:
    """What went wrong, for people."""
    return delivery_errors.reason_of(stored)


@register.filter
def unreadable_reason(stored: str) -> Text:
    """Of a mail that was kept aside unread."""
    return delivery_errors.unreadable_reason(stored)


@register.filter
def failure_detail(stored: str) -> str:
    """What the other side said."""
    return delivery_errors.detail_of(stored)

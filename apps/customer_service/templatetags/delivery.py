from django import template

from apps.core.errors import Text
from apps.customer_service.channels import delivery_errors

register = template.Library()


@register.filter
def failure_reason(error_text: str) -> Text:
    """What went wrong, for people."""
    return delivery_errors.reason_of(error_text)


@register.filter
def unreadable_reason(error_text: str) -> Text:
    """Why a mail was kept aside unread."""
    return delivery_errors.unreadable_reason(error_text)


@register.filter
def failure_detail(error_text: str) -> str:
    """What the other side said."""
    return delivery_errors.detail_of(error_text)

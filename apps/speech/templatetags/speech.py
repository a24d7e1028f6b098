"""Times of transcripts: `{% load speech %}`."""

from django import template

register = template.Library()


@register.filter
def clock(seconds: float) -> str:
    """“2:05”, “1:00:09”."""
    minutes, whole = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{whole:02}" if hours else f"{minutes}:{whole:02}"


@register.filter
def as_number(seconds: float) -> str:
    """For scripts: never with the decimal comma of a language."""
    return f"{seconds:.2f}"

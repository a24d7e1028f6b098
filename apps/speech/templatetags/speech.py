"""Times of transcripts: `{% load speech %}`."""

from typing import Any

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


@register.filter
def words_of_text(segment: dict[str, Any]) -> list[dict[str, Any]]:
    """The words where they make up the text. Where numbers were written out they do not, and the text is shown."""
    words: list[dict[str, Any]] = segment["words"]
    spoken = "".join(word["text"] for word in words)
    return words if "".join(spoken.split()) == "".join(segment["text"].split()) else []

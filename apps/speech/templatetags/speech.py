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
    """The words with the `gap` before each. None where numbers were written out: then people read the text."""
    text, end, words = segment["text"].strip(), 0, []
    for word in segment["words"]:
        begin = text.find(word["text"].strip(), end)
        if begin < 0 or text[end:begin].strip():
            return []
        words.append({**word, "text": word["text"].strip(), "gap": text[end:begin]})
        end = begin + len(word["text"].strip())
    return [] if text[end:].strip() else words

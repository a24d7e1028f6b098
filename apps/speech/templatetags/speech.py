"""Times of transcripts: `{% load speech %}`."""

from collections.abc import Iterable
from typing import Any

from django import template

from apps.inference import speech
from llm_backend.speech.transcripts import Word
from llm_backend.speech.word_places import PlacedWord, place_words

register = template.Library()


@register.inclusion_tag("speech/dictation.html", takes_context=True)
def dictation(context: dict[str, Any]) -> dict[str, Any]:
    """Inside a form: its texts can be dictated, where something writes them down."""
    actor = context["actor"]
    return {"is_offered": actor.may("jobs.view") and speech.is_there(actor.organisation)}


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
def words_of_text(segment: dict[str, Any]) -> list[PlacedWord]:
    """The words as people read them, with the `gap` before each; none where the model told none."""
    return place_words(segment["text"].strip(), [Word(**word) for word in segment["words"]])


@register.filter
def has_low_confidence(segments: Iterable[dict[str, Any]]) -> bool:
    """Whether a word of them was heard with little certainty."""
    return any(Word(**word).has_low_confidence for segment in segments for word in segment["words"])

"""An answer in pieces that a template can print: plain words, citation marks, sentences without support."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template

from apps.customer_service.conversations.models import Turn
from llm_backend import patterns

register = template.Library()

_SPACED_MARK = patterns.compile(r" ?\[\d{1,2}\]")
_MARK = patterns.compile(r"\[(\d{1,2})\]")


@dataclass(frozen=True)
class Piece:
    text: str
    number: int | None = None
    is_supported: bool = True


@register.filter
def pieces(turn: Turn) -> list[Piece]:
    """The text is the model's: the template must escape it."""
    if turn.author != Turn.Author.BOT:
        return [Piece(turn.text)]
    return sentence_pieces(turn.text, turn.sentences)


def sentence_pieces(text: str, sentences: Sequence[Mapping[str, Any]]) -> list[Piece]:
    """The pieces of a text that was checked against its sources."""
    return list(_pieces(text, sentences))


def _pieces(text: str, sentences: Sequence[Mapping[str, Any]]) -> Iterator[Piece]:
    at = 0
    for sentence in sentences:
        yield from _marker_pieces(text[at : sentence["start"]], is_supported=True)
        yield from _marker_pieces(
            text[sentence["start"] : sentence["end"]], is_supported=sentence["is_supported"]
        )
        at = sentence["end"]
    yield from _marker_pieces(text[at:], is_supported=True)


def plain(text: str) -> str:
    """Without citation marks: as a person would send it."""
    return _SPACED_MARK.sub("", text)


def _marker_pieces(text: str, *, is_supported: bool) -> Iterator[Piece]:
    for index, part in enumerate(_MARK.split(text)):
        if index % 2:
            yield Piece("", number=int(part))
        elif part:
            yield Piece(part, is_supported=is_supported)

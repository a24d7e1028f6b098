"""An answer in pieces that a template can print: plain words, citation marks, sentences without support."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django import template

from apps.customer_service.models import Turn

register = template.Library()

_MARK = re.compile(r"\[(\d{1,2})\]")


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
    return list(_pieces(turn))


def _pieces(turn: Turn) -> Iterator[Piece]:
    at = 0
    for sentence in [*turn.sentences, {"start": len(turn.text), "end": len(turn.text), "is_supported": True}]:
        yield from _marked(turn.text[at : sentence["start"]], is_supported=True)
        yield from _marked(
            turn.text[sentence["start"] : sentence["end"]], is_supported=sentence["is_supported"]
        )
        at = sentence["end"]


def _marked(text: str, *, is_supported: bool) -> Iterator[Piece]:
    for index, part in enumerate(_MARK.split(text)):
        if index % 2:
            yield Piece("", number=int(part))
        elif part:
            yield Piece(part, is_supported=is_supported)

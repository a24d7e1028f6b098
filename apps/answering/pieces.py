"""A checked text in pieces that a template can print: plain words, citation marks, sentences and what they rest on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llm_backend import patterns

_SPACED_MARK = patterns.compile(r" ?\[\d{1,2}\]")
_MARK = patterns.compile(r"\[(\d{1,2})\]")


@dataclass(frozen=True)
class Piece:
    """`origin`: what the sentence rests on, in the word of whoever stored it."""

    text: str
    number: int | None = None
    is_supported: bool = True
    origin: str = ""


def sentence_pieces(text: str, sentences: Sequence[Mapping[str, Any]]) -> list[Piece]:
    """The pieces of a text that was checked against its sources. It is the model's: the template must escape it."""
    return list(_pieces(text, sentences))


def plain(text: str) -> str:
    """Without citation marks: as a person would send it."""
    return _SPACED_MARK.sub("", text)


def _pieces(text: str, sentences: Sequence[Mapping[str, Any]]) -> Iterator[Piece]:
    at = 0
    for sentence in sentences:
        start, end = sentence["start"], sentence["end"]
        yield from _marker_pieces(text[at:start])
        yield from _marker_pieces(text[start:end], sentence["is_supported"], sentence.get("origin", ""))
        at = end
    yield from _marker_pieces(text[at:])


def _marker_pieces(text: str, is_supported: bool = True, origin: str = "") -> Iterator[Piece]:
    for index, part in enumerate(_MARK.split(text)):
        if index % 2:
            yield Piece("", number=int(part))
        elif part:
            yield Piece(part, is_supported=is_supported, origin=origin)

"""A checked text in pieces that a template can print: plain words, citation marks, sentences and what they rest on."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llm_backend import patterns

_SPACED_MARK = patterns.compile(r" ?\[(\d{1,2})\]")
_MARK = patterns.compile(r"\[(\d{1,2})\]")


@dataclass(frozen=True)
class Piece:
    """`origin`: what the sentence rests on, in the word of whoever stored it."""

    text: str
    number: int | None = None
    is_supported: bool = True
    origin: str = ""


def sentence_pieces(
    text: str, sentences: Sequence[Mapping[str, Any]], *, numbers: Container[int] | None = None
) -> list[Piece]:
    """The pieces of a text that was checked against its sources. It is the model's: the template must escape it. `numbers`:
    of the sources, where others in brackets are a part of the text: a document that is quoted has notes of its own.
    """
    return list(_pieces(text, sentences, numbers))


def plain(text: str, numbers: Container[int]) -> str:
    """Without the marks of the sources, by their numbers: as a person would send it."""
    return _SPACED_MARK.sub(lambda mark: "" if int(mark[1]) in numbers else mark[0], text)


def _pieces(
    text: str, sentences: Sequence[Mapping[str, Any]], numbers: Container[int] | None
) -> Iterator[Piece]:
    at = 0
    for sentence in sentences:
        start, end = sentence["start"], sentence["end"]
        yield from _marker_pieces(text[at:start], numbers)
        yield from _marker_pieces(
            text[start:end], numbers, sentence["is_supported"], sentence.get("origin", "")
        )
        at = end
    yield from _marker_pieces(text[at:], numbers)


def _marker_pieces(
    text: str, numbers: Container[int] | None, is_supported: bool = True, origin: str = ""
) -> Iterator[Piece]:
    for index, part in enumerate(_MARK.split(text)):
        if index % 2 and (numbers is None or int(part) in numbers):
            yield Piece("", number=int(part))
        elif part:
            words = f"[{part}]" if index % 2 else part
            yield Piece(words, is_supported=is_supported, origin=origin)

"""Sentences, clauses and citations of Chinese and English text, with their places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CITATION = re.compile(r"[\[【](\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)[\]】]")
_CITATIONS_AFTER = re.compile(r"(?:\s*[\[【]\d{1,3}(?:\s*[,，、]\s*\d{1,3})*[\]】])+[。.]?")
_END = re.compile(
    r"""[。！？!?；;…]+["'”’」』)）]*      # full stops that always end a sentence
      | \.+["'”’)]*(?=\s|$|[\[【])         # a dot does so before white space or a citation
      | \n+""",
    re.VERBOSE,
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|no|vs|etc|approx|e\.g|i\.e|fig|st|inc|ltd|co)|\b[a-z]|^\s*\d+)$",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"^\s*(?:[-*•·]|#{1,6}|\d{1,2}[.)、]|[（(]\d{1,2}[)）])\s*")
_CLAUSE = re.compile(r"[,，;；:：。.!?！？\n]+(?!\d)")
_CJK = re.compile(r"[㐀-鿿]")
_LATIN = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` as written; `claim` without citations and list marks."""

    text: str
    start: int
    end: int
    citations: tuple[int, ...]
    claim: str


def sentences(text: str) -> list[Sentence]:
    return [_sentence(text, start, end) for start, end in _bounds(text) if re.search(r"\w", text[start:end])]


def clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE.split(text) if clause.strip()]


def without_citations(text: str) -> str:
    return re.sub(rf"\s*{_CITATION.pattern}", "", text)


def is_chinese(text: str) -> bool:
    """One Chinese character carries about as much as one English word."""
    return len(_CJK.findall(text)) > len(_LATIN.findall(text))


def _sentence(text: str, start: int, end: int) -> Sentence:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    piece = piece.strip()
    numbers = [int(n) for mark in _CITATION.findall(piece) for n in re.findall(r"\d+", mark)]
    claim = _LIST_MARK.sub("", _CITATION.sub("", piece))
    return Sentence(piece, start, start + len(piece), tuple(dict.fromkeys(numbers)), claim)


def _bounds(text: str) -> Iterator[tuple[int, int]]:
    start, place = 0, 0
    while stop := _END.search(text, place):
        place = stop.end()
        if stop[0].startswith(".") and _ABBREVIATION.search(text[start : stop.start()]):
            continue
        if after := _CITATIONS_AFTER.match(text, place):
            place = after.end()
        yield start, place
        start = place
    yield start, len(text)

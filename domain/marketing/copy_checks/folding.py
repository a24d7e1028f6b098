"""One spelling for what reads alike, so that neither full-width letters nor gaps inside a word hide it."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, Protocol, TypeVar
from unicodedata import category

from llm_backend import patterns
from llm_backend.speech.chinese_text import simplify
from llm_backend.unicode_forms import nfkc

# Of folded text: Chinese letters, then English words and figures.
TOKEN = patterns.compile(r"[㐀-鿿]|[a-z]{1,40}|\d{1,20}")
# 蕞, 朂 and 苐 are not used for anything else in copy, Cyrillic letters for none of its words.
_CYRILLIC = dict(zip("АВЕКМНОРСТХаеорсухі", "abekmhopctxaeopcyxi", strict=True))
_LOOKALIKES = _CYRILLIC | {
    "蕞": "最",
    "朂": "最",
    "㝡": "最",
    "苐": "第",
    "〇": "零",
    "’": "'",
    "‘": "'",
    "–": "-",
    "—": "-",
    "−": "-",
}
_INVISIBLE = frozenset({"Cf", "Mn", "Cc", "Cs", "Co", "Cn"})
# What people put between the letters of a Chinese word; sentences end with other marks.
_GAP = patterns.compile(
    r"(?<=[㐀-鿿])[ \t·•∙・.*_~|/^+'\"`°\-\u2190-\u2bff\U0001f000-\U0001faff]{1,4}(?=[㐀-鿿])"
)
_CHINESE = patterns.compile(r"[㐀-鿿]")


class Span(NamedTuple):
    start: int
    end: int


class Coverage:
    """Which letters of a text are taken; asked in time that grows with a span, not with how many were added."""

    def __init__(self, length: int, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._letters = bytearray(length)
        for span in spans:
            self.add(span)

    def add(self, span: tuple[int, int]) -> None:
        start, end = span
        self._letters[start:end] = b"\1" * (end - start)

    def touches(self, span: tuple[int, int]) -> bool:
        start, end = span
        return 1 in self._letters[start:end]


class HasSpan(Protocol):
    @property
    def span(self) -> Span: ...


SpannedType = TypeVar("SpannedType", bound=HasSpan)


def longest(several: Iterable[SpannedType], length: int) -> list[SpannedType]:
    """In the order of the text; of what overlaps the longest."""
    items: list[SpannedType] = []
    coverage = Coverage(length)
    for each in sorted(several, key=lambda each: each.span.start - each.span.end):
        if not coverage.touches(each.span):
            items.append(each)
            coverage.add(each.span)
    return sorted(items, key=lambda each: each.span)


@dataclass(frozen=True)
class FoldedText:
    """`places[n]` is where the letter `plain[n]` stood before; one more is the end."""

    plain: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """Where it stands in the text as it was given."""
        return Span(self.places[start], self.places[end - 1] + 1 if end > start else self.places[start])

    def at(self, place: int) -> int:
        """The letter that stood there, or the next that is left."""
        return bisect_left(self.places, place)

    @cached_property
    def tight(self) -> "FoldedText":
        """Without gaps between Chinese letters: 第 一, 最·好."""
        kept: list[int] = []
        last = 0
        for gap in _GAP.finditer(self.plain):
            kept += range(last, gap.start())
            last = gap.end()
        kept += range(last, len(self.plain))
        return FoldedText(
            "".join(self.plain[n] for n in kept), (*(self.places[n] for n in kept), self.places[-1])
        )


@lru_cache(maxsize=256)
def fold(text: str) -> FoldedText:
    """Half-width, simplified, in small letters and without what nobody sees."""
    letters = [(place, letter) for place, one in enumerate(text) for letter in _letters(one)]
    return FoldedText("".join(letter for _, letter in letters), (*(place for place, _ in letters), len(text)))


def is_chinese(text: str) -> bool:
    """Whether it is read by people who read Chinese: a tenth of its letters say so."""
    return 10 * len(_CHINESE.findall(text)) >= len(text)


@lru_cache(maxsize=20_000)
def _letters(one: str) -> str:
    if one in "\n\t":
        return one
    plain = nfkc(one)
    return "".join(
        simplify(_LOOKALIKES.get(each, each)).lower() for each in plain if category(each) not in _INVISIBLE
    )

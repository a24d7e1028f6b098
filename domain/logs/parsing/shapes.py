"""How often each shape came: what a worker makes of its part of the input, and what the parts add up to.

Whatever comes in, a summary holds at most `MAX_SHAPES` shapes of each length. Where there are more, all shapes of that
length are made coarser, step by step. How coarse they must be follows from the set of all lines, whichever part held
which, so the sum of the parts is the same as one pass.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Self

import numpy as np
import orjson
import pyarrow as pa

from domain.logs.parsing.masking import PARAMETER, SPAN, mask_lines
from domain.logs.parsing.tokens import (
    VALUE_OPENERS,
    Words,
    collapse_lists,
    is_identifier,
    join_tokens,
    split_tokens,
    without_hosts,
)
from llm_backend import patterns

MAX_SHAPES = 8_192
MAX_LENGTH = 32
"""Lengths in spaces that are counted apart; longer shapes share the last."""
MAX_WORDS = 100
MAX_WORD_CHARACTERS = 200
MAX_EXAMPLE_CHARACTERS = 1_000
WORDS_OF_COARSE_SHAPES = 8
VALUES_FOLLOW = frozenset(
    [
        "user",
        "username",
        "account",
        "name",
        "for",
        "from",
        "by",
        "to",
        "host",
        "file",
        "at",
        "of",
        "on",
        "in",
        "is",
    ]
)

_SMALL = pa.dictionary(pa.int16(), pa.string())
MAX_SMALL = 32_000
_PLAIN_WORD = patterns.compile(r"[^\W\d_]{1,20}")


class ShapeCount(NamedTuple):
    lines: int
    first: tuple[int, int]
    """Part and line: the same line comes first however the input was cut."""
    example: str


class ShapeCounts:
    """A mergeable summary of lines. `part` is the place of these lines among the parts of the whole input."""

    def __init__(self, part: int = 0) -> None:
        self.part = part
        self.lines = 0
        self._shapes: list[dict[str, ShapeCount]] = [{} for _ in range(MAX_LENGTH)]
        self._coarseness = [0] * MAX_LENGTH

    def __iter__(self) -> Iterator[tuple[str, ShapeCount]]:
        for shapes in self._shapes:
            yield from shapes.items()

    def __len__(self) -> int:
        return sum(map(len, self._shapes))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ShapeCounts) and self._content() == other._content()

    __hash__ = None  # type: ignore[assignment]

    def add(self, lines: pa.Array) -> pa.DictionaryArray:
        """Counts a column of lines, and returns their masked forms."""
        masked: pa.DictionaryArray = mask_lines(lines).dictionary_encode()
        numbers = codes(masked)
        _, firsts = np.unique(numbers, return_index=True)
        amounts = np.bincount(numbers)
        for code, shape in enumerate(masked.dictionary.to_pylist()):
            length, key = self._key(shape)
            entry = self._shapes[length].get(key)
            if entry is not None:
                self._shapes[length][key] = entry._replace(lines=entry.lines + int(amounts[code]))
                continue
            first = int(firsts[code])
            example = lines[first].as_py()[:MAX_EXAMPLE_CHARACTERS]
            self._shapes[length][key] = ShapeCount(
                int(amounts[code]), (self.part, self.lines + first), example
            )
            self._coarsen_where_full(length)
        self.lines += len(lines)
        # Who keeps the masked lines of a whole file until its templates are known keeps two bytes a line.
        return masked.cast(_SMALL) if len(masked.dictionary) <= MAX_SMALL else masked

    def merge(self, other: Self) -> None:
        """Adds what another part has counted."""
        for length, shapes in enumerate(other._shapes):
            while self._coarseness[length] < other._coarseness[length]:
                self._coarsen(length)
            coarser = COARSER[other._coarseness[length] : self._coarseness[length]]
            for shape, count in shapes.items():
                self._count(length, _apply(coarser, shape), count)
            self._coarsen_where_full(length)
        self.lines += other.lines

    def key(self, masked: str) -> str:
        """The shape under which a masked line is counted here."""
        return self._key(masked)[1]

    def to_bytes(self) -> bytes:
        return orjson.dumps([self.part, *self._content()], default=tuple)

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        part, lines, coarseness, shapes = orjson.loads(content)
        counts = cls(part)
        counts.lines, counts._coarseness = lines, coarseness
        for length, rows in enumerate(shapes):
            counts._shapes[length] = {
                shape: ShapeCount(count, (first[0], first[1]), example)
                for shape, (count, first, example) in rows.items()
            }
        return counts

    def _content(self) -> tuple[int, list[int], list[dict[str, ShapeCount]]]:
        return self.lines, self._coarseness, self._shapes

    def _key(self, masked: str) -> tuple[int, str]:
        masked = without_hosts(masked)
        length = min(masked.count(" "), MAX_LENGTH - 1)
        shape = masked if len(masked) <= MAX_WORD_CHARACTERS else _cut_long(masked)
        return length, _apply(COARSER[: self._coarseness[length]], shape)

    def _count(self, length: int, shape: str, more: ShapeCount) -> None:
        entry = self._shapes[length].get(shape)
        if entry is not None:
            earlier = min(entry, more, key=lambda each: each.first)
            more = earlier._replace(lines=entry.lines + more.lines)
        self._shapes[length][shape] = more

    def _coarsen_where_full(self, length: int) -> None:
        while len(self._shapes[length]) > MAX_SHAPES:
            self._coarsen(length)

    def _coarsen(self, length: int) -> None:
        coarser = COARSER[self._coarseness[length]]
        self._coarseness[length] += 1
        finer, self._shapes[length] = self._shapes[length], {}
        for shape, count in finer.items():
            self._count(length, coarser(shape), count)


def codes(masked: pa.DictionaryArray) -> np.ndarray[tuple[int], np.dtype[np.integer[Any]]]:
    """The numbers of a column's entries in its dictionary. Arrow's own way to NumPy would load pandas."""
    indices = masked.indices
    kind = np.dtype(np.int16 if indices.type == pa.int16() else np.int32)
    return np.frombuffer(indices.buffers()[1], kind, len(indices), indices.offset * kind.itemsize)


def _apply(steps: tuple[Callable[[str], str], ...], shape: str) -> str:
    for step in steps:
        shape = step(shape)
    return shape


def _cut_long(shape: str) -> str:
    """What is too long for a word is a value; of a text that never ends only the beginning tells messages apart."""
    words, _, spacing = split_tokens(shape)
    short = tuple(PARAMETER if len(word) > MAX_WORD_CHARACTERS else word for word in words)
    if len(short) <= MAX_WORDS:
        return join_tokens(short, spacing)
    return join_tokens((*short[:MAX_WORDS], SPAN), (*spacing[: MAX_WORDS + 1], ""))


def _without_likely_values(shape: str) -> str:
    words, delimiters, spacing = split_tokens(shape)

    def is_likely_value(position: int, word: str) -> bool:
        if is_identifier(word) or not position:
            return is_identifier(word)
        return delimiters[position - 1] in VALUE_OPENERS or words[position - 1].lower() in VALUES_FOLLOW

    likely: Words = tuple(
        PARAMETER if word and is_likely_value(position, word) else word for position, word in enumerate(words)
    )
    return collapse_lists(join_tokens(likely, spacing))


def _first_plain_words(shape: str) -> str:
    words = [word for word in split_tokens(shape).words if word][:WORDS_OF_COARSE_SHAPES]
    return " ".join(word if _PLAIN_WORD.fullmatch(word) else PARAMETER for word in words) + f" {SPAN}"


def _first_word(shape: str) -> str:
    word = shape.split(" ", 1)[0]
    return f"{word} {SPAN}" if _PLAIN_WORD.fullmatch(word) else SPAN


COARSER: tuple[Callable[[str], str], ...] = (
    _without_likely_values,
    _first_plain_words,
    _first_word,
    lambda _: SPAN,
)

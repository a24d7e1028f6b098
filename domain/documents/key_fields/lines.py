"""Lines of a page as fields are looked for in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from llm_backend.unicode_forms import nfkc

# Of a line on paper; longer ones come from programs.
MOST_CHARACTERS = 500
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Piece:
    """Text without a wide gap, in its `row` of the upright page, from `left` to `right` there. `box`: on the page as shown,
    in shares of it.
    """

    text: str
    confidence: float
    row: int
    left: float
    right: float
    box: Box

    @property
    def height(self) -> float:
        """Of its letters, whichever way the page lies."""
        return min(self.box[3] - self.box[1], self.box[2] - self.box[0])


@dataclass(frozen=True)
class Found:
    """A value that stands in these pieces. `by_label`: its label stands beside or above it."""

    value: str
    pieces: tuple[Piece, ...]
    by_label: bool = True

    @property
    def confidence(self) -> float:
        return min((piece.confidence for piece in self.pieces), default=0.0)


def rows_of(lines: Iterable[Mapping[str, Any]]) -> list[list[Piece]]:
    """Of lines as a page was read: pieces side by side, from top to bottom."""
    rows: dict[int, list[Piece]] = {}
    for line in lines:
        piece = Piece(
            nfkc(line["text"])[:MOST_CHARACTERS],
            line["confidence"],
            int(line["row"]),
            line["left"],
            line["right"],
            tuple(line["boxes"][0]),
        )
        rows.setdefault(piece.row, []).append(piece)
    return [rows[number] for number in sorted(rows)]


@lru_cache(maxsize=4096)
def squeezed(text: str) -> tuple[str, Sequence[int]]:
    """Without white space and in small letters, with the place of each character in the text."""
    kept = [(small, place) for place, each in enumerate(text) if not each.isspace() for small in each.lower()]
    return "".join(small for small, _place in kept), [place for _small, place in kept]


def row_text(row: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in row)

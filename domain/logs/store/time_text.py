"""How a layout writes a time, character by character: what a text that stands in it says about the time."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from llm_backend import patterns

Match = Literal["starts", "ends", "equals", "holds"]
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Directives and the characters that they write; %s has ten digits until 2286.
WIDTHS = {
    "%Y": 4,
    "%m": 2,
    "%d": 2,
    "%e": 2,
    "%b": 3,
    "%H": 2,
    "%M": 2,
    "%S": 2,
    "%3f": 3,
    "%6f": 6,
    "%s": 10,
}
PIECE = patterns.compile(r"%[36]f|%[YmdebHMSs]|.", patterns.DOTALL)


@lru_cache(maxsize=256)
def time_pieces(time_format: str) -> tuple[tuple[str, int], ...]:
    """Directives and single characters, each with the place where it begins."""
    pieces, place = [], 0
    for piece in PIECE.findall(time_format):
        pieces.append((piece, place))
        place += WIDTHS.get(piece, 1)
    return tuple(pieces)


def positions(time_format: str, text: str, match: Match) -> Iterator[int]:
    """Where in a written time the text can begin, as far as one can say without knowing the time."""
    pieces = time_pieces(time_format)
    width = pieces[-1][1] + WIDTHS.get(pieces[-1][0], 1) if pieces else 0
    last = width - len(text)
    for place in range(last + 1):
        is_possible = {"starts": place == 0, "ends": place == last, "equals": last == 0, "holds": True}[match]
        if is_possible and all(
            _can_write(piece, characters) for piece, _, characters in covered_pieces(time_format, text, place)
        ):
            yield place


def is_possible(time_format: str, text: str, match: Match) -> bool:
    return any(True for _ in positions(time_format, text, match))


def covered_pieces(time_format: str, text: str, place: int) -> Iterator[tuple[str, int, str]]:
    """For a text that begins at `place`: each piece it touches, its first character of the piece, and what it says there."""
    for piece, start in time_pieces(time_format):
        first = max(start, place)
        end = min(start + WIDTHS.get(piece, 1), place + len(text))
        if first < end:
            yield piece, first - start, text[first - place : end - place]


def _can_write(piece: str, characters: str) -> bool:
    if piece not in WIDTHS:
        return piece == characters
    if piece == "%b":
        return characters.isalpha()
    digits = characters.lstrip(" ") if piece == "%e" else characters
    return digits.isascii() and (digits.isdigit() or (piece == "%e" and not digits))

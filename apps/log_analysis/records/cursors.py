"""Places in a search and in a live tail, as addresses carry them."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput

MAX_TAIL_SOURCES = 500
Cursor = tuple[int, int]
"""Time and arrival of the last record of a page."""


def read_cursor(text: str) -> Cursor | None:
    """Reads the position in an address, as `write_cursor` writes it. Raises InvalidInput."""
    if not text:
        return None
    parts = text.split("_")
    if len(parts) != 2 or not all(map(is_integer, parts)):
        raise InvalidInput(fields={"before": [_("Invalid page position. Search again.")]})
    return int(parts[0]), int(parts[1])


def write_cursor(cursor: Cursor | None) -> str:
    return f"{cursor[0]}_{cursor[1]}" if cursor else ""


def read_tail_cursor(text: str) -> dict[str, int]:
    """The arrival number by source; sources that the organisation does not have are never asked."""
    pairs = [pair.partition(":") for pair in text.split(",")[:MAX_TAIL_SOURCES]]
    return {source: int(arrival) for source, _colon, arrival in pairs if is_integer(arrival)}


def write_tail_cursor(cursor: Mapping[str, int]) -> str:
    return ",".join(f"{source}:{arrival}" for source, arrival in cursor.items())


def is_integer(text: str) -> bool:
    """Whether it is a number of a size that the store can hold."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 19

"""How far a long measurement is, on standard error, and what it found row by row, in a file."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def counted(things: str, rows: Sequence[T]) -> Iterator[T]:
    for number, row in enumerate(rows, start=1):
        yield row
        sys.stderr.write(f"\r{things}: {number} of {len(rows)}")
    sys.stderr.write("\n")


def in_parts(things: str, rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """So many at a time; nothing is told where one part is all."""
    parts = [rows[start : start + size] for start in range(0, len(rows), size)]
    return counted(f"parts of {size} {things}", parts) if len(parts) > 1 else iter(parts)


def row_writer(path: Path | None, *, goes_on: bool = False) -> Callable[[Any], None]:
    """Writes each row to the file at once, as a line of JSON; without a file nowhere. `goes_on`: behind what it holds."""
    if path is None:
        return lambda _row: None
    if not goes_on:
        path.write_text("", encoding="utf-8")

    def write(row: Any) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    return write

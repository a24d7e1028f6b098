"""Tables of the marketing sets, as CSV with commas or semicolons; a file that is another one is told by what it lacks."""

import csv
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from domain.marketing.decisions.arrays import Floats

MAX_ROWS = 2_000_000


@dataclass(frozen=True)
class MarketingTable:
    """Rows of one or several files with the same columns."""

    files: tuple[str, ...]
    rows: list[dict[str, str]]

    def sources(self) -> dict[str, list[str]]:
        """Of folds: trained on and tested on the same files, never on the same rows."""
        return {"trained_on": list(self.files), "tested_on": list(self.files)}

    def names(self, column: str) -> list[str]:
        return [row[column].strip() for row in self.rows]

    def numbers(self, column: str, low: float = -math.inf, high: float = math.inf) -> Floats:
        """Ends the command at the first value that is no number between both."""
        numbers = np.full(len(self.rows), math.nan)
        for place, row in enumerate(self.rows):
            with suppress(ValueError):
                numbers[place] = float(row[column])
            if not (math.isfinite(numbers[place]) and low <= numbers[place] <= high):
                raise SystemExit(
                    f"Row {place + 1} of {', '.join(self.files)} has “{row[column][:50]}” as {column}; "
                    f"a number from {low:g} to {high:g} is needed."
                )
        return numbers

    def without(self, *columns: str) -> list[dict[str, str]]:
        return [{name: value for name, value in row.items() if name not in columns} for row in self.rows]


def read_table(place: Path, columns: Sequence[str], *, begins: str = "") -> MarketingTable:
    """Of a file, or of all CSV files of a folder whose name begins so and whose first line has these columns."""
    if not place.exists():
        raise SystemExit(f"There is no {place}.")
    paths = [place] if place.is_file() else sorted(place.glob(f"{begins}*.csv"))
    files, rows, lacking = [], [], []
    for path in paths:
        try:
            header, some = _read(path)
        except (csv.Error, UnicodeDecodeError) as error:
            raise SystemExit(f"{path} is no CSV file in UTF-8: {error}") from error
        missing = [name for name in columns if name not in header]
        if missing:
            lacking.append(f"{path.name} lacks {', '.join(missing)}")
        elif some:
            files.append(path.name)
            rows += some
    if not rows:
        reason = "; ".join(lacking) or f"no file {begins}*.csv with rows"
        raise SystemExit(f"{place} has no table with the columns {', '.join(columns)}: {reason}.")
    return MarketingTable(tuple(files), rows)


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """What a short row lacks is empty."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        delimiter = ";" if ";" in file.readline() else ","
        file.seek(0)
        reader = csv.DictReader(file, delimiter=delimiter, restval="")
        rows: list[dict[str, str]] = []
        for row in reader:
            if len(rows) >= MAX_ROWS:
                raise SystemExit(f"{path} has more than {MAX_ROWS:,} rows.")
            rows.append({name: value for name, value in row.items() if name is not None})
        return list(reader.fieldnames or ()), rows

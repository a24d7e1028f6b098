"""Tables of the marketing sets, as CSV with commas or semicolons; a file that is another one is told by what it lacks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from domain.marketing.decisions.arrays import Floats


@dataclass(frozen=True)
class MarketingTable:
    """Rows of one or several files with the same columns."""

    files: tuple[str, ...]
    frame: pd.DataFrame

    def sources(self) -> dict[str, list[str]]:
        """Of folds: trained on and tested on the same files, never on the same rows."""
        return {"trained_on": list(self.files), "tested_on": list(self.files)}

    def names(self, column: str) -> list[str]:
        return list(self.frame[column].str.strip())

    def numbers(self, column: str, low: float = -math.inf, high: float = math.inf) -> Floats:
        """Ends the command at the first value that is no number between both."""
        numbers: Floats = pd.to_numeric(self.frame[column], errors="coerce").to_numpy(np.float64)
        wrong = np.flatnonzero(~(np.isfinite(numbers) & (low <= numbers) & (numbers <= high)))
        if len(wrong):
            raise SystemExit(
                f"Row {wrong[0] + 1} of {', '.join(self.files)} has “{self.frame[column].iloc[wrong[0]][:50]}” "
                f"as {column}; a number from {low:g} to {high:g} is needed."
            )
        return numbers

    def without(self, *columns: str) -> list[dict[str, str]]:
        rows: list[dict[str, Any]] = self.frame.drop(columns=list(columns), errors="ignore").to_dict(
            "records"
        )
        return rows


def read_table(place: Path, columns: Sequence[str], *, begins: str = "") -> MarketingTable:
    """Of a file, or of all CSV files of a folder whose name begins so and whose first line has these columns."""
    if not place.exists():
        raise SystemExit(f"There is no {place}.")
    frames, lacking = dict[str, pd.DataFrame](), list[str]()
    for path in [place] if place.is_file() else sorted(place.glob(f"{begins}*.csv")):
        try:
            frame = _read(path)
        except (pd.errors.ParserError, UnicodeDecodeError) as error:
            raise SystemExit(f"{path} is no CSV file in UTF-8: {error}") from error
        if missing := [name for name in columns if name not in frame]:
            lacking.append(f"{path.name} lacks {', '.join(missing)}")
        elif len(frame):
            frames[path.name] = frame
    if not frames:
        reason = "; ".join(lacking) or f"no file {begins}*.csv with rows"
        raise SystemExit(f"{place} has no table with the columns {', '.join(columns)}: {reason}.")
    return MarketingTable(tuple(frames), pd.concat(frames.values(), ignore_index=True))


def _read(path: Path) -> pd.DataFrame:
    """What a short row lacks is empty."""
    with path.open(encoding="utf-8-sig") as file:
        delimiter = ";" if ";" in file.readline() else ","
    form: dict[str, Any] = {"encoding": "utf-8-sig", "dtype": str, "keep_default_na": False}
    return pd.read_csv(path, sep=delimiter, **form).fillna("")

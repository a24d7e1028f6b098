"""Pairs of questions that ask the same or not, as public sets come: CSV, or JSON lines."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.labelled_files import Split, split, table

Pair = tuple[str, str, bool]  # two questions, whether they ask the same


def pairs_in(directory: Path) -> Split[Pair]:
    """Empty where the directory holds something else."""
    return split(directory, _pairs_of)


def _pairs_of(path: Path) -> list[Pair]:
    if path.suffix == ".csv":
        return _pairs(table(path))
    if path.suffix in {".json", ".jsonl"}:
        lines = path.read_text(encoding="utf-8").splitlines()
        return _pairs(json.loads(line) for line in lines if line.startswith("{"))
    return []


def _pairs(rows: Iterable[Mapping[str, str]]) -> list[Pair]:
    return [
        (row["sentence1"], row["sentence2"], str(row["label"]) == "1") for row in rows if "sentence2" in row
    ]

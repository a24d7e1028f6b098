"""Pairs of questions that ask the same or not, as public sets come: CSV, or JSON lines."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.labelled_files import table

Pair = tuple[str, str, bool]  # two questions, whether they ask the same


def pairs_in(directory: Path) -> list[Pair]:
    """Empty where the directory holds something else."""
    pairs: list[Pair] = []
    for path in sorted(directory.iterdir()):
        if path.suffix == ".csv":
            pairs += _pairs(table(path))
        elif path.suffix in {".json", ".jsonl"}:
            lines = path.read_text(encoding="utf-8").splitlines()
            pairs += _pairs(json.loads(line) for line in lines if line.startswith("{"))
    return pairs


def _pairs(rows: Iterable[Mapping[str, str]]) -> list[Pair]:
    return [
        (row["sentence1"], row["sentence2"], str(row["label"]) == "1") for row in rows if "sentence2" in row
    ]

"""Labelled texts as public sets come: CSV with a header, JSON lines, or clinc150's lists."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = tuple[str, str]  # text, label
TEXT_COLUMNS = ("text", "sentence", "review", "utterance", "query")
LABEL_COLUMNS = ("category", "intent", "label", "airline_sentiment", "sentiment")
# How sets name what belongs to none of their intents.
OUT_OF_SCOPE_NAMES = frozenset({"oos", "NO_NODES_DETECTED", "out_of_scope"})


@dataclass
class LabelledTexts:
    """`test` is empty where a set has no split of its own."""

    train: list[Row] = field(default_factory=list)
    test: list[Row] = field(default_factory=list)
    out_of_scope_train: list[str] = field(default_factory=list)
    out_of_scope_test: list[str] = field(default_factory=list)


def labelled_texts(directory: Path, *, label: str = "") -> LabelledTexts:
    """Files whose names begin with train are learnt from, dev, val and test files measured.

    `label`: the column to read labels from, where a set has several.
    """
    texts = LabelledTexts()
    for path in sorted(directory.iterdir()):
        if path.suffix == ".json" and isinstance(content := _json(path), dict) and "train" in content:
            return _lists(content)
        if path.suffix not in {".csv", ".json", ".jsonl"}:
            continue
        rows = list(_rows(path, (label,) if label else LABEL_COLUMNS))
        is_test = path.stem.startswith(("test", "dev", "val")) or "_test" in path.stem
        known = [row for row in rows if row[1] not in OUT_OF_SCOPE_NAMES]
        strangers = [text for text, label in rows if label in OUT_OF_SCOPE_NAMES]
        (texts.test if is_test else texts.train).extend(known)
        (texts.out_of_scope_test if is_test else texts.out_of_scope_train).extend(strangers)
    if not texts.train:
        raise SystemExit(f"There are no labelled texts to learn from in {directory}.")
    return texts


def first_of_each(rows: list[Row], count: int) -> list[Row]:
    taken: dict[str, int] = {}
    chosen = []
    for text, label in rows:
        taken[label] = taken.get(label, 0) + 1
        if taken[label] <= count:
            chosen.append((text, label))
    return chosen


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _lists(content: dict[str, Any]) -> LabelledTexts:
    """clinc150: a list of [text, label] per part."""

    def pairs(*names: str) -> list[Row]:
        return [(text, label) for name in names for text, label in content.get(name, [])]

    return LabelledTexts(
        pairs("train"),
        pairs("test") or pairs("val"),
        [text for text, _ in pairs("oos_train")],
        [text for text, _ in pairs("oos_test") or pairs("oos_val")],
    )


def _rows(path: Path, label_columns: Sequence[str]) -> Iterator[Row]:
    rows = table(path) if path.suffix == ".csv" else _json(path)
    # Lists of names and the like lie beside the rows.
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
        return
    text_column = next((name for name in TEXT_COLUMNS if name in rows[0]), None)
    label_column = next((name for name in label_columns if name in rows[0]), None)
    if text_column and label_column:
        yield from ((str(row[text_column]), str(row[label_column])) for row in rows)


def _json(path: Path) -> Any:
    """A JSON document, or one per line."""
    content = path.read_text(encoding="utf-8")
    try:
        return json.loads(content)
    except json.JSONDecodeError:
        return [json.loads(line) for line in content.splitlines() if line.strip()]

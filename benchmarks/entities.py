"""Medical entities with their types in Chinese text: strict_f1, micro over all entities, nested ones included.

Right is only what has the marked span and the marked type. Reads rows {text, entities: [{start_idx, end_idx
(inclusive), type}]}. A set with train and dev or test rows is learnt from the former and measured on the latter;
of a set with one file each fifth of the texts is measured by a recogniser trained on the other four.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llm_backend.clinical.entities.entity import TYPES, Entity, Labelled
from llm_backend.clinical.entities.recogniser import Recogniser

FOLDS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="directory with marked texts")


def run(options: argparse.Namespace) -> dict[str, Any]:
    train, test = _rows(options.data)
    rounds = [(train, test)] if train and test else _folds([*train, *test])
    tally, untrained = Tally(), Tally()
    train_seconds = 0.0
    for place, (learnt, asked) in enumerate(rounds):
        sys.stderr.write(f"round {place + 1} of {len(rounds)}: {len(learnt)} texts to learn from\n")
        started = time.monotonic()
        recogniser = Recogniser.trained(learnt)
        train_seconds += time.monotonic() - started
        tally.add(recogniser, asked)
        untrained.add(Recogniser.untrained(), asked)
    return {
        "model": "two trained taggers on characters, words and a general vocabulary; no LLM",
        **tally.figures(),
        "f1_of_type": tally.by_type(),
        "untrained": untrained.figures(),
        "texts": tally.texts,
        "folds": len(rounds) if len(rounds) > 1 else 0,
        "train_s_per_round": round(train_seconds / len(rounds), 1),
    }


class Tally:
    def __init__(self) -> None:
        self.texts = 0
        self.found: Counter[str] = Counter()
        self.wanted: Counter[str] = Counter()
        self.right: Counter[str] = Counter()

    def add(self, recogniser: Recogniser, rows: Sequence[Labelled]) -> None:
        for row in rows:
            found, wanted = set(recogniser.entities(row.text)), set(row.entities)
            self.texts += 1
            self.found.update(entity.type for entity in found)
            self.wanted.update(entity.type for entity in wanted)
            self.right.update(entity.type for entity in found & wanted)

    def figures(self) -> dict[str, float]:
        found, wanted, right = self.found.total(), self.wanted.total(), self.right.total()
        return {
            "strict_f1": _f1(found, wanted, right),
            "precision": round(right / max(found, 1), 4),
            "recall": round(right / max(wanted, 1), 4),
        }

    def by_type(self) -> dict[str, float]:
        return {kind: _f1(self.found[kind], self.wanted[kind], self.right[kind]) for kind in TYPES}


def _f1(found: int, wanted: int, right: int) -> float:
    return round(2 * right / max(found + wanted, 1), 4)


def _rows(directory: Path) -> tuple[list[Labelled], list[Labelled]]:
    train: list[Labelled] = []
    test: list[Labelled] = []
    for path in sorted(directory.glob("*.json*")):
        is_test = path.stem.lower().startswith(("dev", "test", "val"))
        (test if is_test else train).extend(_read(path))
    if not train and not test:
        raise SystemExit(f"There are no marked texts in {directory}.")
    return train, test


def _read(path: Path) -> list[Labelled]:
    content = path.read_text(encoding="utf-8").strip()
    rows = json.loads(content) if content.startswith("[") else map(json.loads, content.splitlines())
    # A test set that is published without its answers cannot be measured on.
    marked = [row for row in rows if "entities" in row]
    return [Labelled(row["text"], tuple(dict.fromkeys(map(_entity, row["entities"])))) for row in marked]


def _entity(row: dict[str, Any]) -> Entity:
    kind = next(each for each in TYPES if each == row["type"])
    return Entity(row["start_idx"], row["end_idx"] + 1, kind)


def _folds(rows: Sequence[Labelled]) -> list[tuple[list[Labelled], list[Labelled]]]:
    return [
        (
            [row for place, row in enumerate(rows) if place % FOLDS != fold],
            [row for place, row in enumerate(rows) if place % FOLDS == fold],
        )
        for fold in range(FOLDS)
    ]

"""Medical entities with their types in Chinese text: strict_f1, micro over all entities, nested ones included.

Right is only what has the marked span and the marked type. Reads rows {text, entities: [{start_idx, end_idx
(inclusive), type}]}. A set with train and dev or test rows is learnt from the former and measured on the latter;
of a set with one file each fifth of the texts is measured by a recogniser trained on the other four.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals
from benchmarks.entity_model.entity import TYPES, Entity, LabelledText
from benchmarks.entity_model.recogniser import Recogniser
from benchmarks.labelled_files import split

COMMAND = "eval entities"


def run(data: Annotated[Path, "directory with marked texts"]) -> dict[str, Any]:
    sets = split(data, _read, files="*.json*")
    if not (sets.train or sets.test):
        raise SystemExit(f"There are no marked texts in {data}.")
    rounds = sets.rounds()
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
        **sets.sources(),
        **tally.figures(),
        **tally.by_type(),
        "untrained": untrained.figures(),
        "texts": len(tally.rows),
        "folds": len(rounds) if len(rounds) > 1 else 0,
        "train_s_per_round": round(train_seconds / len(rounds), 1),
    }


class Tally:
    """Of each text the entities found and wanted."""

    def __init__(self) -> None:
        self.rows: list[tuple[set[Entity], set[Entity]]] = []

    def add(self, recogniser: Recogniser, rows: Sequence[LabelledText]) -> None:
        self.rows += [(set(recogniser.entities(row.text)), set(row.entities)) for row in rows]

    def figures(self) -> dict[str, Any]:
        return intervals.f1("strict_f1", [_counts(found, wanted) for found, wanted in self.rows])

    def by_type(self) -> dict[str, Any]:
        values, edges = {}, {}
        for kind in TYPES:
            some = [
                (
                    {each for each in found if each.type == kind},
                    {each for each in wanted if each.type == kind},
                )
                for found, wanted in self.rows
            ]
            figures = intervals.f1("f1", [_counts(found, wanted) for found, wanted in some])
            values[kind], edges[kind] = figures["f1"], figures["f1_interval"]
        return {"f1_of_type": values, "f1_of_type_interval": edges}


def _counts(found: set[Entity], wanted: set[Entity]) -> tuple[int, int, int]:
    return len(found), len(wanted), len(found & wanted)


def _read(path: Path) -> list[LabelledText]:
    content = path.read_text(encoding="utf-8").strip()
    rows = json.loads(content) if content.startswith("[") else map(json.loads, content.splitlines())
    # A test set that is published without its answers cannot be measured on.
    marked = [row for row in rows if "entities" in row]
    return [LabelledText(row["text"], tuple(dict.fromkeys(map(_entity, row["entities"])))) for row in marked]


def _entity(row: dict[str, Any]) -> Entity:
    kind = next(each for each in TYPES if each == row["type"])
    return Entity(row["start_idx"], row["end_idx"] + 1, kind)

"""Medical entities with their types in Chinese text: strict_f1, micro over all entities, nested ones included.

Right is only what has the marked span and the marked type. Reads rows {text, entities: [{start_idx, end_idx
(inclusive), type}]}. A set with train and dev or test rows is learnt from the former and measured on the latter;
of a set with one file each fifth of the texts is measured by a recogniser trained on the other four.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals, progress
from benchmarks.entity_recogniser import TYPES, Entity, LabelledText, Recogniser
from benchmarks.labelled_files import json_rows, split

COMMAND = "eval entities"
# Of a text, the entities found and wanted.
Pair = tuple[set[Entity], set[Entity]]


def run(data: Annotated[Path, "directory with marked texts"]) -> dict[str, Any]:
    sets = split(data, _read, files="*.json*", things="marked texts")
    rounds = sets.rounds()
    told, untrained, train_seconds = list[Pair](), list[Pair](), 0.0
    for learnt, asked in progress.counted("rounds", rounds):
        started = time.monotonic()
        recogniser = Recogniser.trained(learnt)
        train_seconds += time.monotonic() - started
        told += _asked(recogniser, asked)
        untrained += _asked(Recogniser(), asked)
    return {
        "model": "two trained taggers on characters, words and a general vocabulary; no LLM",
        **sets.sources(),
        **intervals.f1_of_sets("strict_f1", told),
        **_by_type(told),
        "untrained": intervals.f1_of_sets("strict_f1", untrained),
        "texts": len(told),
        "folds": len(rounds) if len(rounds) > 1 else 0,
        "train_s_per_round": round(train_seconds / len(rounds), 1),
    }


def _asked(recogniser: Recogniser, rows: Sequence[LabelledText]) -> list[Pair]:
    return [(set(recogniser.entities(row.text)), set(row.entities)) for row in rows]


def _by_type(told: Sequence[Pair]) -> dict[str, Any]:
    figures: dict[str, dict[str, Any]] = {}
    for kind in TYPES:
        some = [[{each for each in entities if each.type == kind} for entities in row] for row in told]
        figures[kind] = intervals.f1_of_sets("f1", [(found, wanted) for found, wanted in some])
    return intervals.by_group("f1_of_type", figures, of="f1")


def _read(path: Path) -> list[LabelledText]:
    # A test set that is published without its answers cannot be measured on.
    texts = []
    for row in (row for row in json_rows(path) if "entities" in row):
        marked = (Entity(each["start_idx"], each["end_idx"] + 1, each["type"]) for each in row["entities"])
        texts.append(LabelledText(row["text"], tuple(dict.fromkeys(marked))))
    return texts

"""Marks spans in a text: a chain of tags with weights learnt from marked texts (CRFsuite, passive-aggressive)."""

import ctypes
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import pycrfsuite

from benchmarks.entity_model.entity import TYPES, Entity
from benchmarks.entity_model.features import tags

# Each pass costs seconds per thousand texts; after these many the weights only move to and fro.
PASSES = 15
AGGRESSIVENESS = 0.1
SEED = 1

Rows = list[list[str]]


class Tagger:
    """One thread at a time: CRFsuite keeps the text it works on."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(content)

    @classmethod
    def trained(cls, rows: Iterable[tuple[Rows, Sequence[Entity]]]) -> "Tagger":
        """`rows`: the features of each text and its spans, of which no two may cross."""
        trainer = pycrfsuite.Trainer(verbose=False)
        for features, spans in rows:
            marks = tags(len(features), [(each.start, each.end, each.type) for each in spans])
            trainer.append(features, marks)
        trainer.select("pa")
        trainer.set_params({"max_iterations": PASSES, "c": AGGRESSIVENESS})
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "weights"
            # CRFsuite shuffles with C's own numbers: from one seed the same rows give the same weights.
            ctypes.CDLL(None).srand(SEED)
            trainer.train(str(path))
            return cls(path.read_bytes())

    def tags(self, features: Rows) -> list[str]:
        marks: list[str] = self._tagger.tag(features) if features else []
        return marks


def spans_of(marks: Sequence[str]) -> list[Entity]:
    """Whole spans only: a beginning without an end of its type is none."""
    found: list[Entity] = []
    start: int | None = None
    for place, mark in enumerate(marks):
        where, _, name = mark.partition("-")
        if where == "B":
            start = place
        elif where == "S" or (where == "E" and start is not None and marks[start] == f"B-{name}"):
            kind = next(each for each in TYPES if each == name)
            found.append(Entity(place if where == "S" or start is None else start, place + 1, kind))
            start = None
        elif where == "O":
            start = None
    return found

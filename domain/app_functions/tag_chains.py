"""Spans of a text as a chain of tags, one for each character, with weights learnt from marked texts (CRFsuite)."""

import ctypes
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pycrfsuite

# Each pass costs seconds per thousand texts; after these many the weights only move to and fro.
PASSES, AGGRESSIVENESS, SEED = 15, 0.1, 1

Span = tuple[int, int, str]
Rows = list[list[str]]


def trained(texts: Iterable[tuple[Rows, Sequence[str]]]) -> bytes:
    """Weights, by passive-aggressive learning. `texts`: what is seen of each character, and its tags."""
    trainer = pycrfsuite.Trainer(verbose=False)
    for rows, tags in texts:
        trainer.append(rows, tags)
    trainer.select("pa")
    trainer.set_params({"max_iterations": PASSES, "c": AGGRESSIVENESS})
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "weights"
        # CRFsuite shuffles with C's own numbers: from one seed the same rows give the same weights.
        ctypes.CDLL(None).srand(SEED)
        trainer.train(str(path))
        return path.read_bytes()


def tagger_of(weights: bytes) -> pycrfsuite.Tagger:
    """For one thread at a time: it keeps the text that it works on. The weights have to stay as long as it."""
    tagger = pycrfsuite.Tagger()
    tagger.open_inmemory(weights)
    return tagger


def tags_of(size: int, spans: Iterable[Span]) -> list[str]:
    """Where in a span of which name each of `size` characters stands; no two spans may cross."""
    tags = ["O"] * size
    for start, end, name in spans:
        tags[start:end] = [f"{where_in(at, end - start)}-{name}" for at in range(end - start)]
    return tags


def spans_of(tags: Sequence[str]) -> Iterator[Span]:
    """Whole ones only: a beginning without an end of its name is none."""
    start: int | None = None
    for place, tag in enumerate(tags):
        where, _, name = tag.partition("-")
        if where == "B":
            start = place
        elif where == "S" or (where == "E" and start is not None and tags[start] == f"B-{name}"):
            yield (place if where == "S" or start is None else start), place + 1, name
            start = None
        elif where == "O":
            start = None


def where_in(at: int, size: int) -> str:
    """Single, beginning, inside, end."""
    if size == 1:
        return "S"
    return "B" if at == 0 else "E" if at == size - 1 else "I"

"""Fields found in texts by what marked examples teach: two chains of tags, one that reads words and one that does not.

Where both find the same they are right twice as often as where only the first does.
"""

import ctypes
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pycrfsuite

from domain.app_functions.marked_texts import FIELDS, TEXTS, VALUES, MarkedText, field_names, read_marks
from domain.app_functions.span_features import Known, features, known_values, where_in
from domain.workflows.functions import Function
from domain.workflows.types import Flag, Record, Text

# Of fewer a chain learns their words and nothing else.
MIN_MARKED = 50
# Each pass costs seconds per thousand texts; after these many the weights only move to and fro.
PASSES, AGGRESSIVENESS, SEED = 15, 0.1, 1
SECONDS = 240.0


def tag_fields(texts: list[str], fields: list[str], examples: str) -> dict[str, Any]:
    """The values of each text, in order. Nothing while there are too few examples with marks."""
    names = field_names(fields)
    marked = [each for line in examples.splitlines() if (each := read_marks(line.strip(), names)).text]
    if sum(bool(each.spans) for each in marked) < MIN_MARKED:
        return {"values": [], "is_trained": False}
    values = [
        {
            "text_number": number,
            "field": field,
            "value": text[start:end],
            "start": start,
            "end": end,
            "is_sure": is_sure,
        }
        for number, (text, spans) in enumerate(zip(texts, tagged(texts, marked), strict=True), 1)
        for (start, end, field), is_sure in spans.items()
    ]
    return {"values": values[: VALUES.max_items], "is_trained": True}


def tagged(texts: Sequence[str], marked: Sequence[MarkedText]) -> list[dict[tuple[int, int, str], bool]]:
    """Of each text the spans that the first chain finds, and whether the second one finds them too."""
    known = known_values(marked)
    both = [list(_found(texts, marked, known, has_words)) for has_words in (True, False)]
    return [{span: span in second for span in sorted(first)} for first, second in zip(*both, strict=True)]


def _found(
    texts: Sequence[str], marked: Sequence[MarkedText], known: Known, has_words: bool
) -> Iterator[set[tuple[int, int, str]]]:
    trainer = pycrfsuite.Trainer(verbose=False)
    for each in marked:
        # What an example itself says of a word must not be what its other marks are learnt from.
        rows = features(each.text, known, known_values([each]), has_words=has_words)
        trainer.append(rows, _tags(each))
    trainer.select("pa")
    trainer.set_params({"max_iterations": PASSES, "c": AGGRESSIVENESS})
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "weights"
        # CRFsuite shuffles with C's own numbers: from one seed the same rows give the same weights.
        ctypes.CDLL(None).srand(SEED)
        trainer.train(str(path))
        tagger = pycrfsuite.Tagger()
        tagger.open(str(path))
        for text in texts:
            rows = features(text, known, {}, has_words=has_words)
            yield set(_spans(tagger.tag(rows))) if rows else set()


def _tags(each: MarkedText) -> list[str]:
    tags = ["O"] * len(each.text)
    for start, end, field in each.spans:
        tags[start:end] = [f"{where_in(at, end - start)}-{field}" for at in range(end - start)]
    return tags


def _spans(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Whole ones only: a beginning without an end of its field is none."""
    start: int | None = None
    for place, tag in enumerate(tags):
        where, _, field = tag.partition("-")
        if where == "B":
            start = place
        elif where == "S" or (where == "E" and start is not None and tags[start] == f"B-{field}"):
            yield (place if where == "S" or start is None else start), place + 1, field
            start = None
        elif where == "O":
            start = None


FUNCTIONS = (
    Function(
        "tag_fields",
        {"texts": TEXTS, "fields": FIELDS, "examples": Text(max_characters=400_000)},
        Record(fields={"values": VALUES, "is_trained": Flag()}),
        tag_fields,
        seconds=SECONDS,
    ),
)

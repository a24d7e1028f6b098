"""Fields found in texts by the examples given to the app “Key fields”: span_f1, micro over spans with their fields.

Reads rows {text, spans: [[start, end (exclusive), field]]}; learns from the train file and is measured on the test file. The
examples are what people type into the app, marks and all; the model is not asked.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals
from benchmarks.labelled_files import json_rows, split
from domain.app_functions.marked_texts import read_marks, with_marks
from domain.app_functions.span_tagging import tagged

COMMAND = "eval app key_fields"
Span = tuple[int, int, str]


def run(
    data: Annotated[Path, "directory with train and test rows"],
    shots: Annotated[int | None, "learn from the first rows only"] = None,
) -> dict[str, Any]:
    sets = split(data, lambda path: [row for row in json_rows(path) if "spans" in row], files="*.json*")
    if sets.is_folded:
        raise SystemExit(f"There are no train and test rows with text and spans in {data}.")
    examples, asked = sets.train_rows[:shots], sets.test_rows
    fields = sorted({field for row in examples for _start, _end, field in _spans(row)})
    start = time.monotonic()
    # As the app reads what people type; it takes a hundred texts a run.
    marks = [
        [dict(zip(("start", "end", "field"), each, strict=True)) for each in _spans(row)] for row in examples
    ]
    texts = (with_marks(row["text"], some) for row, some in zip(examples, marks, strict=True))
    marked = [read_marks(text, fields) for text in texts]
    told = tagged([row["text"] for row in asked], marked)
    seconds = time.monotonic() - start
    found = [set(spans) for spans in told]
    sure = [{span for span, is_sure in spans.items() if is_sure} for spans in told]
    wanted = [_spans(row) for row in asked]
    parts = ("sure_precision", "sure_recall")
    return {
        **sets.sources(),
        **intervals.f1_of_sets("span_f1", zip(found, wanted, strict=True)),
        **intervals.f1_of_sets("sure_f1", zip(sure, wanted, strict=True), parts=parts),
        "examples": len(examples),
        "tested": len(asked),
        "seconds": round(seconds, 1),
    }


def _spans(row: Mapping[str, Any]) -> set[Span]:
    return {(start, end, field) for start, end, field in row["spans"]}

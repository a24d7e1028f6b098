"""How many of those who ask for a person are heard, and how many others are taken for them. No model is asked.

Rows of a test, dev or val split where the set has one, else all rows.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals
from benchmarks.labelled_files import labelled_texts
from domain.text.understanding.phrases import phrases

COMMAND = "eval triggers"


def run(
    data: Annotated[Path, "directory with labelled texts"],
    label: Annotated[str, "column of the labels, where there are several"] = "",
    asked: Annotated[Sequence[str], "labels of those who ask for a person"] = ("contact_human_agent",),
    left_out: Annotated[Sequence[str], "labels that may be either"] = (),
    shown: Annotated[int, "print as many false alarms of each list"] = 0,
) -> dict[str, Any]:
    texts = labelled_texts(data, label=label)
    strangers = [(text, "") for text in (texts.out_of_scope_test if texts.test else texts.out_of_scope_train)]
    rows = [row for row in (texts.test or texts.train) + strangers if row[1] not in left_out]
    start = time.monotonic()
    told = [bool(phrases("asked").found_in(text, may_be_declined=True)) for text, _ in rows]
    sensitive = [text for text, _ in rows if phrases("sensitive").found_in(text)]
    seconds = time.monotonic() - start
    judged = [(asks, text, own in asked) for asks, (text, own) in zip(told, rows, strict=True)]
    is_heard = [asks for asks, _text, is_asking in judged if is_asking]
    is_alarm = [asks for asks, _text, is_asking in judged if not is_asking]
    alarms = [text for asks, text, is_asking in judged if asks and not is_asking]
    for text in [*alarms[:shown], *sensitive[:shown]]:
        print(text)
    return {
        "trained_on": [],
        "tested_on": texts.tested_on if texts.test else texts.trained_on,
        "rows": len(rows),
        "asking": len(is_heard),
        **intervals.share("asked_recall", is_heard),
        "asked_false_alarms": len(alarms),
        **intervals.share("asked_false_alarm_share", is_alarm),
        "sensitive": len(sensitive),
        "microseconds_per_message": round(seconds / len(rows) * 1e6),
    }

"""How many of those who ask for a person are heard, and how many others are taken for them. No model is asked.

Rows of a test, dev or val split where the set has one, else all rows.
"""

import argparse
import time
from pathlib import Path
from typing import Any

from apps.customer_service.handoff.phrases import phrases
from benchmarks import intervals
from benchmarks.labelled_files import labelled_texts

COMMAND = "eval triggers"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="directory with labelled texts")
    parser.add_argument("--label", default="", help="column of the labels, where there are several")
    parser.add_argument(
        "--asked", nargs="*", default=["contact_human_agent"], help="labels of those who ask for a person"
    )
    parser.add_argument("--left-out", nargs="*", default=[], help="labels that may be either")
    parser.add_argument("--shown", type=int, default=0, help="print as many false alarms of each list")


def run(options: argparse.Namespace) -> dict[str, Any]:
    texts = labelled_texts(options.data, label=options.label)
    strangers = [(text, "") for text in (texts.out_of_scope_test if texts.test else texts.out_of_scope_train)]
    rows = [row for row in (texts.test or texts.train) + strangers if row[1] not in options.left_out]
    asking = [text for text, label in rows if label in options.asked]
    others = [text for text, label in rows if label not in options.asked]
    start = time.monotonic()
    is_heard = [_asks(text) for text in asking]
    false_alarms = [text for text in others if _asks(text)]
    sensitive = [text for text, _ in rows if phrases("sensitive").found_in(text)]
    alarming = set(false_alarms)
    seconds = time.monotonic() - start
    for text in [*false_alarms[: options.shown], *sensitive[: options.shown]]:
        print(text)
    return {
        "trained_on": [],
        "tested_on": texts.tested_on if texts.test else texts.trained_on,
        "rows": len(rows),
        "asking": len(asking),
        **intervals.share("asked_recall", is_heard),
        "asked_false_alarms": len(false_alarms),
        **intervals.share("asked_false_alarm_share", [text in alarming for text in others]),
        "sensitive": len(sensitive),
        "microseconds_per_message": round(seconds / len(rows) * 1e6),
    }


def _asks(text: str) -> bool:
    return bool(phrases("asked").found_in(text, may_be_declined=True))

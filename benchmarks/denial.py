"""How often the status of a finding (present, denied, unsure, family) is told rightly. No model is asked.

Rows: split (dev, test), language, status and the text with the finding in [[…]]; turns are parted by “ | ”.
`status_accuracy` and `denied_f1` are those of the rows that no rule was made from (test), where there are such.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from benchmarks import intervals
from benchmarks.labelled_files import grouped, table
from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.records.record import Status
from domain.clinical.transcripts.transcript import ClinicalTranscript

COMMAND = "eval denial"
OWN = Path(__file__).resolve().parent / "denial_sentences.tsv"
OPENED, CLOSED = "[[", "]]"


@dataclass(frozen=True)
class Row:
    split: str
    language: str
    status: Status
    text: str

    def told(self) -> Status:
        lines = "\n".join(turn.strip() for turn in self.text.split(" | "))
        before, _, rest = lines.partition(OPENED)
        named, _, behind = rest.partition(CLOSED)
        transcript = ClinicalTranscript.from_text(before + named + behind)
        # The label of the speaker is not part of the transcript's text: the mention is found by its turn.
        number = before.count("\n")
        marked = ClinicalTranscript.from_text(lines).utterances[number].text
        start = transcript.starts[number] + marked.index(OPENED)
        return find_assertion(transcript, start, start + len(named)).status


def run(
    data: Annotated[Path | None, "file or directory of rows of the same form; else our own"] = None,
    shown: Annotated[Literal["dev", "all"] | None, "print the rows that are told wrongly"] = None,
) -> dict[str, Any]:
    rows = list(rows_of(data or OWN))
    told = [(row, row.told()) for row in rows]
    for row, status in told:
        if shown and row.status != status and (row.split == "dev" or shown == "all"):
            print(f"{row.status:8} told {status:8} {row.text}")
    held_out = [pair for pair in told if pair[0].split == "test"] or told
    suffix = " (test)" if len(held_out) < len(told) else ""
    tuned = [pair for pair in told if pair[0].split == "dev"]
    by_language = grouped(held_out, lambda pair: pair[0].language)
    return {
        "model": "rules",
        "trained_on": [],
        "tested_on": [f"{path.name}{suffix}" for path in _files(data or OWN)],
        "rows": len(rows),
        **_figures(held_out),
        "held_out_rows": len(held_out),
        "all": _figures(told),
        "dev": _figures(tuned) if tuned else None,
        "by_language": {language: _figures(some) for language, some in by_language.items()},
        "by_status": {status.value: _f1("f1", held_out, status) for status in Status},
    }


def rows_of(path: Path) -> Iterable[Row]:
    for file in _files(path):
        for row in table(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield Row(row.get("split") or "test", row["language"], Status(row["status"]), row["text"])


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.tsv")) if path.is_dir() else [path]


def _figures(told: list[tuple[Row, Status]]) -> dict[str, Any]:
    right = intervals.share("status_accuracy", [row.status == status for row, status in told])
    return right | _f1("denied_f1", told, Status.DENIED)


def _f1(name: str, told: list[tuple[Row, Status]], status: Status) -> dict[str, Any]:
    pairs = [(each == status, row.status == status) for row, each in told]
    both = [one + other for one, other in pairs]
    return intervals.share(name, [2 * (one and other) for one, other in pairs], both)

"""Dialogues of doctor and patient from files of the known sets: CSV with a dialogue column, or JSON of turns or windows."""

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.clinical.transcripts.transcript import ClinicalTranscript, Utterance
from llm_backend import patterns

_TAG = patterns.compile(r"(?<!\s)\s*+(?=\[(?:doctor|patient)\])", patterns.IGNORECASE)
_MISSPELT = patterns.compile(
    r"^[^\S\n]*+(?:guest_clinican|gest_family)\s*:", patterns.IGNORECASE | patterns.MULTILINE
)
_WINDOW = "utterances"


@dataclass(frozen=True)
class Dialogue:
    source: str
    transcript: ClinicalTranscript


def dialogues(path: Path) -> Iterator[Dialogue]:
    """Of all files under a path that hold dialogues, in the order of their names."""
    csv.field_size_limit(sys.maxsize)
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.suffix == ".csv":
            yield from _of_table(file)
        elif file.suffix == ".json":
            yield from _of_json(file)


def windows_transcript(windows: list[dict[str, Any]]) -> ClinicalTranscript:
    """Windows slide by one utterance: the last of each is the next thing said."""
    return ClinicalTranscript.from_text("\n".join(window[_WINDOW][-1] for window in windows))


def _of_table(file: Path) -> Iterator[Dialogue]:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            if text := row.get("dialogue"):
                lined = _TAG.sub("\n", _MISSPELT.sub("guest_family:", text))
                yield Dialogue(file.stem, ClinicalTranscript.from_text(lined))


def _of_json(file: Path) -> Iterator[Dialogue]:
    content = json.loads(file.read_text(encoding="utf-8"))
    if isinstance(content, dict) and "turns" in content:
        utterances = [
            Utterance(
                turn["speaker"],
                " ".join(patterns.sub(r"<[^<>]*>", "", turn["text"]).split()),
                turn["start"],
                turn["end"],
            )
            for turn in content["turns"]
            if turn["text"].strip()
        ]
        yield Dialogue(file.stem, ClinicalTranscript(tuple(utterances)))
    elif isinstance(content, list) and content and isinstance(content[0], list):
        for windows in content:
            yield Dialogue(file.stem, windows_transcript(windows))

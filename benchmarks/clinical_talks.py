"""Conversations and dictations of files in the forms that clinical data sets come in."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker, Utterance
from llm_backend import patterns

_SPEAKERS: dict[str, Speaker] = {"doctor": "doctor", "patient": "patient"}
_MARKS = patterns.compile(r"</?[A-Z]+/?>")


@dataclass(frozen=True)
class Talk:
    name: str
    transcript: ClinicalTranscript


def talks(directories: Sequence[Path]) -> Iterator[Talk]:
    """In the order of the files. What has no form we know is passed over."""
    for directory in directories:
        for path in sorted(directory.rglob("*.*")):
            for number, transcript in enumerate(_of_file(path)):
                if transcript.has_speech:
                    yield Talk(f"{directory.name}/{path.stem}/{number}", transcript)


def _of_file(path: Path) -> Iterator[ClinicalTranscript]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        yield from (ClinicalTranscript.from_text(row["dialogue"]) for row in rows if row.get("dialogue"))
    elif path.suffix == ".jsonl":
        lines = path.read_text(encoding="utf-8").splitlines()
        texts = (json.loads(line).get("text") for line in lines if line.strip())
        yield from (ClinicalTranscript.from_text(text) for text in texts if text)
    elif path.suffix == ".json":
        yield from _of_json(json.loads(path.read_text(encoding="utf-8")))


def _of_json(content: Any) -> Iterator[ClinicalTranscript]:
    if isinstance(content, dict) and "turns" in content:
        utterances = []
        for turn in content["turns"]:
            text = " ".join(_MARKS.sub(" ", turn["text"]).split())
            speaker = _SPEAKERS.get(turn["speaker"], "unknown")
            utterances.append(Utterance(speaker, text, turn["start"], turn["end"]))
        yield ClinicalTranscript(tuple(utterances))
    elif isinstance(content, list):
        for dialogue in content:
            if isinstance(dialogue, list) and dialogue and "utterances" in dialogue[0]:
                # Windows slide by one utterance: the last of each is the new one.
                lines = [window["utterances"][-1] for window in dialogue if window["utterances"]]
                yield ClinicalTranscript.from_text("\n".join(lines))

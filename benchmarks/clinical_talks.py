"""Conversations and dictations of files in the forms that clinical sets come in: CSV with a dialogue column, JSON lines
with a text, JSON of turns or of windows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.labelled_files import json_content, table
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker, Utterance
from llm_backend import patterns

_SPEAKERS: dict[str, Speaker] = {"doctor": "doctor", "patient": "patient"}
_MARK = patterns.compile(r"<[^<>]*>")
_TAG = patterns.compile(r"(?<!\s)\s*+(?=\[(?:doctor|patient)\])", patterns.IGNORECASE)
_MISSPELT = patterns.compile(
    r"^[^\S\n]*+(?:guest_clinican|gest_family)\s*:", patterns.IGNORECASE | patterns.MULTILINE
)


@dataclass(frozen=True)
class Talk:
    """`file`: the name of the file without its ending."""

    file: str
    name: str
    transcript: ClinicalTranscript


def talks(directory: Path) -> Iterator[Talk]:
    """In the order of the files. What has no form we know is passed over."""
    for path in sorted(directory.rglob("*.*")):
        for number, transcript in enumerate(_transcripts(path)):
            if transcript.has_speech:
                yield Talk(path.stem, f"{directory.name}/{path.stem}/{number}", transcript)


def _transcripts(path: Path) -> Iterator[ClinicalTranscript]:
    if path.suffix == ".csv":
        for row in table(path):
            if text := row.get("dialogue"):
                yield ClinicalTranscript.from_text(_TAG.sub("\n", _MISSPELT.sub("guest_family:", text)))
    elif path.suffix == ".jsonl":
        texts = [row.get("text") for row in json_content(path)]
        yield from (ClinicalTranscript.from_text(text) for text in texts if text)
    elif path.suffix == ".json":
        yield from _of_json(json_content(path))


def _of_json(content: Any) -> Iterator[ClinicalTranscript]:
    if isinstance(content, dict) and "turns" in content:
        yield ClinicalTranscript(tuple(map(_utterance, content["turns"])))
    elif isinstance(content, list):
        for dialogue in content:
            if isinstance(dialogue, list) and dialogue and "utterances" in dialogue[0]:
                # Windows slide by one utterance: the last of each is the new one.
                lines = [window["utterances"][-1] for window in dialogue if window["utterances"]]
                yield ClinicalTranscript.from_text("\n".join(lines))


def _utterance(turn: dict[str, Any]) -> Utterance:
    text = " ".join(_MARK.sub("", turn["text"]).split())
    return Utterance(_SPEAKERS.get(turn["speaker"], "unknown"), text, turn["start"], turn["end"])

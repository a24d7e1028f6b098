"""How often doctor and patient are told apart with the labels taken off. No model is asked.

`--data` names a directory of dialogues, or several. Utterances of other people and without a label do not count.
"""

import argparse
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.clinical_dialogues import Dialogue, dialogues
from llm_backend.clinical.speakers import guessed_speakers
from llm_backend.clinical.transcript import ClinicalTranscript

_SURE = 0.9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="directories with dialogues")


def run(options: argparse.Namespace) -> dict[str, Any]:
    told: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for path in options.data:
        for dialogue in dialogues(path):
            kind = "asr" if "asr" in dialogue.source else ""
            told[f"{path.name} {kind}".strip()] += _told(dialogue)
    everything = [pair for pairs in told.values() for pair in pairs]
    if not everything:
        raise SystemExit("There are no labelled dialogues in the directories of --data.")
    sure = [right for right, confidence in everything if confidence >= _SURE]
    return {
        "model": "rules",
        "accuracy": _share([right for right, _ in everything]),
        "utterances": len(everything),
        "by_set": {name: _share([right for right, _ in pairs]) for name, pairs in told.items()},
        "sure_share": round(len(sure) / len(everything), 4),
        "sure_accuracy": _share(sure),
    }


def _told(dialogue: Dialogue) -> list[tuple[bool, float]]:
    said = dialogue.transcript.utterances
    bare = ClinicalTranscript(tuple(replace(each, speaker="unknown") for each in said))
    return [
        (guess.speaker == each.speaker, guess.confidence)
        for each, guess in zip(said, guessed_speakers(bare), strict=True)
        if each.speaker in ("doctor", "patient")
    ]


def _share(right: list[bool]) -> float:
    return round(sum(right) / len(right), 4) if right else 0.0

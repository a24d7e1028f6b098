"""F1 of category:item-status over what a dialogue's windows say together, and over each window. No model is asked.

`ontology.json` and the windows of train.json and test.json (or dev.json). Where there is one file only, five folds of
whole dialogues are told by classifiers trained on the other four. The untrained figures are those of the rules alone.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llm_backend.clinical.dialogue_labels import Ontology, untrained_labels
from llm_backend.clinical.label_model import LabelModel, Window, f1, labels_above, ontology_of, united
from llm_backend.clinical.transcript import ClinicalTranscript

_FOLDS = 5
_TESTS = ("test.json", "dev.json", "valid.json")
Told = list[tuple[Window, set[str]]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="directory with ontology.json and dialogues")


def run(options: argparse.Namespace) -> dict[str, Any]:
    ontology = ontology_of(json.loads((options.data / "ontology.json").read_text(encoding="utf-8")))
    tests = [options.data / name for name in _TESTS if (options.data / name).exists()]
    train = options.data / "train.json"
    if not (tests or train.exists()):
        raise SystemExit(f"There are no dialogues in {options.data}.")
    tested = windows_of(tests[0] if tests else train)
    if tests and train.exists():
        rounds = [(windows_of(train), tested)]
    else:
        rounds = [
            (
                [w for w in tested if w.dialogue % _FOLDS != fold],
                [w for w in tested if w.dialogue % _FOLDS == fold],
            )
            for fold in range(_FOLDS)
        ]
    by_window, by_dialogue = _trained(rounds, ontology)
    bare: Told = [(window, untrained_labels(window.transcript, ontology)) for window in tested]
    return {
        "model": "logistic regression over rules and context",
        "folds": len(rounds) if len(rounds) > 1 else None,
        "dialogues": len({window.dialogue for window in tested}),
        **_figures("dialogue", united(by_dialogue)),
        **_figures("window", [(window.labels, told) for window, told in by_window]),
        **_figures("untrained_dialogue", united(bare)),
        **_figures("untrained_window", [(window.labels, told) for window, told in bare]),
        "dialogue_f1_by_category": _by_category(by_dialogue),
    }


def windows_of(file: Path) -> list[Window]:
    """In the order of the file; empty utterances before a dialogue begins are left out."""
    dialogues = json.loads(file.read_text(encoding="utf-8"))
    return [
        Window(
            number,
            ClinicalTranscript.from_text("\n".join(each for each in window["utterances"] if each.strip())),
            frozenset(window["label"]),
        )
        for number, windows in enumerate(dialogues)
        for window in windows
    ]


def _trained(rounds: Sequence[tuple[list[Window], list[Window]]], ontology: Ontology) -> tuple[Told, Told]:
    """What is told of each window, with the cut for windows and with the one for dialogues."""
    by_window: Told = []
    by_dialogue: Told = []
    for train, test in rounds:
        model = LabelModel.trained(train, ontology)
        for window, scores in zip(test, model.scores([each.transcript for each in test]), strict=True):
            by_window.append((window, labels_above(scores, model.window_cut)))
            by_dialogue.append((window, labels_above(scores, model.dialogue_cut)))
    return by_window, by_dialogue


def _figures(name: str, pairs: Sequence[tuple[set[str] | frozenset[str], set[str]]]) -> dict[str, float]:
    precision, recall, both = f1(pairs)
    return {
        f"{name}_f1": round(both, 4),
        f"{name}_precision": round(precision, 4),
        f"{name}_recall": round(recall, 4),
    }


def _by_category(told: Told) -> dict[str, float]:
    pairs: dict[str, list[tuple[set[str], set[str]]]] = defaultdict(list)
    for right, labels in united(told):
        for category in {label.split(":")[0] for label in right | labels}:
            own = f"{category}:"
            pairs[category].append(
                (
                    {each for each in right if each.startswith(own)},
                    {each for each in labels if each.startswith(own)},
                )
            )
    return {category: round(f1(each)[2], 4) for category, each in sorted(pairs.items())}

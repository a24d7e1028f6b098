"""F1 of category:item-status over what a dialogue's windows say together, and over each window. No model is asked.

`ontology.json` and the windows of train.json and test.json (or dev.json). Where there is one file only, five folds of
whole dialogues are told by classifiers trained on the other four. The untrained figures are those of the rules alone.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals
from benchmarks.finding_labels import (
    LabelModel,
    Ontology,
    Window,
    labels_above,
    labels_by_dialogue,
    ontology_of,
    untrained_labels,
)
from benchmarks.labelled_files import json_content, split
from domain.clinical.transcripts.transcript import ClinicalTranscript

COMMAND = "eval findings"
Counts = tuple[int, int, int]  # found, wanted, right
Told = list[tuple[Window, set[str]]]


def run(data: Annotated[Path, "directory with ontology.json and dialogues"]) -> dict[str, Any]:
    ontology = ontology_of(json_content(data / "ontology.json"))
    numbers = itertools.count()
    sets = split(data, lambda path: dialogues_of(path, numbers), files="*.json", things="dialogues")
    rounds = [(_flat(learnt), _flat(asked)) for learnt, asked in sets.rounds()]
    tested = [window for _, asked in rounds for window in asked]
    by_window, by_dialogue = _cross_validate(rounds, ontology)
    bare: Told = [(window, untrained_labels(window.transcript, ontology)) for window in tested]
    return {
        "model": "logistic regression over rules and context",
        **sets.sources(),
        "folds": len(rounds) if sets.is_folded else None,
        "dialogues": len({window.dialogue for window in tested}),
        **_figures("dialogue", _of_dialogues(by_dialogue)),
        **_figures("window", _by_dialogue(by_window)),
        **_figures("untrained_dialogue", _of_dialogues(bare)),
        **_figures("untrained_window", _by_dialogue(bare)),
        **_by_category(by_dialogue),
    }


def dialogues_of(path: Path, numbers: Iterator[int]) -> list[list[Window]]:
    """In the order of the file; empty utterances before a dialogue begins are left out."""
    content = json_content(path)
    dialogues = content if isinstance(content, list) else []
    return [_windows(number, windows) for windows, number in zip(dialogues, numbers, strict=False)]


def _windows(number: int, windows: Sequence[Any]) -> list[Window]:
    texts = ["\n".join(each for each in window["utterances"] if each.strip()) for window in windows]
    return [
        Window(number, ClinicalTranscript.from_text(text), frozenset(window["label"]))
        for text, window in zip(texts, windows, strict=True)
    ]


def _flat(dialogues: Sequence[list[Window]]) -> list[Window]:
    return [window for windows in dialogues for window in windows]


def _cross_validate(
    rounds: Sequence[tuple[list[Window], list[Window]]], ontology: Ontology
) -> tuple[Told, Told]:
    """What is told of each window, with the cut for windows and with the one for dialogues."""
    by_window: Told = []
    by_dialogue: Told = []
    for train, test in rounds:
        model = LabelModel.trained(train, ontology)
        for window, scores in zip(test, model.scores([each.transcript for each in test]), strict=True):
            by_window.append((window, labels_above(scores, model.window_cut)))
            by_dialogue.append((window, labels_above(scores, model.dialogue_cut)))
    return by_window, by_dialogue


def _figures(name: str, rows: Sequence[Counts]) -> dict[str, Any]:
    return intervals.f1(f"{name}_f1", rows, parts=(f"{name}_precision", f"{name}_recall"))


def _of_dialogues(told: Told) -> list[Counts]:
    return [(len(labels), len(right), len(right & labels)) for right, labels in labels_by_dialogue(told)]


def _by_dialogue(told: Told) -> list[Counts]:
    """The windows of one dialogue overlap: they count as one row."""
    rows: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for window, labels in told:
        for place, count in enumerate((len(labels), len(window.labels), len(window.labels & labels))):
            rows[window.dialogue][place] += count
    return [(found, wanted, right) for found, wanted, right in rows.values()]


def _by_category(told: Told) -> dict[str, Any]:
    rows: dict[str, list[tuple[set[str], set[str]]]] = defaultdict(list)
    for right, labels in labels_by_dialogue(told):
        for category in {label.split(":")[0] for label in right | labels}:
            own = [{each for each in some if each.startswith(f"{category}:")} for some in (labels, right)]
            rows[category].append((own[0], own[1]))
    figures = {category: intervals.f1_of_sets("f1", each) for category, each in sorted(rows.items())}
    return intervals.by_group("dialogue_f1_by_category", figures, of="f1")

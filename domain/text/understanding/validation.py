"""How good a classifier is on texts it has not seen, and from which confidence on it should be believed."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from domain.text.understanding.classifier import TOPICS, Classifier, Mixture, Verdict
from domain.text.understanding.examples import Examples

# Each example is judged by a classifier that never saw it, and four fifths are left to learn from.
FOLDS = 5
OUT_OF_SCOPE = "out_of_scope"
# Without examples of what does not belong, so many of the right answers may be lost to the threshold.
LOST_SHARE = 0.03
# What a rejected stranger is worth, in right answers lost for it: about one message in twenty is a stranger.
REJECTION_WORTH = 0.05


@dataclass(frozen=True)
class Validation:
    """`verdicts`: of each example that was held out, by a classifier trained without it."""

    expected: list[str]
    verdicts: list[Verdict]

    @property
    def right(self) -> list[bool]:
        """Which verdicts were right, of what belongs to the classes: out-of-scope examples are left out."""
        return [
            verdict.label == label
            for label, verdict in zip(self.expected, self.verdicts, strict=True)
            if label != OUT_OF_SCOPE
        ]

    @property
    def accuracy(self) -> float:
        return sum(self.right) / max(len(self.right), 1)

    def confusion(self, labels: Sequence[str]) -> list[list[int]]:
        """Rows: what it was. Columns: what it was taken for."""
        places = {label: place for place, label in enumerate(labels)}
        table = [[0] * len(labels) for _ in labels]
        for label, verdict in zip(self.expected, self.verdicts, strict=True):
            table[places[label]][places[verdict.label]] += 1
        return table


def cross_validated(
    examples: Examples,
    *,
    always: Examples | None = None,
    mixture: Mixture = TOPICS,
    on_fold: Callable[[int, int], None] | None = None,
) -> Validation:
    """`always`: examples every classifier learns from and none is asked about, such as the classes' names."""
    places = folds(examples.labels)
    expected: list[str] = []
    verdicts: list[Verdict] = []
    for fold in range(FOLDS):
        held_places = [place for place, other in enumerate(places) if other == fold]
        if on_fold:
            on_fold(fold, FOLDS)
        if not held_places:
            continue
        rest = examples.subset([place for place, other in enumerate(places) if other != fold])
        held_out = examples.subset(held_places)
        classifier = Classifier.trained(rest + always if always else rest, mixture)
        expected += held_out.labels
        verdicts += classifier.verdicts(held_out.texts, held_out.vectors)
    return Validation(expected, verdicts)


def folds(labels: Sequence[str]) -> list[int]:
    """The fold of each example, every class spread evenly; -1 where a class has no second example."""
    members: dict[str, list[int]] = defaultdict(list)
    for place, label in enumerate(labels):
        members[label].append(place)
    fold_of, order, next_fold = [-1] * len(labels), random.Random(0), 0  # noqa: S311  (the same each time)
    for places in members.values():
        if len(places) < 2:
            continue
        order.shuffle(places)
        for place in places:
            fold_of[place], next_fold = next_fold % FOLDS, next_fold + 1
    return fold_of


def tuned_threshold(validation: Validation) -> float:
    """The confidence under which a verdict is “none of these”.

    With out-of-scope examples: the best balance of right answers kept and strangers turned away.
    """
    right, strangers = [], []
    for label, verdict in zip(validation.expected, validation.verdicts, strict=True):
        if label != OUT_OF_SCOPE and verdict.label == label:
            right.append(verdict.confidence)
        elif label == OUT_OF_SCOPE:
            strangers.append(0.0 if verdict.label == OUT_OF_SCOPE else verdict.confidence)
    if not right:
        return 0.0
    if not strangers:
        return float(np.quantile(right, LOST_SHARE))
    inside = len(validation.expected) - len(strangers)
    candidates = np.unique(np.array(right + strangers))
    still_right = 1 - np.searchsorted(np.sort(right), candidates) / len(right)
    turned_away = np.searchsorted(np.sort(strangers), candidates) / len(strangers)
    worth = still_right * len(right) / inside + REJECTION_WORTH * turned_away
    return float(candidates[worth.argmax()])

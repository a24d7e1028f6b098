"""Texts sorted by what labelled examples teach, and how often such verdicts are right."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from domain.text.understanding.classifier import MOODS, TOPICS, Classifier
from domain.text.understanding.examples import Examples, Floats
from domain.text.understanding.validation import FOLDS, folds
from domain.workflows.functions import Function
from domain.workflows.types import Flag, List, Number, Record, Text, Words

MAX_TEXTS, MAX_EXAMPLES = 300, 1000
# Examples judged by a classifier that had not seen them: of fewer, nobody knows how good it is.
MIN_TESTED = 20
# A verdict is as likely right as the so many tested ones were that were about as sure.
NEAREST = 40
SURE_SHARE = 0.9
# A thousand examples take eleven classifiers of a second or two; a busy machine takes its time.
SECONDS = 90.0
# Also what the functions beside this one read.
TEXTS = List(of=Text(), max_items=MAX_TEXTS)
EXAMPLES = List(of=Text(), max_items=MAX_EXAMPLES)
VERDICTS = List(
    of=Record(
        fields={
            "text": Text(),
            "label": Text(),
            "right_share": Number(optional=True),
            "is_sure": Flag(),
        }
    ),
    max_items=MAX_TEXTS,
)
LABEL, COUNT = Text(title=Words(en="Label", zh="标签")), Number(title=Words(en="Texts", zh="文本数"))
TAKEN_FOR = Text(title=Words(en="Taken for", zh="被判为"))
CONFUSION = Record(fields={"label": LABEL, "taken_for": TAKEN_FOR, "count": COUNT})


def judge_texts(
    texts: list[str],
    texts_vectors: Sequence[Sequence[float]],
    examples: list[str],
    examples_vectors: Sequence[Sequence[float]],
    names: list[str],
) -> dict[str, Any]:
    """By what the examples have taught. With one label there is nothing to tell apart, and nothing is judged."""
    labels = sorted(set(names))
    if len(labels) < 2:
        return {"rows": [], "accuracy": None, "tested": 0, "confusion": []}
    learnt = Examples(examples, np.array(examples_vectors, dtype=np.float32), names)
    tested = cross_validated(learnt)
    rows = []
    for text, row in zip(texts, shares(learnt, texts, np.array(texts_vectors)), strict=True):
        right = right_share(float(row.max()), tested)
        is_sure = right is not None and right >= SURE_SHARE
        rows.append({"text": text, "label": labels[row.argmax()], "right_share": right, "is_sure": is_sure})
    errors = Counter((expected, told) for expected, told, _sureness in tested)
    return {
        "rows": rows,
        "accuracy": sum(one == other for one, other, _ in tested) / len(tested) if tested else None,
        "tested": len(tested),
        "confusion": [
            {"label": one, "taken_for": other, "count": count}
            for (one, other), count in sorted(errors.items())
        ],
    }


def shares(learnt: Examples, texts: Sequence[str], vectors: Floats) -> Floats:
    """Of each label for each text: the mean of two ways to weigh meaning and words, as topics lie in the one and moods in
    the other."""
    both = [Classifier.trained(learnt, each).shares(texts, vectors) for each in (TOPICS, MOODS)]
    return np.asarray(sum(both) / len(both))


def cross_validated(learnt: Examples) -> list[tuple[str, str, float]]:
    """Of each example that has a second one of its label: its label, the one that it was taken for, and how surely."""
    fold_of = np.array(folds(learnt.labels))
    tested = []
    for fold in range(FOLDS):
        rest, held_out = (learnt.subset(np.flatnonzero(each)) for each in (fold_of != fold, fold_of == fold))
        labels = sorted(set(rest.labels))
        if len(held_out) and len(labels) > 1:
            table = shares(rest, held_out.texts, held_out.vectors)  # type: ignore[arg-type]
            tested += [
                (label, labels[row.argmax()], float(row.max()))
                for label, row in zip(held_out.labels, table, strict=True)
            ]
    return tested


def right_share(sureness: float, tested: Sequence[tuple[str, str, float]]) -> float | None:
    if len(tested) < MIN_TESTED:
        return None
    nearest = sorted(tested, key=lambda each: abs(each[2] - sureness))[:NEAREST]
    return sum(one == other for one, other, _sureness in nearest) / len(nearest)


FUNCTIONS = (
    Function(
        "judge_texts",
        {"texts": TEXTS, "examples": EXAMPLES, "names": EXAMPLES},
        Record(
            fields={
                "rows": VERDICTS,
                "accuracy": Number(optional=True),
                "tested": Number(),
                "confusion": List(of=CONFUSION, max_items=MAX_EXAMPLES),
            }
        ),
        judge_texts,
        seconds=SECONDS,
        embeds=("texts", "examples"),
    ),
)

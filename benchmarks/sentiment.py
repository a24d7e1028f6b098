"""Accuracy of the sentiment classifier: on a set's own test rows, or over five folds.

Out of the box it has learnt from the product's own examples alone; it is measured on the same rows.
"""

import time
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals
from benchmarks.embedded import embedder
from benchmarks.labelled_files import labelled_texts
from domain.text.understanding.classifier import MOODS, Classifier
from domain.text.understanding.examples import Examples
from domain.text.understanding.sentiment import Sentiment, built_in_examples
from domain.text.understanding.validation import FOLDS, cross_validated

COMMAND = "eval sentiment"
NAMES = {"1": Sentiment.POSITIVE, "0": Sentiment.NEGATIVE}


def run(data: Annotated[Path, "directory with labelled reviews or messages"]) -> dict[str, Any]:
    texts = labelled_texts(data)
    with embedder() as embed:
        built_in = embed.examples(built_in_examples())
        train, test = (
            embed.examples([(text, NAMES.get(label, label.lower())) for text, label in rows])
            for rows in (texts.train, texts.test)
        )
    test_examples = test if texts.test else train
    out_of_the_box = Classifier.trained(_of(built_in, test_examples), MOODS)
    return {
        "trained_on": texts.trained_on,
        "tested_on": texts.tested_on or texts.trained_on,
        "rows": len(train) + len(test),
        "tested": len(test_examples),
        **intervals.share("accuracy_out_of_the_box", _right(out_of_the_box, test_examples)),
        **(_on_test_rows(train, test, built_in) if texts.test else _over_folds(train, built_in)),
    }


def _on_test_rows(train: Examples, test: Examples, built_in: Examples) -> dict[str, Any]:
    start = time.monotonic()
    classifier = Classifier.trained(train + _of(built_in, train), MOODS)
    seconds = round(time.monotonic() - start, 2)
    return {**intervals.share("accuracy", _right(classifier, test)), "train_s": seconds}


def _over_folds(rows: Examples, built_in: Examples) -> dict[str, Any]:
    validation = cross_validated(rows, always=_of(built_in, rows), mixture=MOODS)
    return {**intervals.share("accuracy", validation.right), "folds": FOLDS}


def _of(built_in: Examples, rows: Examples) -> Examples:
    """A set that knows no neutral rows is not asked about them."""
    labels = set(rows.labels)
    return built_in.subset([place for place, label in enumerate(built_in.labels) if label in labels])


def _right(classifier: Classifier, rows: Examples) -> list[bool]:
    verdicts = classifier.verdicts(rows.texts, rows.vectors)
    return [verdict.label == label for verdict, label in zip(verdicts, rows.labels, strict=True)]

"""Accuracy of the sentiment classifier: on a set's own test rows, or the mean of five folds."""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.embedded import Embedder, embedder
from benchmarks.labelled_files import Row, labelled_texts
from llm_backend.understanding.classifier import MOODS, Classifier
from llm_backend.understanding.examples import Examples
from llm_backend.understanding.sentiment import Sentiment, built_in_examples
from llm_backend.understanding.validation import cross_validated

NAMES = {"1": Sentiment.POSITIVE, "0": Sentiment.NEGATIVE}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, help="directory with labelled reviews or messages"
    )


def run(options: argparse.Namespace) -> dict[str, Any]:
    texts = labelled_texts(options.data)
    with embedder() as embed:
        built_in = embed.examples(built_in_examples())
        train, test = embed.examples(_named(texts.train)), _named(texts.test)
        out_of_the_box = _accuracy(Classifier.trained(_of(built_in, train), MOODS), train)
        figures = _tested(embed, train, test, built_in) if test else _folded(train, built_in)
    return {"rows": len(train) + len(test), "accuracy_out_of_the_box": out_of_the_box, **figures}


def _tested(embed: Embedder, train: Examples, test: list[Row], built_in: Examples) -> dict[str, Any]:
    started = time.monotonic()
    classifier = Classifier.trained(train + _of(built_in, train), MOODS)
    seconds = round(time.monotonic() - started, 2)
    return {"accuracy": _accuracy(classifier, embed.examples(test)), "train_s": seconds}


def _folded(rows: Examples, built_in: Examples) -> dict[str, Any]:
    validation = cross_validated(rows, always=_of(built_in, rows), mixture=MOODS)
    return {"accuracy": round(validation.accuracy, 4), "folds": 5}


def _named(rows: list[Row]) -> list[Row]:
    return [(text, NAMES.get(label, label.lower())) for text, label in rows]


def _of(built_in: Examples, rows: Examples) -> Examples:
    """A set that knows no neutral rows is not asked about them."""
    known = set(rows.labels)
    return built_in.chosen([place for place, label in enumerate(built_in.labels) if label in known])


def _accuracy(classifier: Classifier, rows: Examples) -> float:
    verdicts = classifier.verdicts(rows.texts, rows.vectors)
    return round(
        float(
            np.mean([verdict.label == label for verdict, label in zip(verdicts, rows.labels, strict=True)])
        ),
        4,
    )

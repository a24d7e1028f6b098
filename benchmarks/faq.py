"""Do two questions ask the same? Accuracy on the pairs of a test file, else over five folds."""

import argparse
from pathlib import Path
from typing import Any

from benchmarks import intervals
from benchmarks.embedded import embedder
from benchmarks.labelled_files import split, table
from llm_backend.understanding import same_question
from llm_backend.understanding.classifier import Classifier
from llm_backend.understanding.examples import Examples
from llm_backend.understanding.validation import FOLDS, cross_validated


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, help="directory with sentence1, sentence2, label rows"
    )


def run(options: argparse.Namespace) -> dict[str, Any]:
    sets = split(options.data, question_pairs, files="*.csv")
    rows = [*sets.train_rows, *sets.test_rows]
    if not rows:
        raise SystemExit(f"There are no CSV files with sentence1, sentence2 and label in {options.data}.")
    with embedder() as embed:
        vectors = embed.vectors([text for one, other, _ in rows for text in (one, other)])
    pairs = [(one, other) for one, other, _ in rows]
    labels = [label for _, _, label in rows]
    examples = same_question.pair_examples(pairs, vectors[0::2], vectors[1::2], labels)
    right = cross_validated(examples).right if sets.is_folded else _tested(examples, len(sets.train_rows))
    return {
        **sets.sources(),
        **intervals.share("accuracy", right),
        "pairs": len(right),
        "folds": FOLDS if sets.is_folded else 0,
    }


def question_pairs(path: Path) -> list[tuple[str, str, str]]:
    rows = table(path)
    return [(row["sentence1"], row["sentence2"], row["label"]) for row in rows if "sentence2" in row]


def _tested(examples: Examples, learnt: int) -> list[bool]:
    """The first are learnt from, the others asked."""
    asked = examples.chosen(range(learnt, len(examples)))
    verdicts = Classifier.trained(examples.chosen(range(learnt))).verdicts(asked.texts, asked.vectors)
    return [verdict.label == label for verdict, label in zip(verdicts, asked.labels, strict=True)]

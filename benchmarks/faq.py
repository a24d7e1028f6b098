"""Do two questions ask the same? Accuracy on the pairs of a test file, else over five folds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import intervals
from benchmarks.embedded import embedder
from benchmarks.labelled_files import json_rows, split, table
from domain.text.understanding.classifier import Classifier
from domain.text.understanding.examples import Examples, Floats
from domain.text.understanding.terms import terms
from domain.text.understanding.validation import FOLDS, cross_validated

COMMAND = "eval faq"
IN_BOTH, ONLY_ONE = "=", "≠"
PRODUCT_SCALE = 4.0
SUM_SCALE = 0.5


def run(data: Annotated[Path, "directory with sentence1, sentence2, label rows"]) -> dict[str, Any]:
    things = "CSV files with sentence1, sentence2 and label"
    sets = split(data, question_pairs, files="*.csv", things=things)
    rows = [*sets.train_rows, *sets.test_rows]
    with embedder() as embed:
        vectors = embed.vectors([text for one, other, _ in rows for text in (one, other)])
    pairs = [(one, other) for one, other, _ in rows]
    labels = [label for _, _, label in rows]
    examples = pair_examples(pairs, vectors[0::2], vectors[1::2], labels)
    if sets.is_folded:
        right = cross_validated(examples).right
    else:
        count = len(sets.train_rows)
        train, test = examples.subset(range(count)), examples.subset(range(count, len(examples)))
        verdicts = Classifier.trained(train).verdicts(test.texts, test.vectors)
        right = [verdict.label == label for verdict, label in zip(verdicts, test.labels, strict=True)]
    return {
        **sets.sources(),
        **intervals.share("accuracy", right),
        "pairs": len(right),
        "folds": FOLDS if sets.is_folded else 0,
    }


def question_pairs(path: Path) -> list[tuple[str, str, str]]:
    """CSV, or JSON lines; a file of something else has none."""
    if path.suffix not in (".csv", ".json", ".jsonl"):
        return []
    rows = table(path) if path.suffix == ".csv" else json_rows(path)
    return [(row["sentence1"], row["sentence2"], str(row["label"])) for row in rows if "sentence2" in row]


def pair_examples(
    pairs: Sequence[tuple[str, str]], first: Floats, second: Floats, labels: Sequence[str]
) -> Examples:
    """Two questions as one example. `first`, `second`: their embeddings, a row a pair; the order of a pair is nothing."""
    texts = [term_overlap(one, other) for one, other in pairs]
    parts = [np.abs(first - second), PRODUCT_SCALE * first * second, SUM_SCALE * (first + second)]
    return Examples(texts, np.concatenate(parts, axis=1), labels)


def term_overlap(one: str, other: str) -> list[str]:
    """The terms that both have, and those that only one has, marked as such."""
    mine, yours = set(terms(one)), set(terms(other))
    both, only_one = sorted(mine & yours), sorted(mine ^ yours)
    return [*(IN_BOTH + term for term in both), *(ONLY_ONE + term for term in only_one)]

"""Do two questions ask the same? Accuracy over five folds of labelled pairs."""

import argparse
from pathlib import Path
from typing import Any

from benchmarks.embedded import embedder
from benchmarks.labelled_files import table
from llm_backend.understanding import same_question
from llm_backend.understanding.validation import cross_validated


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, help="directory with sentence1, sentence2, label rows"
    )


def run(options: argparse.Namespace) -> dict[str, Any]:
    rows = [row for path in sorted(options.data.glob("*.csv")) for row in table(path) if "sentence2" in row]
    if not rows:
        raise SystemExit(f"There are no CSV files with sentence1, sentence2 and label in {options.data}.")
    pairs = [(row["sentence1"], row["sentence2"]) for row in rows]
    with embedder() as embed:
        vectors = embed.vectors([text for pair in pairs for text in pair])
    labels = [row["label"] for row in rows]
    examples = same_question.pair_examples(pairs, vectors[0::2], vectors[1::2], labels)
    return {"accuracy": round(cross_validated(examples).accuracy, 4), "pairs": len(pairs), "folds": 5}

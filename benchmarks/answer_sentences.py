"""Which sentence of the found passages answers: files in SQuAD form, through the product's own search.

Trained on every other article, measured on the rest. `--write` stores the weights that were trained on those articles.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import retrieval

FOUND = 5
# Of the squared weights, in standard deviations of their features.
PENALTY = 0.01


@dataclass(frozen=True)
class Asked:
    """`start`: of the answer, in its paragraph."""

    file: str
    article: int
    question: str
    paragraph: int
    answer: str
    start: int


@dataclass(frozen=True)
class Row:
    """One question's candidates: their features, and which of them hold the answer."""

    asked: Asked
    features: Any
    is_right: Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, help="directories with files in SQuAD form"
    )
    parser.add_argument(
        "--write", action="store_true", help="store what was trained as the weights of the product"
    )


def run(options: argparse.Namespace) -> dict[str, Any]:
    files = [path for directory in options.data for path in sorted(directory.glob("*.json"))]
    if not files:
        raise SystemExit(f"There are no JSON files in {', '.join(map(str, options.data))}.")
    with retrieval.services():
        rows = list(_rows([questions(path) for path in files]))
    trained = weights([row for row in rows if row.asked.article % 2 == 0 and row.is_right.any()])
    if options.write:
        _write(trained)
    tested = [row for row in rows if row.asked.article % 2 == 1]
    names = sorted({row.asked.file for row in tested})
    figures = {
        f"first_{name}": _first([row for row in tested if row.asked.file == name], trained) for name in names
    }
    return {
        "first": round(sum(figures.values()) / len(figures), 4),
        **figures,
        "first_two": _first(tested, trained, depth=2),
        "by_similarity_alone": _first(tested, np.eye(len(trained))[0]),
        "questions_trained": len(rows) - len(tested),
        "questions_tested": len(tested),
    }


def _rows(files: Sequence[tuple[list[Asked], list[str]]]) -> Iterator[Row]:
    """The paragraphs of a file are one collection, each question is searched in all of it."""
    from apps.knowledge import evidence, selectors
    from benchmarks import retrieval_collections
    from llm_backend.answer_sentences import ranking

    filled = retrieval_collections.filled([paragraphs for _, paragraphs in files], on_progress=_show)
    for (asked, _), collection in zip(files, filled.collections, strict=True):
        for each in asked:
            found = selectors.search(
                filled.actor, collections=[collection], question=each.question, limit=FOUND
            )
            question = selectors.embedded_question(filled.actor, each.question)
            places, candidates = evidence.candidates([question], found.hits)
            right = [
                filled.places[hit.passage_id] == each.paragraph
                and (place.start <= each.start < place.end or each.answer in hit.text[slice(*place)])
                for hit, place in places
            ]
            yield Row(each, ranking.features(each.question, candidates), np.array(right))


def questions(path: Path) -> tuple[list[Asked], list[str]]:
    paragraphs: dict[str, int] = {}
    asked = []
    for number, article in enumerate(json.loads(path.read_text(encoding="utf-8"))["data"]):
        for paragraph in article["paragraphs"]:
            place = paragraphs.setdefault(paragraph["context"], len(paragraphs))
            for qa in paragraph["qas"]:
                answer = qa["answers"][0]
                asked.append(
                    Asked(path.stem, number, qa["question"], place, answer["text"], answer["answer_start"])
                )
    return asked, list(paragraphs)


def weights(rows: Sequence[Row]) -> Any:
    """Conditional logit: the chance that one of the right candidates is chosen among all, made as high as it gets."""
    from scipy.optimize import minimize

    spread = np.vstack([row.features for row in rows]).std(axis=0) + 1e-9
    features = np.vstack([row.features for row in rows]) / spread
    right = np.concatenate([row.is_right for row in rows]).astype(float)
    starts = np.cumsum([0, *(len(row.is_right) for row in rows[:-1])])
    of_row = np.repeat(np.arange(len(rows)), [len(row.is_right) for row in rows])

    def loss(weights: Any) -> tuple[float, Any]:
        scores = features @ weights
        raised = np.exp(scores - np.maximum.reduceat(scores, starts)[of_row])
        chance = raised / np.add.reduceat(raised, starts)[of_row]
        chance_right = np.add.reduceat(chance * right, starts)
        slope = features.T @ (chance * right / chance_right[of_row] - chance) / len(rows)
        return PENALTY * weights @ weights - np.log(chance_right).mean(), 2 * PENALTY * weights - slope

    return minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x / spread


def _first(rows: Sequence[Row], trained: Any, *, depth: int = 1) -> float:
    """Of all questions, those too whose passage the search did not find."""
    right = [row.is_right[np.argsort(-(row.features @ trained), kind="stable")[:depth]].any() for row in rows]
    return round(float(np.mean(right)), 4)


def _write(trained: Any) -> None:
    from llm_backend.answer_sentences import ranking

    stored = dict(zip(ranking.FEATURES, (round(float(weight), 4) for weight in trained), strict=True))
    ranking.WEIGHTS.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


def _show(done: int, total: int, started: float) -> None:
    sys.stderr.write(f"\rembedding sentences: {done} of {total}, {time.monotonic() - started:.0f} s")
    if done == total:
        sys.stderr.write("\n")

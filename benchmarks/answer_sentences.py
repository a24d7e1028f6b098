"""Which sentence of the found passages answers: files in SQuAD form, through the product's own search.

Trained on every other article, measured on the rest; with `--shipped` the product's own weights (`train answers`), measured
on all articles.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import isolated
from benchmarks.labelled_files import SquadFile, SquadQuestion, grouped, squad_files

COMMAND = "eval sentences"
HITS = 5
# Of the squared weights, in standard deviations of their features.
PENALTY = 0.01


@dataclass(frozen=True)
class Row:
    """One question's candidates: their features, and which of them hold the answer."""

    file: str
    question: SquadQuestion
    features: Any
    is_right: Any


def run(
    data: Annotated[Sequence[Path], "directories with files in SQuAD form"],
    shipped: Annotated[bool, "the product's own weights, nothing is trained"] = False,
) -> dict[str, Any]:
    files = squad_files(*data)
    with isolated.services("embedding"):
        rows = list(_rows(files))
    if shipped:
        from domain.text.answer_sentences import ranking

        row_weights, test_rows = ranking.weights(), rows
    else:
        row_weights = weights([row for row in rows if row.question.article % 2 == 0 and row.is_right.any()])
        test_rows = [row for row in rows if row.question.article % 2 == 1]
    by_file = grouped(test_rows, lambda row: row.file)
    figures = {f"first_{name}": _first(rows_of_file, row_weights) for name, rows_of_file in by_file.items()}
    return {
        "first": round(sum(figures.values()) / len(figures), 4),
        **figures,
        "first_two": _first(test_rows, row_weights, depth=2),
        "by_similarity_alone": _first(test_rows, np.eye(len(row_weights))[0]),
        "questions_trained": len(rows) - len(test_rows),
        "questions_tested": len(test_rows),
    }


def _rows(files: Sequence[SquadFile]) -> Iterator[Row]:
    """The paragraphs of a file are one collection, each question is searched in all of it."""
    from apps.answering import quotes
    from apps.knowledge import selectors
    from benchmarks import retrieval_collections
    from domain.text.answer_sentences import ranking

    stored = retrieval_collections.fill([file.paragraphs for file in files])
    for file, collection in zip(files, stored.collections, strict=True):
        for each in file.questions:
            search = selectors.search(stored.actor, collections=[collection], question=each.text, limit=HITS)
            question = selectors.embedded_question(stored.actor, each.text)
            told, candidates = quotes.candidates([question], search.hits)
            right = [holds_answer(each, stored.places, hit, sentence.place) for hit, sentence in told]
            yield Row(file.name, each, ranking.features(each.text, candidates), np.array(right))


def holds_answer(asked: SquadQuestion, places: dict[Any, int], hit: Any, place: Any) -> bool:
    """Whether a sentence of what was found is the marked one, or says the same. `places`: paragraphs of passages."""
    return places[hit.passage_id] == asked.paragraph and (
        place.start <= asked.start < place.end or asked.answer in hit.text[slice(*place)]
    )


def weights(rows: Sequence[Any]) -> Any:
    """Conditional logit: the chance that one of the right candidates is chosen among all, made as high as it gets.

    `rows`: with `features` and `is_right`, one a candidate.
    """
    from scipy.optimize import minimize

    spread = np.vstack([row.features for row in rows]).std(axis=0) + 1e-9
    features = np.vstack([row.features for row in rows]) / spread
    right = np.concatenate([row.is_right for row in rows]).astype(float)
    starts = np.cumsum([0, *(len(row.is_right) for row in rows[:-1])])
    of_row = np.repeat(np.arange(len(rows)), [len(row.is_right) for row in rows])

    def loss(weights: Any) -> tuple[float, Any]:
        scores = features @ weights
        powers = np.exp(scores - np.maximum.reduceat(scores, starts)[of_row])
        chance = powers / np.add.reduceat(powers, starts)[of_row]
        chance_right = np.add.reduceat(chance * right, starts)
        slope = features.T @ (chance * right / chance_right[of_row] - chance) / len(rows)
        return PENALTY * weights @ weights - np.log(chance_right).mean(), 2 * PENALTY * weights - slope

    return minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x / spread


def _first(rows: Sequence[Row], row_weights: Any, *, depth: int = 1) -> float:
    """Of all questions, those too whose passage the search did not find."""
    orders = [np.argsort(-(row.features @ row_weights), kind="stable") for row in rows]
    right = [row.is_right[order[:depth]].any() for row, order in zip(rows, orders, strict=True)]
    return round(float(np.mean(right)), 4)

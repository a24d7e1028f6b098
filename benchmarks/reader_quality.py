"""How well weights of a reader read handbooks that they were not trained on.

Each question is read with the five nearest sections of its book. `first`: the sentence with the highest relevance is one
that answers. `auc_near`, `auc_absent`: the chance that an answered question has a higher relevance than one that is not.
`right_at_5`: shown and right, where the limit lets at most five of a hundred questions show a wrong sentence.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from sklearn.metrics import roc_auc_score

from benchmarks import handbook_files, intervals
from benchmarks.reader_training import examples

COMMAND = "eval reader"
SECTIONS = 5
WRONG_SHOWN = 0.05


@dataclass(frozen=True)
class Reading:
    """`relevance`: of the best sentence; `is_right`: it is one that answers."""

    kind: str
    relevance: float
    is_right: bool


def run(
    weights: Annotated[Path, "what `train reader` wrote"],
    data: Annotated[Sequence[Path], "folders of handbooks (JSON)"],
    only: Annotated[Path | None, "a file with the names of the books to be asked, one a line"] = None,
    cache: Path = Path("var/reader-vectors"),
) -> dict[str, Any]:
    from domain.text.answer_sentences.reader import Reader
    from llm_backend.engines.e5_file import WEIGHTS

    threads = os.cpu_count() or 1
    reader = Reader(WEIGHTS, weights, threads=threads)
    vectors = examples.Vectors(WEIGHTS, cache, threads=threads)
    known = [book for folder in data for book in examples.books(folder)]
    named = set(only.read_text(encoding="utf-8").split()) if only else {book.id for book in known}
    books = [book for book in known if book.id in named]
    readings = [reading for book in books for reading in _readings(reader, vectors, book)]
    return {"books": len(books), **summarise(readings)}


def summarise(readings: list[Reading]) -> dict[str, Any]:
    """Shares with their intervals."""
    answerable = [each for each in readings if each.kind in handbook_files.ANSWERABLE]
    wrong = sorted((each.relevance for each in readings if not each.is_right), reverse=True)
    allowed = int(WRONG_SHOWN * len(readings))
    limit = wrong[allowed] if allowed < len(wrong) else float("-inf")
    result = {
        "questions": len(readings),
        **intervals.share("first", [each.is_right for each in answerable]),
        **intervals.share("right_at_5", [each.is_right and each.relevance > limit for each in answerable]),
    }
    for kind in sorted(handbook_files.ANSWERABLE):
        result |= intervals.share(
            f"first_{kind}", [each.is_right for each in answerable if each.kind == kind]
        )
    for kind in ("near", "absent"):
        others = [each.relevance for each in readings if each.kind == kind]
        result |= intervals.share(f"refused_{kind}_at_5", [each <= limit for each in others])
        relevances = [each.relevance for each in answerable]
        labels, is_known = [True] * len(relevances) + [False] * len(others), relevances and others
        area = roc_auc_score(labels, [*relevances, *others]) if is_known else float("nan")
        result[f"auc_{kind}"] = round(float(area), 4)
    return result


def _readings(reader: Any, vectors: examples.Vectors, book: examples.Book) -> Iterator[Reading]:
    ranked = examples.ranked_windows(book, vectors)
    for question, nearest in zip(book.questions, ranked, strict=True):
        # One wording: the others say the same.
        sections = nearest[0][:SECTIONS]
        relevances = reader.relevances(question.wordings[0], [book.windows[each] for each in sections])
        best, place = max(
            (relevance, (section, sentence))
            for section, of_section in zip(sections, relevances, strict=True)
            for sentence, relevance in enumerate(of_section)
        )
        yield Reading(question.kind, best, question.is_answerable and place in question.marked)

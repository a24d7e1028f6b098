"""Fits which sentence answers and whether it does, through the product's own search and the shipped reader.

Learnt on handbooks that the reader was not trained on and on files in SQuAD form, each question of these with its passage
and, asked again, without it. Every row is judged by weights that were fitted without its book (or its article): limits and
figures are of those. `--write` stores the weights of all rows.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import answer_sentences, handbook_files, isolated, progress
from benchmarks.handbook_files import MarkedQuestion
from benchmarks.labelled_files import SquadFile

COMMAND = "train answers"
FOLDS = 5
# Of all questions to handbooks, as they come: two of three are answered, a quarter nearly. Books that train the reader ask
# far more of the latter.
WRONG_SHOWN = 0.08
MIX = {"answer": 18 / 28, "near": 7 / 28, "absent": 3 / 28}
# Of what stands nowhere: of so much nothing is quoted at all.
SILENT_ABOUT_ABSENT = 0.8
UNANSWERED = ("near", "absent")


@dataclass(frozen=True)
class Row:
    """One question asked: of each candidate its features and whether it answers. `group`: what is held out together."""

    group: str
    source: str
    kind: str
    question: str
    features: Any
    is_right: Any
    candidates: Any


def run(
    books: Annotated[Sequence[Path], "folders of handbooks (JSON)"] = (),
    only: Annotated[Path | None, "a file with the names of the books to learn from, one a line"] = None,
    squad: Annotated[Sequence[Path], "files in SQuAD form"] = (),
    squad_questions: Annotated[int, "of each file, evenly spread"] = 200,
    write: Annotated[bool, "store the weights as those of the product"] = False,
) -> dict[str, Any]:
    with isolated.services("embedding"):
        rows = [*_book_rows(books, only), *_squad_rows(squad, squad_questions)]
    fold = {group: number % FOLDS for number, group in enumerate(sorted({row.group for row in rows}))}
    is_first, chances = np.zeros(len(rows), dtype=bool), np.zeros(len(rows))
    for number in range(FOLDS):
        fitted = _fit([row for row in rows if fold[row.group] != number])
        for place, row in enumerate(rows):
            if fold[row.group] == number:
                is_first[place], chances[place] = fitted.judge(row)
    limits = _limits(rows, is_first, chances)
    if write:
        _fit(rows).store(*limits)
    figures: dict[str, Any] = {"answer_from": limits[0], "about_from": limits[1]}
    for source in sorted({row.source for row in rows}):
        some = np.array([row.source == source for row in rows])
        kinds = np.array([row.kind for row in rows])[some]
        figures[source] = _summarise(kinds, is_first[some], chances[some], *limits)
    return figures


@dataclass(frozen=True)
class Fitted:
    """`decision`: of numbers that were brought to mean 0 and spread 1."""

    ranking: Any
    decision: Any
    mean: Any
    spread: Any
    offset: float

    def judge(self, row: Row) -> tuple[bool, float]:
        """Whether the best candidate is right, and the chance that the decision gives it."""
        if not row.candidates:
            return False, 0.0
        scores = row.features @ self.ranking
        numbers = (_numbers(row, scores) - self.mean) / self.spread
        chance = 1 / (1 + np.exp(-(numbers @ self.decision + self.offset)))
        return bool(row.is_right[int(np.argmax(scores))]), float(chance)

    def store(self, answer_from: float, about_from: float) -> None:
        from domain.text.answer_sentences import decision, ranking

        ranking.WEIGHTS.write_text(_as_json(_by_name(ranking.FEATURES, self.ranking)), encoding="utf-8")
        plain = self.decision / self.spread
        row: dict[str, Any] = {"by_feature": _by_name(decision.FEATURES, plain)}
        row["offset"] = round(float(self.offset - self.mean @ plain), 4)
        row |= {"answer_from": answer_from, "about_from": about_from}
        decision.WEIGHTS.write_text(_as_json(row), encoding="utf-8")


def _by_name(names: Sequence[str], weights: Any) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}


def _as_json(row: dict[str, Any]) -> str:
    return json.dumps(row, indent=2) + "\n"


def _fit(rows: Sequence[Row]) -> Fitted:
    from sklearn.linear_model import LogisticRegression

    ranking = answer_sentences.weights([row for row in rows if row.is_right.any()])
    asked = [(row, row.features @ ranking) for row in rows if row.candidates]
    numbers = np.array([_numbers(row, scores) for row, scores in asked])
    is_right = np.array([row.is_right[int(np.argmax(scores))] for row, scores in asked])
    mean, spread = numbers.mean(axis=0), numbers.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=2000).fit((numbers - mean) / spread, is_right)
    return Fitted(ranking, model.coef_[0], mean, spread, float(model.intercept_[0]))


def _numbers(row: Row, scores: Any) -> Any:
    from domain.text.answer_sentences import decision

    return decision.features(row.question, row.candidates, list(scores))


def _limits(rows: Sequence[Row], is_first: Any, chances: Any) -> tuple[float, float]:
    """From which chance on a sentence is the answer, so that WRONG_SHOWN is kept where questions come as they do (MIX); and
    from where on it is shown as what the documents say about the matter."""
    kinds = np.array([row.kind if row.kind in UNANSWERED else "answer" for row in rows])
    is_of_book = np.array([row.source != "squad" for row in rows])
    share = np.zeros(len(rows))
    for kind, part in MIX.items():
        some = is_of_book & (kinds == kind)
        share[some] = part / max(1, some.sum())
    answer_from, shown_wrong = 1.0, 0.0
    for chance, part in sorted(zip(chances[~is_first], share[~is_first], strict=True), reverse=True):
        shown_wrong += part
        if shown_wrong > WRONG_SHOWN:
            break
        answer_from = chance
    about_from = float(np.quantile(chances[is_of_book & (kinds == "absent")], SILENT_ABOUT_ABSENT))
    return round(float(answer_from), 4), round(min(about_from, float(answer_from)), 4)


def _summarise(
    kinds: Any, is_first: Any, chances: Any, answer_from: float, about_from: float
) -> dict[str, Any]:
    from sklearn.metrics import roc_auc_score

    answerable, is_shown = ~np.isin(kinds, UNANSWERED), chances >= answer_from
    figures = {"questions": len(kinds), "wrong_shown": (is_shown & ~is_first).mean()}
    of_kinds = {f"_{kind}": kinds == kind for kind in sorted(set(kinds[answerable]))}
    for suffix, some in {"": answerable, **of_kinds}.items():
        figures[f"first{suffix}"] = is_first[some].mean()
        figures[f"right{suffix}"] = (is_first & is_shown)[some].mean()
    for kind in sorted(set(kinds[~answerable])):
        others, compared = chances[kinds == kind], answerable | (kinds == kind)
        figures[f"refused_{kind}"] = (others < answer_from).mean()
        figures[f"nothing_said_{kind}"] = (others < about_from).mean()
        figures[f"auc_{kind}"] = roc_auc_score(answerable[compared], chances[compared])
    return {name: round(float(value), 4) for name, value in figures.items()}


def _book_rows(folders: Sequence[Path], only: Path | None) -> Iterator[Row]:
    from benchmarks.organisations import evaluation_actor
    from benchmarks.retrieval_collections import collection_of

    actor, paths = evaluation_actor(), [path for folder in folders for path in sorted(folder.glob("*.json"))]
    named = only.read_text(encoding="utf-8").split() if only else [path.stem for path in paths]
    for path in progress.counted("handbooks", [path for path in paths if path.stem in named]):
        book, source = handbook_files.read(path), path.parent.name
        collection, passages = collection_of(actor, f"{source} {path.stem}", book.cuts())
        sections = {passage.pk: passage.ordinal for passage in passages}
        for question in book.asked(1):
            names = (path.stem, source, question.kind)
            yield _asked(actor, collection, question.text, partial(_is_marked, question, sections), names)


def _is_marked(question: MarkedQuestion, sections: dict[Any, int], hit: Any, place: Any) -> bool:
    return any(
        sections[hit.passage_id] == section and place.start < end and start < place.end
        for section, start, end in question.marked
    )


def _squad_rows(paths: Sequence[Path], questions: int) -> Iterator[Row]:
    """Every other article: the rest is what `eval sentences` measures on."""
    from benchmarks import retrieval_collections

    files = [SquadFile.read(path) for path in paths]
    if not files:
        return
    stored = retrieval_collections.fill([file.paragraphs for file in files])
    for file, collection in zip(files, stored.collections, strict=True):
        own = [each for each in file.questions if each.article % 2 == 0]
        for each in own[:: max(1, len(own) // questions)]:
            is_answer = partial(answer_sentences.holds_answer, each, stored.places)
            for kind, without in (("answer", None), ("near", each.paragraph)):
                names = (f"{file.name} {each.article}", "squad", kind)
                left_out = {passage for passage, place in stored.places.items() if place == without}
                yield _asked(stored.actor, collection, each.text, is_answer, names, without=left_out)


def _asked(
    actor: Any,
    collection: Any,
    question: str,
    is_answer: Callable[[Any, Any], bool],
    names: tuple[str, str, str],
    *,
    without: Collection[Any] = (),
) -> Row:
    """`names`: group, source and kind. `without`: passages that are left out of what was found."""
    from apps.answering import quotes
    from apps.answering.passages import CANDIDATES
    from apps.knowledge import selectors
    from domain.text.answer_sentences import ranking

    group, source, kind = names
    search = selectors.search(actor, collections=[collection], question=question, limit=CANDIDATES + 1)
    hits = [hit for hit in search.hits if hit.passage_id not in without][:CANDIDATES]
    embedded = selectors.embedded_question(actor, question)
    told, candidates = quotes.candidates([embedded], hits)
    is_right = np.array([kind not in UNANSWERED and is_answer(hit, each.place) for hit, each in told])
    features = ranking.features(question, candidates) if candidates else None
    return Row(group, source, kind, question, features, is_right, candidates)

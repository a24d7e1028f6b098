"""Right answers, and silence where nothing answers, through the whole product: files in RGB's form, or own handbooks.

Of RGB each question gets a collection of its own with five passages, a channel and a conversation. Searching, prompt,
schema and the check of every sentence are the product's; only the web server is left out.
"""

import math
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

from benchmarks import handbook_answers, intervals, isolated, progress
from benchmarks.labelled_files import json_rows, spread

COMMAND = "eval answers"
PASSAGES = 5
NOISES = (0.0, 0.2, 0.4, 0.6)
ONLY_NOISE = 1.0

Truth = str | list["Truth"]


@dataclass(frozen=True)
class Question:
    """`parts`: how many of the first right passages it takes together to answer."""

    language: str
    text: str
    truth: Truth
    positive: list[str]
    negative: list[str]
    parts: int = 1

    def passages(self, noise: float) -> list[str]:
        """As RGB takes them: the first of each kind, mixed; fewer of one kind are made up for by the other."""
        if noise == ONLY_NOISE:
            right, wrong = 0, PASSAGES
        else:
            wrong = min(math.ceil(PASSAGES * noise), PASSAGES - self.parts)
            wrong = min(max(wrong, PASSAGES - len(self.positive)), len(self.negative))
            right = PASSAGES - wrong
        passages = [*self.positive[:right], *self.negative[:wrong]]
        random.Random(f"{self.text}{noise}").shuffle(passages)
        return passages


@dataclass(frozen=True)
class Outcome:
    question: Question
    noise: float
    answer: Any

    @property
    def is_right(self) -> bool:
        if self.noise == ONLY_NOISE:
            return bool(self.answer.is_unanswered)
        return not self.answer.is_unanswered and is_right(self.answer.text, self.question.truth)

    @property
    def is_false(self) -> bool:
        """Shown as the answer, and is not."""
        return not self.is_right and not self.answer.is_unanswered

    def row(self, passages: Sequence[str]) -> dict[str, Any]:
        asked = {"language": self.question.language, "noise": self.noise, "question": self.question.text}
        told = {"truth": self.question.truth, "answer": self.answer.text, "is_right": self.is_right}
        return {**asked, **told, "passages": list(passages)}


def run(
    data: Annotated[
        Path | None, "directory with files in RGB's form, or handbooks as JSON; else the own handbooks"
    ] = None,
    tuning: Annotated[bool, "the handbooks that settings are chosen by"] = False,
    limit: Annotated[int | None, "so many questions per language, evenly spread"] = None,
    noise: Annotated[Sequence[float], "shares of wrong passages"] = NOISES,
    details: Annotated[Path | None, "write every answer there, one JSON object a line"] = None,
) -> dict[str, Any]:
    measure: Callable[..., dict[str, Any]]
    if data is None:
        measure = partial(handbook_answers.measure, tuning=tuning)
    elif handbook_answers.is_marked(data):
        measure = partial(handbook_answers.measure_marked, directory=data, limit=limit)
    elif sets := files(data):
        measure = partial(_measure, sets=sets, limit=limit, noises=noise)
    else:
        raise SystemExit(f"There are no JSON lines with query, answer, positive and negative in {data}.")
    with isolated.services("embedding", "llm"):
        from benchmarks.answer_shop import AnswerShop

        shop = AnswerShop.open()
        return {"trained_on": [], **measure(shop, details=details), "reading": shop.reading.figures}


def files(directory: Path) -> dict[str, list[Question]]:
    """By the files' names."""
    by_name = {}
    for path in sorted(directory.glob("*.json")):
        language = "zh" if path.stem.startswith("zh") else "en"
        rows = json_rows(path)
        if rows and {"query", "answer", "positive", "negative"} <= set(rows[0]):
            by_name[path.name] = [_question(language, row) for row in rows]
    return by_name


def is_right(answer: str, truth: Truth) -> bool:
    """RGB's own check: every part of the truth stands in the answer, of alternatives one."""
    parts = truth if isinstance(truth, list) else [truth]
    return all(_holds(answer.lower(), part) for part in parts)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """`accuracy`: the mean of languages. `refusal`: of the questions without a right passage."""
    with_passage = [outcome for outcome in outcomes if outcome.noise != ONLY_NOISE]
    silent = [outcome for outcome in outcomes if outcome.noise == ONLY_NOISE]
    figures = _by_language("accuracy", with_passage)
    for noise in sorted({outcome.noise for outcome in with_passage}):
        some = [outcome.is_right for outcome in with_passage if outcome.noise == noise]
        figures |= intervals.share(f"accuracy_noise_{noise:g}", some)
    return {
        **figures,
        **_by_language("refusal", silent),
        **intervals.share("false_shown", [outcome.is_false for outcome in outcomes]),
        "questions": len({(outcome.question.language, outcome.question.text) for outcome in outcomes}),
        "answers": len(outcomes),
        "seconds_per_answer": round(fmean(outcome.answer.seconds for outcome in outcomes), 2),
    }


def _by_language(name: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The mean of languages, and each; the answers to one question hang together."""
    counts: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for outcome in outcomes:
        counts[outcome.question.language][outcome.question.text].append(outcome.is_right)
    shares = {
        language: intervals.counts(map(sum, rows.values()), map(len, rows.values()))
        for language, rows in sorted(counts.items())
    }
    figures = intervals.mean_of_shares(name, list(shares.values()))
    for language, share in shares.items():
        figures |= intervals.share(f"{name}_{language}", *share)
    return figures


def _holds(answer: str, part: Truth) -> bool:
    if isinstance(part, list):
        return any(_holds(answer, alternative) for alternative in part)
    return str(part).lower() in answer


def _question(language: str, row: dict[str, Any]) -> Question:
    positive = row["positive"]
    alternatives = [texts for texts in positive if isinstance(texts, list)]
    # Questions that need two passages come with a list of passages for each part: one of each, then the next.
    in_turn = [text for each in zip_longest(*alternatives) for text in each if text is not None]
    right, parts = (in_turn, len(alternatives)) if alternatives else (positive, 1)
    return Question(language, row["query"], row["answer"], right, row["negative"], parts)


def _measure(
    shop: Any,
    *,
    sets: dict[str, list[Question]],
    limit: int | None,
    noises: Sequence[float],
    details: Path | None,
) -> dict[str, Any]:
    questions = [question for each in sets.values() for question in spread(each, limit)]
    outcomes = list(_ask_all(shop, questions, noises, details))
    return {"tested_on": list(sets), **figures(outcomes), "model": shop.model}


def _ask_all(
    shop: Any, questions: Sequence[Question], noises: Sequence[float], details: Path | None
) -> Iterator[Outcome]:
    write = progress.row_writer(details)
    for question in progress.counted("questions", questions):
        for noise in (*noises, ONLY_NOISE):
            passages = question.passages(noise)
            if not passages:
                continue
            outcome = Outcome(question, noise, shop.answer(question.text, passages))
            write(outcome.row(passages))
            if not (details or outcome.is_right):
                sys.stderr.write(f"\n{outcome.row([])}\n")
            yield outcome

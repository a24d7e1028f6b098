"""Right answers, and silence where nothing answers, through the whole product: files in RGB's form, or own handbooks.

Of RGB each question gets a collection of its own with five passages, a channel and a conversation. Searching, prompt,
schema and the check of every sentence are the product's; only the web server is left out.
"""

import argparse
import json
import math
import os
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import handbook_answers, intervals, marked_answers, retrieval
from stack.progress import Steps
from stack.weights import catalogue, ensure_weights

COMMAND = "eval answers"
PROCESSES = (*retrieval.PROCESSES, "llm")
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

    def line(self, passages: Sequence[str]) -> str:
        row = {
            "language": self.question.language,
            "noise": self.noise,
            "question": self.question.text,
            "truth": self.question.truth,
            "answer": self.answer.text,
            "is_right": self.is_right,
            "passages": list(passages),
        }
        return json.dumps(row, ensure_ascii=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        help="directory with files in RGB's form, or handbooks as JSON; else the own handbooks",
    )
    parser.add_argument("--tuning", action="store_true", help="the handbooks that settings are chosen by")
    parser.add_argument("--limit", type=int, help="so many questions per language, evenly spread")
    parser.add_argument(
        "--noise", type=float, nargs="*", default=list(NOISES), help="shares of wrong passages"
    )
    parser.add_argument("--details", type=Path, help="write every answer there, one JSON object a line")


def run(options: argparse.Namespace) -> dict[str, Any]:
    if options.data is None:
        return handbook_answers.run(options)
    if marked_answers.is_marked(options.data):
        return marked_answers.run(options)
    sets = files(options.data)
    questions = [question for each in sets.values() for question in spread(each, options.limit)]
    if not questions:
        raise SystemExit(
            f"There are no JSON lines with query, answer, positive and negative in {options.data}."
        )
    with retrieval.services(PROCESSES, **model()):
        from benchmarks.answer_shop import AnswerShop

        shop = AnswerShop.open()
        outcomes = list(_ask_all(shop, questions, options))
        sources = {"trained_on": [], "tested_on": list(sets)}
        return {**sources, **figures(outcomes), "reading": shop.reading.figures, "model": shop.model}


def files(directory: Path) -> dict[str, list[Question]]:
    """By the files' names."""
    by_name = {}
    for path in sorted(directory.glob("*.json")):
        language = "zh" if path.stem.startswith("zh") else "en"
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
        if rows and {"query", "answer", "positive", "negative"} <= set(rows[0]):
            by_name[path.name] = [_question(language, row) for row in rows]
    return by_name


def spread(questions: Sequence[Question], limit: int | None) -> list[Question]:
    if not limit or limit >= len(questions):
        return list(questions)
    return [questions[number * len(questions) // limit] for number in range(limit)]


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
        language: intervals.counts(
            [sum(each) for each in rows.values()], [len(each) for each in rows.values()]
        )
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
    right = (
        [text for each in zip_longest(*alternatives) for text in each if text is not None]
        if alternatives
        else positive
    )
    return Question(
        language, row["query"], row["answer"], right, row["negative"], parts=len(alternatives) or 1
    )


def model() -> dict[str, str]:
    """The embedded model, unless LLM_ENDPOINT names a server of the person's own."""
    if os.environ.get("LLM_ENDPOINT"):
        return {}
    with Steps() as steps:
        weights = ensure_weights(catalogue("llm"), Path(os.environ["KONGMING_MODELS_DIR"]), steps)
    return {"KONGMING_LLAMA_MODEL": str(weights)}


def _ask_all(shop: Any, questions: Sequence[Question], options: argparse.Namespace) -> Iterator[Outcome]:
    details = options.details.open("w", encoding="utf-8") if options.details else None
    noises = [*options.noise, ONLY_NOISE]
    for number, question in enumerate(questions, start=1):
        for noise in noises:
            passages = question.passages(noise)
            if not passages:
                continue
            outcome = Outcome(question, noise, shop.answer(question.text, passages))
            if details:
                details.write(outcome.line(passages) + "\n")
                details.flush()
            elif not outcome.is_right:
                sys.stderr.write(f"\n{outcome.line([])}\n")
            yield outcome
        sys.stderr.write(f"\rquestions: {number} of {len(questions)}")
    sys.stderr.write("\n")

"""Right answers among noise, and silence without a right passage: files in RGB's form, through the whole product.

Each question gets a collection of its own with five passages, a channel and a conversation. Searching, prompt,
schema and the check of every sentence are the product's; only the web server is left out.
"""

import argparse
import json
import math
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import retrieval
from stack.progress import Steps
from stack.weights import catalogue, ensure_weights

PROCESSES = (*retrieval.PROCESSES, "llm")
PASSAGES = 5
NOISES = (0.0, 0.2, 0.4, 0.6)
ONLY_NOISE = 1.0

Truth = str | list["Truth"]


@dataclass(frozen=True)
class Question:
    language: str
    text: str
    truth: Truth
    positive: list[str]
    negative: list[str]

    def passages(self, noise: float) -> list[str]:
        """As RGB takes them: the first of each kind, mixed; fewer of one kind are made up for by the other."""
        wrong = math.ceil(PASSAGES * noise)
        wrong = min(max(wrong, PASSAGES - len(self.positive)), len(self.negative))
        right = 0 if noise == ONLY_NOISE else PASSAGES - wrong
        chosen = [*self.positive[:right], *self.negative[:wrong]]
        random.Random(f"{self.text}{noise}").shuffle(chosen)
        return chosen


@dataclass(frozen=True)
class Outcome:
    question: Question
    noise: float
    text: str
    is_unanswered: bool
    seconds: float

    @property
    def is_right(self) -> bool:
        if self.noise == ONLY_NOISE:
            return self.is_unanswered
        return not self.is_unanswered and is_right(self.text, self.question.truth)

    def line(self, passages: Sequence[str]) -> str:
        shown = {
            "language": self.question.language,
            "noise": self.noise,
            "question": self.question.text,
            "truth": self.question.truth,
            "answer": self.text,
            "is_right": self.is_right,
            "passages": list(passages),
        }
        return json.dumps(shown, ensure_ascii=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="directory with files in RGB's form")
    parser.add_argument("--limit", type=int, help="so many questions per language, evenly spread")
    parser.add_argument(
        "--noise", type=float, nargs="*", default=list(NOISES), help="shares of wrong passages"
    )
    parser.add_argument("--details", type=Path, help="write every answer there, one JSON object a line")


def run(options: argparse.Namespace) -> dict[str, Any]:
    questions = [question for each in files(options.data) for question in spread(each, options.limit)]
    if not questions:
        raise SystemExit(
            f"There are no JSON lines with query, answer, positive and negative in {options.data}."
        )
    with retrieval.services(PROCESSES, **_model()):
        from benchmarks.answer_shop import AnswerShop

        shop = AnswerShop.opened()
        outcomes = list(_answered(shop, questions, options))
        return {**figures(outcomes), "model": shop.model}


def files(directory: Path) -> Iterator[list[Question]]:
    for path in sorted(directory.glob("*.json")):
        language = "zh" if path.stem.startswith("zh") else "en"
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
        if rows and {"query", "answer", "positive", "negative"} <= set(rows[0]):
            yield [_question(language, row) for row in rows]


def spread(questions: Sequence[Question], limit: int | None) -> list[Question]:
    if not limit or limit >= len(questions):
        return list(questions)
    return [questions[number * len(questions) // limit] for number in range(limit)]


def is_right(answer: str, truth: Truth) -> bool:
    """RGB's own check: every part of the truth stands in the answer, of alternatives one."""
    parts = truth if isinstance(truth, list) else [truth]
    return all(_holds(answer.lower(), part) for part in parts)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """`accuracy`: the mean over noises and languages. `refusal`: of the questions without a right passage."""
    answered = [outcome for outcome in outcomes if outcome.noise != ONLY_NOISE]
    silent = [outcome for outcome in outcomes if outcome.noise == ONLY_NOISE]
    languages = sorted({outcome.question.language for outcome in outcomes})
    accuracies = {language: _mean_over_noises(_of(answered, language)) for language in languages}
    refusals = {language: _share(_of(silent, language)) for language in languages}
    noises = sorted({outcome.noise for outcome in answered})
    return {
        "accuracy": _mean(accuracies.values()),
        **{f"accuracy_{language}": accuracy for language, accuracy in accuracies.items()},
        **{
            f"accuracy_noise_{noise:g}": _share([o for o in answered if o.noise == noise]) for noise in noises
        },
        "refusal": _mean(refusals.values()),
        **{f"refusal_{language}": refusal for language, refusal in refusals.items()},
        "questions": len({(outcome.question.language, outcome.question.text) for outcome in outcomes}),
        "answers": len(outcomes),
        "seconds_per_answer": round(fmean(outcome.seconds for outcome in outcomes), 2),
    }


def _holds(answer: str, part: Truth) -> bool:
    if isinstance(part, list):
        return any(_holds(answer, alternative) for alternative in part)
    return str(part).lower() in answer


def _question(language: str, row: dict[str, Any]) -> Question:
    return Question(language, row["query"], row["answer"], _flat(row["positive"]), _flat(row["negative"]))


def _flat(texts: Sequence[Any]) -> list[str]:
    """Questions that need two passages come with a list of passages for each part."""
    nested = [_flat(text) if isinstance(text, list) else [text] for text in texts]
    return [text for some in nested for text in some]


def _model() -> dict[str, str]:
    """The embedded model, unless LLM_ENDPOINT names a server of the person's own."""
    if os.environ.get("LLM_ENDPOINT"):
        return {}
    with Steps() as steps:
        weights = ensure_weights(catalogue("llm"), Path(os.environ["KONGMING_MODELS_DIR"]), steps)
    return {"KONGMING_LLAMA_MODEL": str(weights)}


def _answered(shop: Any, questions: Sequence[Question], options: argparse.Namespace) -> Iterator[Outcome]:
    details = options.details.open("w", encoding="utf-8") if options.details else None
    noises = [*options.noise, ONLY_NOISE]
    for number, question in enumerate(questions, start=1):
        for noise in noises:
            passages = question.passages(noise)
            if not passages:
                continue
            outcome = Outcome(question, noise, *shop.answer(question.text, passages))
            if details:
                details.write(outcome.line(passages) + "\n")
                details.flush()
            elif not outcome.is_right:
                sys.stderr.write(f"\n{outcome.line([])}\n")
            yield outcome
        sys.stderr.write(f"\rquestions: {number} of {len(questions)}")
    sys.stderr.write("\n")


def _of(outcomes: Sequence[Outcome], language: str) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.question.language == language]


def _mean_over_noises(outcomes: Sequence[Outcome]) -> float:
    noises = sorted({outcome.noise for outcome in outcomes})
    return _mean([_share([outcome for outcome in outcomes if outcome.noise == noise]) for noise in noises])


def _share(outcomes: Sequence[Outcome]) -> float:
    return _mean([float(outcome.is_right) for outcome in outcomes])


def _mean(values: Any) -> float:
    return round(fmean(kept), 4) if (kept := list(values)) else 0.0

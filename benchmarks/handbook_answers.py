"""Questions about handbooks that were written for the purpose: `tuning` to choose settings by, `reported` to measure.

Of sixty questions to three organisations forty are answered by a handbook, ten nearly, ten not at all; some are asked in
the language that the handbook is not written in, some lean on the question before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import intervals, progress
from benchmarks.labelled_files import json_rows

HANDBOOKS = Path(__file__).with_name("handbooks")


@dataclass(frozen=True)
class Question:
    """`alternatives`: of each, one alternative must stand in the answer. Without any there is no answer to be found."""

    id: str
    handbook: str
    language: str
    text: str
    kind: str
    follows: str | None
    alternatives: list[list[str]]
    wrong: list[str]

    @property
    def is_answerable(self) -> bool:
        return bool(self.alternatives)


@dataclass(frozen=True)
class Outcome:
    question: Question
    answer: Any

    @property
    def is_right(self) -> bool:
        """A value that stands beside the right one may be quoted with it, under its own name; written it is wrong."""
        is_answer = self.question.is_answerable and not self.answer.is_unanswered
        has_all = all(_has_any(self.answer.text, part) for part in self.question.alternatives)
        return is_answer and has_all and not _has_any(" ".join(self.answer.claims), self.question.wrong)

    @property
    def is_wrong_shown(self) -> bool:
        """Shown as the answer, and is not."""
        return not self.answer.is_unanswered and not self.is_right

    @property
    def is_padded(self) -> bool:
        """Right, with a quoted sentence beside it that has nothing of the answer."""
        values = [one for part in self.question.alternatives for one in part]
        return self.is_right and not all(_has_any(sentence, values) for sentence in self.answer.quoted)


def measure(shop: Any, *, tuning: bool, details: Path | None) -> dict[str, Any]:
    folder = HANDBOOKS / ("tuning" if tuning else "reported")
    outcomes = list(_outcomes(shop, folder, questions(folder), details))
    tested_on = [f"handbooks/{folder.name}/questions.jsonl"]
    return {"tested_on": tested_on, **figures(outcomes), "model": shop.model}


def questions(folder: Path) -> list[Question]:
    found = []
    for row in json_rows(folder / "questions.jsonl"):
        told = {name: row[name] for name in ("id", "handbook", "language", "kind")}
        told |= {"text": row["question"], "follows": row["follow_up_of"], "wrong": row["must_not"]}
        alternatives = row.get("all_of") or ([row["answer"]] if row["answer"] else [])
        found.append(Question(**told, alternatives=alternatives))
    return found


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    answerable = [outcome for outcome in outcomes if outcome.question.is_answerable]
    others = [outcome for outcome in outcomes if not outcome.question.is_answerable]
    shares = {
        **intervals.share("answered_right", [outcome.is_right for outcome in answerable]),
        **intervals.share("refused", [outcome.answer.is_unanswered for outcome in others]),
        **intervals.share("wrong_shown", [outcome.is_wrong_shown for outcome in outcomes]),
        **intervals.share("padded", [outcome.is_padded for outcome in answerable if outcome.is_right]),
    }
    for language in ("en", "zh"):
        some = [outcome.is_right for outcome in answerable if outcome.question.language == language]
        shares |= intervals.share(f"answered_right_{language}", some)
    for kind in ("near", "absent"):
        some = [outcome.answer.is_unanswered for outcome in others if outcome.question.kind == kind]
        shares |= intervals.share(f"refused_{kind}", some)
    return {
        **shares,
        "questions": len(outcomes),
        "seconds_p50": round(median(outcome.answer.seconds for outcome in outcomes), 2),
    }


def _has_any(text: str, values: Sequence[str]) -> bool:
    """As a whole: “6” does not stand in “16:30”, nor “no” in “notice”."""
    return any(_has(text.lower(), value.lower()) for value in values)


def _has(text: str, value: str) -> bool:
    start = text.find(value)
    while start >= 0:
        ends = (text[start - 1 : start], value[0]), (text[start + len(value) :][:1], value[-1])
        # Two letters of one Latin word, or two figures of one number, run on.
        if not any(all(each.isascii() and each.isalnum() for each in pair) for pair in ends):
            return True
        start = text.find(value, start + 1)
    return False


def _outcomes(shop: Any, folder: Path, to_ask: Sequence[Question], details: Path | None) -> Iterator[Outcome]:
    """A follow-up is asked behind the question that it leans on, in one conversation."""
    handbooks = {question.handbook for question in to_ask}
    channels = {each: shop.channel(each, _cuts(folder, each)) for each in handbooks}
    by_id = {question.id: question for question in to_ask}
    write = progress.row_writer(details)
    for question in progress.counted("questions", to_ask):
        channel, conversation = channels[question.handbook], None
        if question.follows:
            conversation, _ = shop.ask(channel, by_id[question.follows].text)
        outcome = Outcome(question, shop.ask(channel, question.text, conversation)[1])
        asked = {"id": question.id, "kind": question.kind, "question": question.text}
        write(asked | {"answer": outcome.answer.text, "is_right": outcome.is_right})
        yield outcome


def _cuts(folder: Path, handbook: str) -> list[Any]:
    from apps.knowledge import chunking
    from domain.documents import markdown

    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"{handbook}.*.md"))]
    return [cut for text in texts for cut in chunking.passages_of(markdown.blocks(text))]

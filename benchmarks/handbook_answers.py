"""Questions about handbooks that were written for the purpose: `tuning` to choose settings by, `reported` to measure.

Of sixty questions to three organisations forty are answered by a handbook, ten nearly, ten not at all; some are asked in
the language that the handbook is not written in, some lean on the question before.

Of handbooks whose sentences are marked (`handbook_files`) each is a channel of its own. *Right*: shown as the answer, with a
marked sentence in it. *Wrong shown*: shown as the answer without one. *Padded*: right, with a sentence beside it that is not
marked. *Complete*: right, with all that are marked. A question is refused where the desk counts it as unanswered; one about
something that stands nowhere only where nothing is quoted either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import handbook_files, intervals, progress
from benchmarks.handbook_files import ANSWERABLE, HandbookFile, MarkedQuestion
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


@dataclass(frozen=True)
class Outcome:
    question: Question
    answer: Any

    @property
    def is_answerable(self) -> bool:
        return bool(self.question.alternatives)

    @property
    def is_refused(self) -> bool:
        return bool(self.answer.is_unanswered)

    @property
    def is_right(self) -> bool:
        """A value that stands beside the right one may be quoted with it, under its own name; written it is wrong."""
        is_answer = self.is_answerable and not self.is_refused
        has_all = all(_has_any(self.answer.text, part) for part in self.question.alternatives)
        return is_answer and has_all and not _has_any(" ".join(self.answer.claims), self.question.wrong)

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
    others = [outcome.is_refused for outcome in outcomes if not outcome.is_answerable]
    shares = _shares(outcomes) | intervals.share("refused", others)
    for language in ("en", "zh"):
        some = [
            each.is_right for each in outcomes if each.is_answerable and each.question.language == language
        ]
        shares |= intervals.share(f"answered_right_{language}", some)
    return shares


def _shares(outcomes: "Sequence[Outcome | MarkedOutcome]") -> dict[str, Any]:
    """Those of both kinds of handbooks."""
    answerable = [outcome for outcome in outcomes if outcome.is_answerable]
    wrong_shown = [not (outcome.answer.is_unanswered or outcome.is_right) for outcome in outcomes]
    shares = {
        **intervals.share("answered_right", [outcome.is_right for outcome in answerable]),
        **intervals.share("wrong_shown", wrong_shown),
        **intervals.share("padded", [outcome.is_padded for outcome in answerable if outcome.is_right]),
    }
    for kind in ("near", "absent"):
        some = [outcome.is_refused for outcome in outcomes if outcome.question.kind == kind]
        shares |= intervals.share(f"refused_{kind}", some)
    seconds = median(outcome.answer.seconds for outcome in outcomes)
    return {**shares, "questions": len(outcomes), "seconds_p50": round(seconds, 2)}


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


@dataclass(frozen=True)
class MarkedOutcome:
    """`marked`: the texts of the marked sentences. `quoted`: the sentences that the visitor sees quoted."""

    book: str
    question: MarkedQuestion
    marked: list[str]
    answer: Any

    @property
    def is_answerable(self) -> bool:
        return self.question.kind in ANSWERABLE

    @property
    def is_right(self) -> bool:
        is_shown = self.is_answerable and not self.answer.is_unanswered
        return is_shown and any(_is_same(each, self.marked) for each in self.answer.quoted)

    @property
    def is_padded(self) -> bool:
        return self.is_right and not all(_is_same(each, self.marked) for each in self.answer.quoted)

    @property
    def is_complete(self) -> bool:
        return self.is_right and all(_is_same(each, self.answer.quoted) for each in self.marked)

    @property
    def is_refused(self) -> bool:
        return self.answer.is_unanswered and (self.question.kind != "absent" or not self.answer.quoted)

    def row(self) -> dict[str, Any]:
        asked = {"book": self.book, "kind": self.question.kind, "question": self.question.text}
        told = {"answer": self.answer.text, "right_answer": self.question.answer}
        return {**asked, **told, "is_right": self.is_right, "is_shown": not self.answer.is_unanswered}


def _is_same(sentence: str, others: Sequence[str]) -> bool:
    return any(sentence in each or each in sentence for each in others)


def is_marked(directory: Path) -> bool:
    """Whether these are handbooks with marked sentences, rather than files in RGB's form."""
    first = next(iter(sorted(directory.glob("*.json"))), None)
    return first is not None and "sections" in next(iter(json_rows(first)), {})


def measure_marked(shop: Any, *, directory: Path, limit: int | None, details: Path | None) -> dict[str, Any]:
    books = [handbook_files.read(path) for path in sorted(directory.glob("*.json"))]
    outcomes = list(_marked_outcomes(shop, books, limit, details))
    return {"tested_on": [f"{directory.name}/{book.name}.json" for book in books], **summarise(outcomes)}


def summarise(outcomes: Sequence[MarkedOutcome]) -> dict[str, Any]:
    shares = _shares(outcomes)
    for name, kind in (("no", "no"), ("condition", "condition"), ("fact", "answer"), ("general", "general")):
        some = [outcome.is_right for outcome in outcomes if outcome.question.kind == kind]
        shares |= intervals.share(f"{name}_right", some)
    general = [outcome.is_complete for outcome in outcomes if outcome.question.kind == "general"]
    return shares | intervals.share("general_complete", general)


def _marked_outcomes(
    shop: Any, books: Sequence[HandbookFile], limit: int | None, details: Path | None
) -> Iterator[MarkedOutcome]:
    write = progress.row_writer(details)
    for book in progress.counted("handbooks", books):
        channel = shop.channel(book.name, book.cuts())
        asked = list(book.asked(1))
        for question in asked[:: max(1, len(asked) // limit)] if limit else asked:
            marked = [book.sentence_at(section, start) for section, start, _ in question.marked]
            outcome = MarkedOutcome(book.name, question, marked, shop.ask(channel, question.text)[1])
            write(outcome.row())
            yield outcome

"""Questions about handbooks whose sentences are marked, through the whole product: what is shown as the answer.

Each handbook is a channel of its own. *Right*: shown as the answer, with a marked sentence in it. *Wrong shown*: shown as
the answer without one. *Padded*: right, with a sentence beside it that is not marked. *Complete*: right, with all that are
marked. A question is refused where the desk
counts it as unanswered; one about something that stands nowhere only where nothing is quoted either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import handbook_files, intervals, progress
from benchmarks.handbook_files import ANSWERABLE, HandbookFile, MarkedQuestion
from benchmarks.labelled_files import json_rows


@dataclass(frozen=True)
class Outcome:
    """`marked`: the texts of the marked sentences. `quoted`: the sentences that the visitor sees quoted."""

    book: str
    question: MarkedQuestion
    marked: list[str]
    answer: Any

    @property
    def is_answerable(self) -> bool:
        return self.question.kind in ANSWERABLE

    @property
    def is_shown(self) -> bool:
        return not self.answer.is_unanswered

    @property
    def is_right(self) -> bool:
        return self.is_shown and self.is_answerable and any(map(self._is_marked, self.answer.quoted))

    @property
    def is_padded(self) -> bool:
        return self.is_right and not all(map(self._is_marked, self.answer.quoted))

    @property
    def is_complete(self) -> bool:
        return self.is_right and all(_is_same(each, self.answer.quoted) for each in self.marked)

    @property
    def is_refused(self) -> bool:
        return not self.is_shown and (self.question.kind != "absent" or not self.answer.quoted)

    def _is_marked(self, sentence: str) -> bool:
        return _is_same(sentence, self.marked)

    def row(self) -> dict[str, Any]:
        asked = {"book": self.book, "kind": self.question.kind, "question": self.question.text}
        told = {"answer": self.answer.text, "right_answer": self.question.answer}
        return {**asked, **told, "is_right": self.is_right, "is_shown": self.is_shown}


def _is_same(sentence: str, others: Sequence[str]) -> bool:
    return any(sentence in each or each in sentence for each in others)


def is_marked(directory: Path) -> bool:
    """Whether these are handbooks with marked sentences, rather than files in RGB's form."""
    first = next(iter(sorted(directory.glob("*.json"))), None)
    return first is not None and "sections" in next(iter(json_rows(first)), {})


def measure(shop: Any, *, directory: Path, limit: int | None, details: Path | None) -> dict[str, Any]:
    books = [handbook_files.read(path) for path in sorted(directory.glob("*.json"))]
    outcomes = list(_ask_all(shop, books, limit, details))
    return {"tested_on": [f"{directory.name}/{book.name}.json" for book in books], **summarise(outcomes)}


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    answerable = [outcome for outcome in outcomes if outcome.is_answerable]
    right = [outcome for outcome in answerable if outcome.is_right]
    shares = {
        **intervals.share("answered_right", [outcome.is_right for outcome in answerable]),
        **intervals.share("wrong_shown", [outcome.is_shown and not outcome.is_right for outcome in outcomes]),
        **intervals.share("padded", [outcome.is_padded for outcome in right]),
    }
    for name, kind in (("no", "no"), ("condition", "condition"), ("fact", "answer"), ("general", "general")):
        some = [outcome.is_right for outcome in answerable if outcome.question.kind == kind]
        shares |= intervals.share(f"{name}_right", some)
    general = [outcome for outcome in answerable if outcome.question.kind == "general"]
    shares |= intervals.share("general_complete", [outcome.is_complete for outcome in general])
    for kind in ("near", "absent"):
        some = [outcome.is_refused for outcome in outcomes if outcome.question.kind == kind]
        shares |= intervals.share(f"refused_{kind}", some)
    return {
        **shares,
        "questions": len(outcomes),
        "seconds_p50": round(median(outcome.answer.seconds for outcome in outcomes), 2),
    }


def _ask_all(
    shop: Any, books: Sequence[HandbookFile], limit: int | None, details: Path | None
) -> Iterator[Outcome]:
    write = progress.row_writer(details)
    for book in progress.counted("handbooks", books):
        channel = shop.channel(book.name, book.cuts())
        asked = list(book.asked(1))
        for question in asked[:: max(1, len(asked) // limit)] if limit else asked:
            marked = [book.sentence_at(section, start) for section, start, _ in question.marked]
            outcome = Outcome(book.name, question, marked, shop.ask(channel, question.text)[1])
            write(outcome.row())
            yield outcome

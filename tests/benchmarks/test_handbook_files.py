"""Handbooks whose questions have their sentences marked."""

import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import handbook_answers, handbook_files, reader_quality
from benchmarks.answer_shop import ShopAnswer
from benchmarks.handbook_answers import MarkedOutcome
from benchmarks.handbook_files import MarkedQuestion
from benchmarks.reader_quality import Reading
from benchmarks.reader_training import examples

BOOKS = sorted((Path(handbook_files.__file__).parent / "handbooks" / "marked").rglob("*.json"))


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_every_question_of_our_handbooks_can_be_asked_and_judged(path: Path) -> None:
    book = handbook_files.read(path)

    kinds = Counter(question["kind"] for question in book.questions)
    assert set(kinds) | {"general"} == set(handbook_files.KINDS)
    for question in book.questions:
        assert {language: len(texts) for language, texts in question["wordings"].items()} == {
            "zh": 3,
            "en": 3,
        }
        assert (question["answer"] is None) == (question["kind"] in ("near", "absent"))
        assert (question["section"] is None) == (question["kind"] == "absent")
    cuts = book.cuts()
    for section, start, end in {span for wording in book.asked(3) for span in wording.marked}:
        assert book.sentence_at(section, start) == cuts[section].text[start:end]


def test_a_near_question_and_one_whose_answer_was_taken_out_have_nothing_right() -> None:
    [book] = [each for each in examples.books(BOOKS[0].parent) if each.id == BOOKS[0].stem]
    chance, seen = random.Random(1), Counter[tuple[str, bool]]()
    order = list(range(len(book.windows)))
    for question in book.questions * 5:
        made = examples.example(question, 0, book, order, chance, windows=3)
        seen[question.kind, bool(made.right)] += 1
        texts = {book.windows[window].sentences[sentence] for window, sentence in question.marked}
        assert {made.windows[row].sentences[place] for row, place in made.right} <= texts
        assert len(made.windows) <= 3

    assert not seen["near", True] + seen["absent", True]
    assert seen["answer", True] > seen["answer", False] > 0


def outcome(kind: str, quoted: list[str], *, is_unanswered: bool = False) -> MarkedOutcome:
    question = MarkedQuestion("How much?", "en", kind, "60 yuan", ((0, 0, 10),))
    return MarkedOutcome(
        "book", question, ["It costs 60 yuan."], ShopAnswer("", is_unanswered, [], quoted, 1.0)
    )


def test_what_is_shown_counts_by_the_sentences_that_are_marked() -> None:
    figures = handbook_answers.summarise(
        [
            outcome("answer", ["It costs 60 yuan."]),
            outcome("answer", ["It costs 60 yuan.", "We open at nine."]),
            outcome("no", ["We open at nine."]),
            outcome("near", ["It costs 60 yuan."], is_unanswered=True),
            outcome("absent", ["It costs 60 yuan."], is_unanswered=True),
        ]
    )

    assert (figures["answered_right"], figures["padded"], figures["no_right"]) == (0.6667, 0.5, 0.0)
    assert (figures["wrong_shown"], figures["refused_near"], figures["refused_absent"]) == (0.2, 1.0, 0.0)


def test_a_general_question_is_complete_where_all_its_cases_are_shown() -> None:
    cases = ["Here it costs 60 yuan.", "Elsewhere 90."]
    question = MarkedQuestion("How much?", "en", "general", "60 or 90", ((0, 0, 10), (0, 11, 20)))
    shown = [cases, cases[:1], ["We open at nine."]]

    figures = handbook_answers.summarise(
        [MarkedOutcome("book", question, cases, ShopAnswer("", False, [], each, 1.0)) for each in shown]
    )

    assert (figures["general_right"], figures["general_complete"]) == (0.6667, 0.3333)


def test_a_reader_is_judged_where_it_shows_little_that_is_wrong() -> None:
    readings = [Reading("answer", number / 10, number > 3) for number in range(20)]
    readings += [Reading("near", -number / 10, False) for number in range(20)]

    figures = reader_quality.summarise(readings)

    assert (figures["first"], figures["first_answer"]) == (0.8, 0.8)
    assert figures["right_at_5"] == 0.8
    assert figures["refused_near_at_5"] == 1.0
    assert figures["auc_near"] > 0.99

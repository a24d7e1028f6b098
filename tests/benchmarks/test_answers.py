"""The answers measure: which passages are given, and what counts as right."""

import json
from pathlib import Path

import pytest

from benchmarks import answers, labelled_files
from benchmarks.answer_shop import ShopAnswer
from benchmarks.answers import Outcome, Question

POSITIVE = ["right one", "right two", "right three", "right four", "right five", "right six"]
NEGATIVE = ["wrong one", "wrong two", "wrong three", "wrong four", "wrong five", "wrong six"]


def question(
    *,
    language: str = "en",
    positive: list[str] = POSITIVE,
    negative: list[str] = NEGATIVE,
) -> Question:
    return Question(language, "Q?", "Paris", positive, negative)


@pytest.mark.parametrize(("noise", "wrong"), [(0, 0), (0.2, 1), (0.4, 2), (0.6, 3), (1.0, 5)])
def test_of_five_passages_the_share_of_noise_is_wrong(noise: float, wrong: int) -> None:
    chosen = question().passages(noise)

    assert len(chosen) == 5
    assert sum(passage in NEGATIVE for passage in chosen) == wrong


def test_what_one_kind_lacks_the_other_makes_up_for() -> None:
    assert len(question(positive=POSITIVE[:1]).passages(0.0)) == 5
    assert len(question(negative=NEGATIVE[:1]).passages(0.6)) == 5


def test_silence_is_measured_without_any_right_passage() -> None:
    assert question(negative=NEGATIVE[:2]).passages(1.0) in ([*NEGATIVE[:2]], [*NEGATIVE[1::-1]])
    assert question(negative=[]).passages(1.0) == []


@pytest.mark.parametrize(
    ("answer", "truth", "is_right"),
    [
        ("It is PARIS.", "Paris", True),
        ("It is Rome.", "Paris", False),
        ("on May 5, 2020", [["May 5, 2020", "5 May 2020"]], True),
        ("Rome and Paris", ["Rome", "Paris"], True),
        ("Rome", ["Rome", ["Paris", "Lutetia"]], False),
    ],
)
def test_every_part_of_the_truth_must_stand_in_the_answer(
    answer: str, truth: answers.Truth, is_right: bool
) -> None:
    assert answers.is_right(answer, truth) is is_right


def test_an_answer_counts_among_noise_and_silence_without() -> None:
    outcomes = [
        Outcome(question(), 0.0, ShopAnswer("Paris", False, [], [], 1.0)),
        Outcome(question(), 0.6, ShopAnswer("Paris, I think, but I could not find it.", True, [], [], 1.0)),
        Outcome(question(), 1.0, ShopAnswer("I could not find that.", True, [], [], 1.0)),
        Outcome(question(language="zh"), 1.0, ShopAnswer("Paris", False, [], [], 3.0)),
    ]

    figures = answers.figures(outcomes)

    assert (figures["accuracy_noise_0"], figures["accuracy_noise_0.6"]) == (1.0, 0.0)
    assert figures["accuracy_interval"][0] <= figures["accuracy"] <= figures["accuracy_interval"][1]
    assert (figures["refusal"], figures["refusal_en"], figures["refusal_zh"]) == (0.5, 1.0, 0.0)
    assert figures["seconds_per_answer"] == 1.5


def test_files_of_both_languages_are_read_and_spread_evenly(tmp_path: Path) -> None:
    rows = [
        {"query": f"Q{number}", "answer": "A", "positive": ["p", "q"], "negative": ["n"]}
        for number in range(10)
    ]
    for name in ("zh_fact.json", "en.json"):
        (tmp_path / name).write_text("\n".join(json.dumps(row) for row in rows))
    (tmp_path / "other.json").write_text('{"something": "else"}')

    found = answers.files(tmp_path)
    english, chinese = found["en.json"], found["zh_fact.json"]

    assert (english[0].language, chinese[0].language) == ("en", "zh")
    assert list(found) == ["en.json", "zh_fact.json"]
    assert [each.text for each in labelled_files.spread(english, 5)] == ["Q0", "Q2", "Q4", "Q6", "Q8"]


@pytest.mark.parametrize("noise", [0.0, 0.4, 0.6, 0.8])
def test_a_question_that_needs_two_passages_is_shown_one_of_each_part(noise: float, tmp_path: Path) -> None:
    parts = [["first, once", "first, twice", "first, again", "first, anew", "first, more"], ["second"]]
    row = {"query": "Q?", "answer": [["A"], ["B"]], "positive": parts, "negative": NEGATIVE}
    (tmp_path / "en_int.json").write_text(json.dumps(row))

    [asked] = answers.files(tmp_path)["en_int.json"]
    shown = asked.passages(noise)

    assert len(shown) == 5
    assert {"first, once", "second"} <= set(shown)
    assert set(asked.passages(answers.ONLY_NOISE)) <= set(NEGATIVE)

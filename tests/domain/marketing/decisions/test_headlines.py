"""Which of two headlines more people click."""

import numpy as np
import pytest

from domain.marketing.decisions.headlines import (
    MAX_CHARACTERS,
    MAX_PAIRS_PER_TEST,
    HeadlineModel,
    HeadlineTest,
)


def made_tests(count: int, seed: int, hook: str, plain: str) -> list[HeadlineTest]:
    """In each test two headlines about the same, one of which begins with the hook and is clicked more."""
    chance = np.random.default_rng(seed)
    tests = []
    for _ in range(count):
        subject = " ".join(chance.choice(["tea", "cups", "spring", "water", "leaf", "pots"], 3))
        tests.append(
            HeadlineTest.from_counts(
                [f"{plain} {subject}", f"{hook} {subject}"],
                [2_000, 2_000],
                chance.binomial(2_000, [0.02, 0.03]),
            )
        )
    return tests


@pytest.mark.parametrize(("hook", "plain"), [("This is why", "News about"), ("太惊喜了", "关于")])
def test_what_wins_in_tests_is_told_of_new_headlines(hook: str, plain: str) -> None:
    model = HeadlineModel.learn(made_tests(60, 0, hook, plain))

    scores = model.scores([f"{plain} green mountains", f"{hook} green mountains"])

    assert scores[1] > scores[0]


def test_pairs_say_how_sure_their_difference_is() -> None:
    test = HeadlineTest.from_counts(["one", "two", "two"], [1_000, 1_000, 1_000], [20, 40, 41])
    pairs = test.pairs()

    assert [(one, other) for one, other, _ in pairs] == [("one", "two"), ("one", "two")]
    assert pairs[1][2] == pytest.approx(-2.6217, abs=0.001)


def test_headlines_that_nobody_saw_or_clicked_teach_nothing() -> None:
    tests = [
        HeadlineTest.from_counts([f"a {n}", f"b {n}", f"c {n}"], [0, 100, 100], [0, 0, 0]) for n in range(50)
    ]

    assert {z for test in tests for _, _, z in test.pairs()} == {0.0}
    with pytest.raises(ValueError, match="at least 20 pairs"):
        HeadlineModel.learn(tests)
    with pytest.raises(ValueError, match="at least 20 pairs"):
        HeadlineModel.learn([])


def test_a_test_of_hundreds_of_variants_has_as_many_pairs_as_the_limit() -> None:
    names = [f"headline {n}" for n in range(60)]

    assert len(HeadlineTest.from_counts(names, [100] * 60, list(range(60))).pairs()) == MAX_PAIRS_PER_TEST


def test_empty_endless_and_odd_headlines_have_a_score() -> None:
    model = HeadlineModel.learn(made_tests(40, 1, "This is why", "News about"))

    scores = model.scores(["", " ", "x" * 10 * MAX_CHARACTERS, "🎉\0", "？！"])

    assert np.isfinite(scores).all()
    assert len(model.scores([])) == 0


@pytest.mark.parametrize(
    ("impressions", "clicks"),
    [([10], [1]), ([10, 10], [1, 11]), ([10, 10], [1, -1]), ([10, float("nan")], [1, 1])],
)
def test_counts_that_cannot_be_are_refused(impressions: list[float], clicks: list[float]) -> None:
    with pytest.raises(ValueError, match=r"impressions|clicks"):
        HeadlineTest.from_counts(["a", "b"], impressions, clicks)

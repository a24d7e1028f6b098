"""The simulator keeps to its truth, and what learns from it finds that truth."""

from datetime import timedelta

import numpy as np
import pytest

from apps.marketing.campaigns.simulation import Answer, Simulator, Truth
from domain.marketing.decisions.bandits import ThompsonBandit
from domain.marketing.decisions.experiments import rate_lift

TRUTH = Truth(clicks=((0.05, 0.12, 0.20), (0.18, 0.08, 0.06)), base_rates=(0.04, 0.06))


def types(answers: list[Answer]) -> list[str]:
    return [answer.type for answer in answers]


def test_the_same_seed_gives_the_same_people() -> None:
    first, second = (
        [Simulator(TRUTH, seed=7).answers(0, 2) for _person in range(1)]
        + Simulator(TRUTH, seed=7).segments([1, 2], 5)
        for _run in range(2)
    )

    assert first == second


def test_rates_come_out_as_the_truth_says() -> None:
    people, simulator = 20_000, Simulator(TRUTH, seed=1)
    clicks = conversions = 0

    for number in range(people):
        if number % 500 == 0:
            simulator.next_day()
        told = types(simulator.answers(0, 2))
        clicks += "click" in told
        conversions += "conversion" in told

    assert clicks / people == pytest.approx(0.20, abs=0.015)
    assert conversions / people == pytest.approx(TRUTH.conversion_rate(0, 2), abs=0.01)


def test_whoever_gets_no_message_neither_opens_nor_clicks() -> None:
    simulator = Simulator(TRUTH, seed=2)

    told = {name for _person in range(3000) for name in types(simulator.answers(1, None))}

    assert told == {"conversion"}


def test_nothing_happens_before_the_message_and_a_click_follows_its_opening() -> None:
    simulator = Simulator(TRUTH, seed=3)

    for _person in range(2000):
        answers = simulator.answers(0, 2)
        assert all(answer.after >= timedelta() for answer in answers)
        by_type = {answer.type: answer.after for answer in answers}
        if "click" in by_type:
            assert by_type["open"] < by_type["click"]


@pytest.mark.parametrize("segment", [0, 1])
def test_thompson_sampling_finds_the_best_arm_of_each_segment(segment: int) -> None:
    simulator, bandit = Simulator(TRUTH, seed=4), ThompsonBandit(3)
    chance, chosen = np.random.default_rng(4), []

    for number in range(4000):
        if number % 200 == 0:
            simulator.next_day()
        arm = bandit.choose(chance)
        chosen.append(arm)
        bandit.learn(arm, "click" in types(simulator.answers(segment, arm)))

    last = chosen[-1000:]
    assert last.count(TRUTH.best_arm(segment)) / len(last) > 0.9
    assert int(np.argmax(bandit.posteriors.means)) == TRUTH.best_arm(segment)


@pytest.mark.slow
def test_the_interval_of_the_lift_covers_the_true_one() -> None:
    """In 95 of 100 experiments as it says, within what chance leaves of that in 60 of them."""
    covered, experiments, people = 0, 60, 1500
    for seed in range(experiments):
        simulator = Simulator(Truth(TRUTH.clicks, TRUTH.base_rates, noise=0.0), seed=seed)
        control = sum("conversion" in types(simulator.answers(0, None)) for _person in range(people))
        shown = sum("conversion" in types(simulator.answers(0, 2)) for _person in range(people))
        lift = rate_lift((control, people), (shown, people))
        assert lift
        covered += lift.low <= TRUTH.lift(0, 2) <= lift.high

    assert covered >= 51


@pytest.mark.parametrize(
    "values",
    [
        {"clicks": (), "base_rates": ()},
        {"clicks": ((0.1,), (0.1, 0.2)), "base_rates": (0.1, 0.1)},
        {"clicks": ((0.1,),), "base_rates": (1.5,)},
    ],
)
def test_a_truth_that_cannot_be_is_refused(values: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(ValueError, match="rate"):
        Truth(**values)  # type: ignore[arg-type]

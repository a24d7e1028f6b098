"""What is known of the arms after their trials."""

import numpy as np
import pytest

from domain.marketing.decisions.posteriors import MAX_ARMS, BetaPosteriors


def test_arms_that_saw_the_same_are_as_likely_to_be_best() -> None:
    posteriors = BetaPosteriors.after([30, 30, 30], [1000, 1000, 1000])

    assert posteriors.probabilities_best() == pytest.approx([1 / 3] * 3)
    assert posteriors.means == pytest.approx([31 / 1002] * 3)


def test_probability_of_being_best_and_expected_loss_are_those_of_many_draws() -> None:
    posteriors = BetaPosteriors.after([20, 28, 3], [1000, 1100, 80])
    draws = np.random.default_rng(0).beta(posteriors.alpha, posteriors.beta, (200_000, 3))

    best = np.bincount(draws.argmax(axis=1), minlength=3) / len(draws)
    losses = (draws.max(axis=1, keepdims=True) - draws).mean(axis=0)

    assert posteriors.probabilities_best() == pytest.approx(best, abs=0.005)
    assert posteriors.probabilities_best().sum() == pytest.approx(1)
    assert posteriors.expected_losses() == pytest.approx(losses, abs=0.0005)


def test_an_arm_without_traffic_is_unknown_and_not_bad() -> None:
    posteriors = BetaPosteriors.after([0, 10], [0, 1000])
    low, high = posteriors.intervals()[0]

    assert (low, high) == pytest.approx((0.025, 0.975))
    assert posteriors.probabilities_best()[0] > 0.9


def test_one_arm_is_the_best_and_costs_nothing() -> None:
    posteriors = BetaPosteriors.after([0], [5])

    assert posteriors.probabilities_best().tolist() == [1]
    assert posteriors.expected_losses() == pytest.approx([0], abs=1e-3)


def test_credible_intervals_cover_the_true_rate_as_often_as_they_say() -> None:
    chance = np.random.default_rng(1)
    rates = chance.uniform(0.01, 0.2, 90)
    covered = []
    for _ in range(20):
        intervals = BetaPosteriors.after(chance.binomial(500, rates), [500] * 90).intervals()
        covered.append((intervals[:, 0] <= rates) & (rates <= intervals[:, 1]))

    assert 0.93 <= np.mean(covered) <= 0.97


@pytest.mark.parametrize(
    ("successes", "trials"),
    [
        ([], []),
        ([1], [1, 2]),
        ([3], [2]),
        ([-1], [2]),
        ([float("nan")], [2]),
        ([1], [float("inf")]),
        ([[1]], [[2]]),
        ([0] * (MAX_ARMS + 1), [1] * (MAX_ARMS + 1)),
    ],
)
def test_counts_that_cannot_be_are_refused(successes: list[float], trials: list[float]) -> None:
    with pytest.raises(ValueError, match=r"rows|successes|trials|arms"):
        BetaPosteriors.after(successes, trials)


def test_counts_of_hundreds_of_millions_stay_numbers() -> None:
    posteriors = BetaPosteriors.after([4e8, 4.01e8, 0], [1e9, 1e9, 1e9])

    assert posteriors.probabilities_best() == pytest.approx([0, 1, 0], abs=1e-6)
    assert np.isfinite(posteriors.intervals()).all()

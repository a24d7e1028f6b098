"""Which arm comes next, for everybody and segment by segment."""

import numpy as np
import pytest

from domain.marketing.decisions.bandits import SegmentPosteriors, ThompsonBandit, ThompsonShares
from domain.marketing.decisions.posteriors import BetaPosteriors


def test_thompson_sampling_comes_to_the_best_arm() -> None:
    rates = np.array([0.05, 0.12, 0.25])
    shares = []
    for seed in range(5):
        chance, bandit = np.random.default_rng(seed), ThompsonBandit(3)
        arms = []
        for _ in range(1500):
            arm = bandit.choose(chance)
            bandit.learn(arm, float(chance.random() < rates[arm]))
            arms.append(arm)
        shares.append(np.mean(np.array(arms[750:]) == 2))

    assert np.mean(shares) > 0.9


def test_an_event_of_no_weight_teaches_nothing_and_one_that_is_no_number_is_refused() -> None:
    bandit = ThompsonBandit(2)
    bandit.learn(0, 1, weight=0)

    assert bandit.posteriors.means.tolist() == [0.5, 0.5]
    for success, weight in ((float("nan"), 1.0), (2, 1), (1, -1), (1, float("nan")), (1, float("inf"))):
        with pytest.raises(ValueError, match="success"):
            bandit.learn(0, success, weight=weight)
    with pytest.raises(ValueError, match="at least one"):
        ThompsonBandit(0)


def test_shares_are_the_probabilities_of_being_best_with_a_floor_under_them() -> None:
    posteriors = BetaPosteriors.after([10, 60, 0], [500, 500, 500])
    thompson = ThompsonShares.of_posteriors(posteriors)

    assert thompson.shares.sum() == pytest.approx(1)
    assert thompson.shares == pytest.approx([0.01, 0.98, 0.01], abs=1e-4)
    assert ThompsonShares.of_posteriors(BetaPosteriors.after([0], [0])).shares.tolist() == [1]


def test_people_are_split_by_the_shares_that_are_kept_as_propensities() -> None:
    thompson = ThompsonShares.of_posteriors(BetaPosteriors.after([20, 26], [500, 500]))
    arms = thompson.choose(20_000, np.random.default_rng(0))

    assert np.bincount(arms) / 20_000 == pytest.approx(thompson.shares, abs=0.01)
    assert len(thompson.choose(0, np.random.default_rng(0))) == 0


def test_a_segment_of_one_says_what_all_say_and_a_large_one_what_it_saw() -> None:
    segments = SegmentPosteriors.after(
        [[50, 100], [55, 98], [1, 0], [400, 100]], [[1000, 1000], [1000, 1000], [1, 1], [1000, 1000]]
    ).segments

    assert segments[2].means[1] == pytest.approx(298 / 3000, abs=0.01)
    assert segments[3].means[0] == pytest.approx(0.4, abs=0.02)


def test_segments_that_are_alike_are_shrunk_harder_than_those_that_differ() -> None:
    chance = np.random.default_rng(0)
    trials = np.full((12, 2), 400)
    alike = SegmentPosteriors.after(chance.binomial(400, 0.1, (12, 2)), trials)
    different = SegmentPosteriors.after(
        chance.binomial(400, chance.uniform(0.02, 0.6, (12, 1)).repeat(2, axis=1)), trials
    )

    assert alike.strengths.min() > 10 * different.strengths.max()


def test_shrinkage_is_nearer_to_the_truth_than_segments_alone() -> None:
    chance = np.random.default_rng(3)
    rates = chance.beta(10, 90, (40, 3))
    trials = chance.integers(5, 120, (40, 3))
    successes = chance.binomial(trials, rates)

    shrunk = np.array([each.means for each in SegmentPosteriors.after(successes, trials).segments])

    assert np.abs(shrunk - rates).mean() < 0.6 * np.abs(successes / trials - rates).mean()


def test_the_only_segment_is_not_counted_twice() -> None:
    (segment,) = SegmentPosteriors.after([[3, 0]], [[10, 0]]).segments

    assert (segment.alpha.tolist(), segment.beta.tolist()) == ([4, 1], [8, 1])


def test_tables_that_do_not_fit_are_refused() -> None:
    for successes, trials in (([[1]], [[1, 2]]), ([[2]], [[1]]), ([[]], [[]]), ([[float("nan")]], [[1]])):
        with pytest.raises(ValueError, match=r"successes|trials"):
            SegmentPosteriors.after(successes, trials)

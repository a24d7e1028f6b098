"""What a policy would have earned, on logs whose answer is known."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from domain.marketing.decisions.arrays import Floats
from domain.marketing.decisions.off_policy import (
    DecisionLog,
    Estimate,
    choose_policy,
    doubly_robust,
    doubly_robust_gain,
    ips,
    snips,
)

RATES = np.array([[0.1, 0.2, 0.3], [0.4, 0.2, 0.1]])
"""By kind of person and action."""


def logged(seed: int, rows: int = 3_000, rates: Floats = RATES) -> tuple[DecisionLog, Floats, Floats]:
    """The log of a policy that prefers action 0, the kind of each person, and the true rates of each row."""
    chance = np.random.default_rng(seed)
    kinds = chance.integers(0, len(rates), rows)
    shares = np.array([0.5, 0.3, 0.2])
    actions = chance.choice(3, rows, p=shares)
    rewards = (chance.random(rows) < rates[kinds, actions]).astype(float)
    log = DecisionLog.from_rows(actions, rewards, shares[actions], action_count=3)
    return log, kinds, rates[kinds]


def best_for_each(kinds: Floats) -> Floats:
    return np.eye(3)[np.where(kinds == 0, 2, 0)]


@pytest.mark.parametrize(
    ("estimator", "logs"),
    [(ips, 150), (snips, 150), (doubly_robust, 150), (partial(doubly_robust, interval="bootstrap"), 25)],
)
def test_the_interval_covers_the_true_value_as_often_as_it_says(
    estimator: Callable[..., Estimate], logs: int
) -> None:
    covered, values = [], []
    for seed in range(logs):
        log, kinds, _ = logged(seed, 800)
        estimate = estimator(log, best_for_each(kinds))
        covered.append(estimate.low <= 0.35 <= estimate.high)
        values.append(estimate.value)
        assert estimate.mean_weight == pytest.approx(1, abs=0.25)

    assert np.mean(covered) >= 0.9
    assert np.mean(values) == pytest.approx(0.35, abs=0.015)


def test_good_predictions_make_the_doubly_robust_interval_narrower() -> None:
    log, kinds, truth = logged(0)
    policy = best_for_each(kinds)
    widths = [each.high - each.low for each in (ips(log, policy), doubly_robust(log, policy, truth))]

    assert widths[1] < 0.9 * widths[0]


def test_predictions_that_are_wrong_do_not_move_the_estimate() -> None:
    values = []
    for seed in range(40):
        log, kinds, truth = logged(seed)
        values.append(doubly_robust(log, best_for_each(kinds), truth + 0.3).value)

    assert np.mean(values) == pytest.approx(0.35, abs=0.01)


def test_propensities_that_are_not_those_of_the_log_show_in_the_mean_weight() -> None:
    log, _, _ = logged(0)
    wrong = DecisionLog.from_rows(log.actions, log.rewards, np.full(3_000, 1 / 3), action_count=3)
    estimate = ips(wrong, wrong.single(0))

    assert estimate.mean_weight == pytest.approx(1.5, abs=0.1)
    assert "mean_weight" in estimate.warnings
    assert doubly_robust(log, log.single(0)).warnings == ()


def test_thin_support_is_warned_of() -> None:
    rows = 1_000
    actions = np.r_[np.zeros(rows - 5), np.ones(5)]
    log = DecisionLog.from_rows(actions, np.ones(rows), np.where(actions, 0.005, 0.995), action_count=3)

    assert set(snips(log, log.single(1)).warnings) == {"few_effective_rows", "unsupported_actions"}
    assert set(ips(log, log.single(2)).warnings) == {
        "few_effective_rows",
        "unsupported_actions",
        "mean_weight",
    }
    with pytest.raises(ValueError, match="none of the actions"):
        snips(log, log.single(2))


def test_a_policy_that_gains_nothing_does_not_go_live() -> None:
    equal = np.array([[0.1, 0.2, 0.3], [0.1, 0.2, 0.3]])
    live = []
    for seed in range(100):
        log, kinds, truth = logged(seed, 2_000, equal)
        noise = np.eye(3)[np.random.default_rng(seed).integers(1, 3, len(kinds))]
        choice = choose_policy(log, {"noise": noise}, truth)
        assert choice.best_action == 2
        live.append(choice.policy is not None)

    assert np.mean(live) <= 0.03


def test_a_policy_that_surely_gains_goes_live_and_the_better_of_two_is_taken() -> None:
    log, kinds, truth = logged(2, 6_000)
    half = np.where((np.arange(6_000) % 2 == 0)[:, None], best_for_each(kinds), log.single(0))

    choice = choose_policy(log, {"half": half, "whole": best_for_each(kinds)}, truth)

    assert (choice.policy, choice.best_action) == ("whole", 0)
    assert choice.gains["half"].low > 0
    assert choose_policy(log, {}, truth).policy is None


def test_a_policy_that_the_log_does_not_support_does_not_go_live() -> None:
    chance = np.random.default_rng(0)
    actions = np.r_[np.zeros(2_000), np.ones(4)]
    log = DecisionLog.from_rows(
        actions, np.r_[chance.random(2_000) < 0.1, [1] * 4], [0.5] * 2_004, action_count=3
    )
    promised = np.tile([0.1, 0.1, 0.9], (2_004, 1))

    choice = choose_policy(log, {"promised": log.single(2)}, promised)

    assert choice.best_action == 0
    assert choice.gains["promised"].low > 0
    assert "unsupported_actions" in choice.gains["promised"].warnings
    assert choice.policy is None


def test_a_log_without_any_reward_is_worth_nothing() -> None:
    log = DecisionLog.from_rows([0, 1, 0, 1], [0, 0, 0, 0], [0.5] * 4, action_count=2)
    for interval in ("normal", "bootstrap"):
        estimate = doubly_robust(log, log.single(1), interval=interval)
        assert (estimate.value, estimate.low, estimate.high) == (0, 0, 0)


@pytest.mark.parametrize(
    ("actions", "rewards", "propensities"),
    [
        ([0], [1], [0]),
        ([0], [1], [1.1]),
        ([0], [1], [float("nan")]),
        ([0], [float("nan")], [0.5]),
        ([2], [1], [0.5]),
        ([-1], [1], [0.5]),
        ([0.5], [1], [0.5]),
        ([0, 1], [1], [0.5]),
        ([], [], []),
    ],
)
def test_rows_that_cannot_be_are_refused(
    actions: list[float], rewards: list[float], propensities: list[float]
) -> None:
    with pytest.raises(ValueError, match=r"actions|rewards|propensities"):
        DecisionLog.from_rows(actions, rewards, propensities, action_count=2)


def test_a_policy_that_is_none_is_refused() -> None:
    log = DecisionLog.from_rows([0, 1], [0, 1], [0.5, 0.5], action_count=2)
    for policy in ([[1, 1], [0, 1]], [[1, 0]], [[2, -1], [1, 0]], [[float("nan"), 1], [1, 0]]):
        with pytest.raises(ValueError, match="policy"):
            ips(log, policy)
    with pytest.raises(ValueError, match="predictions"):
        doubly_robust(log, log.single(0), [[1.0]])


def test_a_gain_is_what_the_policy_brings_more_than_another_one() -> None:
    covered = []
    for seed in range(100):
        log, kinds, truth = logged(seed, 1_000)
        gain = doubly_robust_gain(log, best_for_each(kinds), log.single(1), truth)
        covered.append(gain.low <= 0.35 - 0.2 <= gain.high)

    assert np.mean(covered) >= 0.9

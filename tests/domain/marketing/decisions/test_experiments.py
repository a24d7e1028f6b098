"""Whether an experiment may be believed and ended."""

import numpy as np
import pytest

from domain.marketing.decisions.experiments import (
    Moments,
    check_sample_ratio,
    in_same_mix,
    is_guardrail_breached,
    judge,
    mean_lift,
    rate_difference,
    rate_lift,
    stratified_lift,
    trials_needed,
)


def test_a_split_as_planned_is_hardly_ever_called_broken() -> None:
    counts = np.random.default_rng(0).multinomial(9_000, [0.5, 0.3, 0.2], 2_000)

    broken = [check_sample_ratio(each, [0.5, 0.3, 0.2]).is_mismatch for each in counts]

    assert np.mean(broken) < 0.005


def test_a_split_that_loses_people_is_broken_and_has_no_winner() -> None:
    assert check_sample_ratio([5000, 5300], [1, 1]).p_value == pytest.approx(0.0031, abs=0.0002)
    assert check_sample_ratio([50_000, 51_500], [1, 1]).is_mismatch

    verdict = judge([5000, 9000], [50_000, 51_500], min_trials=1000, planned_shares=[1, 1])

    assert (verdict.state, verdict.winner) == ("broken_split", None)


def test_people_in_an_arm_that_was_not_planned_break_the_split() -> None:
    assert check_sample_ratio([100, 100, 1], [1, 1, 0]).is_mismatch
    assert not check_sample_ratio([0, 0], [1, 1]).is_mismatch
    assert not check_sample_ratio([7], [1]).is_mismatch
    with pytest.raises(ValueError, match="not all be 0"):
        check_sample_ratio([1, 2], [0, 0])


def test_nobody_wins_below_the_stated_sample() -> None:
    assert judge([0, 90], [100, 100], min_trials=101).state == "too_few_trials"
    assert judge([0, 90], [100, 100], min_trials=100).winner == 1
    assert judge([0, 90, 0], [100, 100, 0], min_trials=100).state == "too_few_trials"
    assert judge([90], [100], min_trials=1).state == "too_few_trials"


def test_an_arm_does_not_win_by_the_segments_that_it_was_shown_in() -> None:
    successes, trials = [[200, 20], [2, 20]], [[1000, 100], [100, 1000]]
    pooled = judge(np.sum(successes, axis=0), np.sum(trials, axis=0), min_trials=500)
    assert (pooled.state, pooled.winner) == ("winner", 0)

    mixed, worth = in_same_mix(successes, trials)
    verdict = judge(mixed, worth, min_trials=500, people=[1100, 1100])

    assert verdict.state == "running"
    assert mixed / worth == pytest.approx([0.11, 0.11])
    assert (worth < 1100).all()
    assert np.array(in_same_mix([[3, 4]], [[10, 20]])).tolist() == [[3, 4], [10, 20]]
    assert np.array(in_same_mix([[3, 4], [1, 0]], [[10, 20], [5, 0]])).tolist()[1] == pytest.approx([10, 20])
    assert np.array(in_same_mix([[3, 0], [1, 0]], [[10, 0], [5, 0]])).tolist() == [[4, 0], [15, 0]]
    with pytest.raises(ValueError, match="more successes"):
        in_same_mix([[3, 4]], [[2, 20]])


def test_arms_that_are_the_same_end_as_equal() -> None:
    assert judge([30_000, 30_010], [100_000, 100_000], min_trials=1000).state == "equal"


def test_daily_looks_at_two_equal_arms_seldom_name_a_winner() -> None:
    chance = np.random.default_rng(2)
    winners = 0
    for _ in range(20):
        daily = chance.binomial(300, 0.1, (20, 2)).cumsum(axis=0)
        states = [
            judge(successes, [300 * day] * 2, min_trials=3_841).state
            for day, successes in enumerate(daily, start=1)
        ]
        winners += "winner" in states

    assert winners / 20 <= 0.1


def test_a_real_lift_is_found_with_the_sample_that_was_asked_for() -> None:
    needed = trials_needed(0.1, 0.2)
    counts = np.random.default_rng(4).binomial(needed, [0.1, 0.12], (200, 2))

    found = [judge(each, [needed] * 2, min_trials=needed).winner == 1 for each in counts]

    assert trials_needed(0.1, 0.2, level=0.95) == 3_841
    assert np.mean(found) >= 0.8


def test_what_cannot_be_planned_is_refused() -> None:
    for rate, lift in ((0, 0.1), (0.1, 0), (0.9, 0.5), (float("nan"), 0.1)):
        with pytest.raises(ValueError, match="rates"):
            trials_needed(rate, lift)


def test_the_interval_of_a_lift_covers_the_truth() -> None:
    chance = np.random.default_rng(5)
    counts = chance.binomial(4_000, [0.05, 0.06], (2_000, 2))
    lifts = [rate_lift((control, 4_000), (arm, 4_000)) for control, arm in counts]

    assert np.mean([each is not None and each.low <= 0.2 <= each.high for each in lifts]) == pytest.approx(
        0.95, abs=0.015
    )


def test_a_lift_over_several_experiments_compares_each_with_its_own_control() -> None:
    # Twice the rate in both; added up, the large control of the better one would hide it.
    control, treated = ([10, 800], [1_000, 8_000]), ([160, 40], [8_000, 200])

    lift = stratified_lift(control, treated)

    assert lift
    assert lift.value == pytest.approx(1.0, abs=0.01)
    assert lift.low < 1.0 < lift.high
    together = rate_lift((sum(control[0]), sum(control[1])), (sum(treated[0]), sum(treated[1])))
    assert together
    assert together.value < -0.5


def test_one_stratum_says_what_its_two_rates_say_and_one_without_a_control_nothing() -> None:
    alone, pooled = (
        rate_lift((50, 1_000), (80, 1_000)),
        stratified_lift(([50, 0], [1_000, 0]), ([80, 9], [1_000, 10])),
    )

    assert alone
    assert pooled
    assert (pooled.value, pooled.low, pooled.high) == pytest.approx((alone.value, alone.low, alone.high))
    assert stratified_lift(([0], [0]), ([9], [10])) is None


def test_no_trials_have_no_lift_and_no_success_a_wide_one() -> None:
    assert rate_lift((0, 0), (3, 10)) is None
    lift = rate_lift((0, 1000), (5, 1000))
    assert lift is not None
    assert lift.low < 1 < lift.high < 1000
    with pytest.raises(ValueError, match="more successes"):
        rate_lift((3, 2), (0, 1))
    with pytest.raises(ValueError, match="finite"):
        rate_lift((float("nan"), 2), (0, 1))


def test_spend_is_compared_by_its_mean() -> None:
    chance = np.random.default_rng(6)
    covered = 0
    for _ in range(300):
        sides = [chance.exponential(mean, 2_000) * (chance.random(2_000) < 0.1) for mean in (100, 120)]
        moments = [Moments(len(each), each.sum(), (each**2).sum()) for each in sides]
        lift = mean_lift(*([each] for each in moments))
        assert lift is not None
        covered += lift.low <= 0.2 <= lift.high

    assert covered / 300 >= 0.92
    assert mean_lift([Moments(1, 5, 25)], [Moments(10, 5, 25)]) is None
    assert mean_lift([Moments(10, 0, 0)], [Moments(10, 5, 25)]) is None
    dear, cheap = (
        [Moments(n, n * 9.0, n * 100.0), Moments(m, m * 1.0, m * 4.0)] for n, m in ((900, 90), (90, 900))
    )
    alike = mean_lift(cheap, dear)
    assert alike is not None
    assert alike.value == pytest.approx(0)


def test_a_guardrail_is_breached_only_when_it_is_sure() -> None:
    assert is_guardrail_breached(rate_lift((100, 10_000), (200, 10_000)))
    assert not is_guardrail_breached(rate_lift((100, 10_000), (110, 10_000)))
    assert not is_guardrail_breached(rate_lift((100, 10_000), (200, 10_000)), max_increase=1.0)
    assert not is_guardrail_breached(None)


def test_the_interval_of_a_difference_covers_the_truth_also_of_small_unequal_sides() -> None:
    chance, covered = np.random.default_rng(11), 0
    for _ in range(400):
        control = [[chance.binomial(trials, 0.01), trials] for trials in (60, 900)]
        arm = [[chance.binomial(trials, 0.03), trials] for trials in (400, 500)]
        difference = rate_difference(control, arm)
        assert difference is not None
        covered += difference.low <= 0.02 <= difference.high

    assert covered / 400 >= 0.93


def test_a_difference_compares_only_people_of_the_same_stratum() -> None:
    """All together the arm has 0.11 and the control 0.22: only because it was given where everybody answers less."""
    difference = rate_difference([[1, 100], [240, 1000]], [[20, 1000], [25, 100]])

    assert difference is not None
    assert difference.value == pytest.approx(0.01, abs=1e-9)


def test_without_a_success_a_difference_is_unsure_and_without_a_control_there_is_none() -> None:
    difference = rate_difference([[0, 50]], [[0, 80]])
    assert difference is not None
    assert difference.low < 0 == difference.value < difference.high
    assert rate_difference([[0, 0]], [[3, 80]]) is None
    full = rate_difference([[7, 7], [3, 3]], [[9, 9], [1, 1]])
    assert full is not None
    assert full.value == 0
    with pytest.raises(ValueError, match="more successes"):
        rate_difference([[3, 2]], [[0, 80]])

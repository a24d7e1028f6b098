"""Metric series, value by value: spikes, shifts, a missing season, and input that is broken."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from domain.logs.detection.season import DAY_SECONDS, MAX_VALUES_PER_SLOT, SeasonalProfile
from domain.logs.detection.series import Episodes, SeriesDetector, SeriesScore
from domain.logs.detection.tails import MAX_HISTORY

STEP = 300
DAY = DAY_SECONDS // STEP


def scores(values: Iterable[float], times: Sequence[float] | None = None) -> list[SeriesScore]:
    detector = SeriesDetector()
    return [
        detector.update(float(value), times[place] if times else None) for place, value in enumerate(values)
    ]


def daily(days: int, *, seed: int = 0) -> np.ndarray:
    """Busy from eight to eighteen, every day."""
    places = np.arange(days * DAY)
    busy = (places % DAY > DAY // 3) & (places % DAY < 3 * DAY // 4)
    return 20 + 60 * busy + np.random.default_rng(seed).normal(size=len(places))


def times(count: int) -> list[float]:
    return [float(place * STEP) for place in range(count)]


def test_a_spike_is_far_more_surprising_than_noise() -> None:
    values = np.random.default_rng(3).normal(size=1000)
    values[800] = 12

    surprises = [each.surprise for each in scores(values)]

    assert int(np.argmax(surprises)) == 800
    assert scores(values)[800].p_value < 1e-3


def test_a_dip_counts_like_a_spike() -> None:
    values = 100 + np.random.default_rng(3).normal(size=1000)
    values[800] = 60

    assert int(np.argmax([each.surprise for each in scores(values)])) == 800


def test_a_day_without_its_busy_hours_is_seen_though_each_value_is_usual() -> None:
    values = daily(10)
    values[7 * DAY :] = 20 + np.random.default_rng(5).normal(size=3 * DAY)

    seen = scores(values, times(len(values)))

    first_missing = 7 * DAY + DAY // 3 + 1
    before = max(each.surprise for each in seen[5 * DAY : first_missing - 1])
    after = max(seen[first_missing : first_missing + 40], key=lambda each: each.surprise)
    assert after.surprise > before
    assert after.view in ("season", "season_mean")
    assert after.expectation is not None
    assert after.expectation > 50


def test_without_times_there_is_no_season_and_no_error() -> None:
    assert {each.view for each in scores(daily(4))} <= {"value", "recent"}


def test_a_busy_weekend_is_usual_from_its_fourth_time_on() -> None:
    profile = SeasonalProfile()
    for place in range(5 * 7 * 48):
        at = place * 1800.0
        profile.add(at, 100.0 if place // 48 % 7 == 6 else 10.0)

    sunday = (5 * 7 + 6) * DAY_SECONDS + 3600.0

    assert profile.expectation(5 * 7 * DAY_SECONDS + 3600.0) == 10
    for place in range(5 * 7 * 48, 5 * 7 * 48 + 6 * 48):
        profile.add(place * 1800.0, 10.0)
    assert profile.expectation(sunday) == 100


def test_values_that_are_no_numbers_change_nothing() -> None:
    values = list(np.random.default_rng(3).normal(size=300))
    broken = [each for value in values for each in (value, math.nan, math.inf)]

    assert scores(broken)[::3] == scores(values)
    assert all(each == SeriesScore() for each in scores(broken)[1::3])


def test_times_that_run_backwards_or_are_missing_do_not_stop_the_scores() -> None:
    values = daily(4)
    jumping = times(len(values))
    jumping[500:600] = [0.0] * 100
    jumping[700] = math.nan
    jumping[701] = -1e18

    seen = scores(values, jumping)

    assert len(seen) == len(values)
    assert all(math.isfinite(each.surprise) for each in seen)


def test_a_constant_series_is_never_surprising() -> None:
    assert max(each.surprise for each in scores([5.0] * 2000)) < 0.2


def test_an_empty_series_has_no_scores() -> None:
    assert scores([]) == []


def test_memory_stays_bounded() -> None:
    detector = SeriesDetector()
    for place in range(3 * MAX_HISTORY):
        detector.update(float(place % 97), float(place))

    assert all(len(tail) <= MAX_HISTORY for tail in detector._tails.values())
    assert len(detector._season._open_values) <= MAX_VALUES_PER_SLOT


def test_an_episode_raises_its_begin_and_its_growth_only() -> None:
    episodes = Episodes(values=5)

    raised = [episodes.surprise(each) for each in (1, 4, 3, 5, 4, 1, 1, 1, 1, 1, 2)]

    assert raised == [1, 4, 0, 5, 0, 0, 0, 0, 0, 0, 2]

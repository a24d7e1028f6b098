"""NAB's score, by cases whose value its paper names or its code gives."""

import numpy as np
import pytest

from benchmarks.metric_anomaly import LabelledScores, nab_result, probation_rows


def series(alarms: dict[int, float], windows: list[tuple[int, int]], rows: int = 1000) -> LabelledScores:
    scores = np.zeros(rows)
    for row, score in alarms.items():
        scores[row] = score
    return LabelledScores(scores, windows)


def test_a_detector_that_says_nothing_scores_0_and_a_perfect_one_100() -> None:
    windows = [(400, 499), (700, 799)]

    assert nab_result([series({}, windows)]).score == 0
    assert nab_result([series({400: 1, 700: 1}, windows)]).score == pytest.approx(100)


def test_an_early_alarm_is_worth_more_than_a_late_one() -> None:
    early, late = (nab_result([series({row: 1}, [(400, 499)])]).score for row in (410, 499))

    assert late < early < 100
    assert late == pytest.approx(51.3, abs=0.1)


def test_each_false_row_costs_eleven_hundredths_and_less_close_behind_a_window() -> None:
    far, close, before = (
        nab_result([series({400: 1, row: 1}, [(400, 499)])]).score for row in (950, 505, 300)
    )

    assert far == pytest.approx(100 - 11 / 2, abs=0.01)
    assert before == pytest.approx(100 - 11 / 2, abs=0.01)
    assert far < close < 100


def test_only_the_earliest_alarm_of_a_window_counts() -> None:
    assert nab_result([series({400: 1, 450: 1, 480: 1}, [(400, 499)])]).score == pytest.approx(100)


def test_the_rows_of_the_probation_cost_nothing() -> None:
    assert probation_rows(1000) == 150
    assert probation_rows(22_000) == 750
    assert nab_result([series({10: 1, 400: 1}, [(400, 499)])]).score == pytest.approx(100)


def test_one_threshold_is_chosen_for_all_series() -> None:
    first = series({400: 0.9, 300: 0.5}, [(400, 499)])
    second = series({400: 0.9, **dict.fromkeys(range(200, 300), 0.5)}, [(400, 499)])

    result = nab_result([first, second])

    assert result.threshold == 0.9
    assert result.score == pytest.approx(100)
    assert (result.found_windows, result.false_rows) == (2, 0)

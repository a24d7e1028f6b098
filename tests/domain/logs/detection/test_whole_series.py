"""A whole series at once: both sides of an odd stretch are known."""

import math

import numpy as np
import pytest

from domain.logs.detection import whole_series
from domain.logs.detection.whole_series import highest_peaks, whole_series_scores


def test_the_odd_stretch_of_a_series_has_the_highest_peak() -> None:
    values = np.sin(np.arange(3000) / 30) + np.random.default_rng(0).normal(scale=0.05, size=3000)
    values[2000:2050] = 2.5

    assert 1990 <= highest_peaks(whole_series_scores(values), 1)[0] <= 2060


def test_peaks_stand_apart() -> None:
    scores = np.array([0.0, 5.0, 4.0, 0.0, 0.0, 3.0, 0.0])

    assert highest_peaks(scores, 3, apart=3) == [1, 5]


@pytest.mark.parametrize("values", [[], [1.0], [math.nan] * 9, [3.0] * 200, [1.0, math.nan, math.inf] * 50])
def test_what_has_nothing_to_compare_has_finite_scores(values: list[float]) -> None:
    scores = whole_series_scores(values, [float(each) for each in range(len(values))])

    assert len(scores) == len(values)
    assert np.isfinite(scores).all()


def test_a_series_that_is_too_long_is_scored_in_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_series, "MAX_WINDOWS", 500)
    values = np.random.default_rng(0).normal(size=4999)
    values[3000:3100] = 9

    assert 2900 <= highest_peaks(whole_series_scores(values, np.arange(4999.0) * 300), 1)[0] <= 3200

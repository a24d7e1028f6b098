"""Numbers in lines against their own history."""

import math

import numpy as np
import pytest

from domain.logs.detection import parameters
from domain.logs.detection.parameters import ParameterDetector


def test_a_duration_ten_times_as_long_as_ever_is_an_outlier() -> None:
    detector = ParameterDetector()
    for value in np.random.default_rng(0).lognormal(mean=-4, sigma=0.3, size=800):
        detector.update("took", float(value), 0.0)

    [anomaly] = detector.update("took", 0.5, 1.0).anomalies

    assert anomaly.p_value < 1e-4
    assert anomaly.value == 0.5


def test_a_size_of_zero_is_an_outlier_among_large_ones() -> None:
    detector = ParameterDetector()
    for value in np.random.default_rng(0).lognormal(mean=15, sigma=0.5, size=800):
        detector.update("size", float(value), 0.0)

    assert detector.update("size", 0.0, 1.0).anomalies


def test_a_counter_may_grow_for_ever() -> None:
    detector = ParameterDetector()

    seen = [detector.update("id", 10_000.0 + place, 0.0).anomalies for place in range(3000)]

    assert sum(bool(each) for each in seen) <= 30  # of 3,000 asked about at one in a hundred


def test_a_constant_may_change_by_a_twentieth() -> None:
    detector = ParameterDetector()
    for _ in range(500):
        detector.update("port", 8000.0, 0.0)

    assert min((each.p_value for each in detector.update("port", 8100.0, 0.0).anomalies), default=1.0) > 1e-3


def test_what_is_no_number_is_not_asked_about() -> None:
    detector = ParameterDetector()

    assert detector.update("x", math.nan, 0.0).tests == 0
    assert detector.update("x", math.inf, 0.0).tests == 0
    assert detector.update("x", 1e308, 0.0).tests == 1


def test_parameters_without_end_stay_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "MAX_PARAMETERS", 50)
    detector = ParameterDetector()
    for place in range(1000):
        detector.update(f"p{place}", 1.0, 0.0)

    assert len(detector._parameters) == 50

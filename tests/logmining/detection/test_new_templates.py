"""New templates are odd where new ones are rare."""

import math

import pytest

from logmining.detection import new_templates
from logmining.detection.new_templates import NewTemplateDetector

DAY = 86_400.0


def test_a_new_template_after_a_day_of_known_ones_is_odd() -> None:
    detector = NewTemplateDetector()
    for place in range(20_000):
        assert not detector.update(f"t{place % 40}", place * 4.0).anomalies

    [anomaly] = detector.update("t-new", 80_000.0).anomalies

    assert anomaly.p_value < 0.01
    assert not detector.update("t-new", 80_001.0).anomalies


def test_where_every_line_is_new_none_is_odd() -> None:
    detector = NewTemplateDetector()

    assert not any(detector.update(f"t{place}", float(place)).anomalies for place in range(5000))


def test_what_was_new_yesterday_no_longer_hides_what_is_new_today() -> None:
    detector = NewTemplateDetector()
    for place in range(2000):
        detector.update(f"t{place}", float(place))
    detector.update("t1", 10 * DAY, lines=100_000)

    assert detector.update("t-new", 10 * DAY + 1).anomalies[0].p_value < 1e-3


def test_a_million_templates_and_no_times_stay_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_templates, "MAX_TEMPLATES", 100)
    detector = NewTemplateDetector()
    for place in range(5000):
        assert not detector.update(f"t{place}", math.nan).anomalies

    assert len(detector._known_templates) == 100

"""New templates are odd where new ones are rare."""

import math

import pytest

from domain.logs.detection import new_templates
from domain.logs.detection.budget import AlarmBudget
from domain.logs.detection.new_templates import NewTemplateDetector

HOUR, DAY = 3_600.0, 86_400.0


def watched(days: int) -> NewTemplateDetector:
    """Forty templates, each of which comes every minute."""
    detector = NewTemplateDetector()
    for minute in range(days * 24 * 60):
        for name in range(4):
            assert not detector.update(f"t{(4 * minute + name) % 40}", minute * 60.0).anomalies
    return detector


def test_a_new_template_after_a_week_of_known_ones_is_odd() -> None:
    detector = watched(7)

    [anomaly] = detector.update("t-new", 7 * DAY).anomalies

    assert anomaly.p_value == pytest.approx(0.5 / 169)
    assert not detector.update("t-new", 7 * DAY + 1).anomalies


@pytest.mark.parametrize(("days", "kinds", "is_told"), [(7, 7, True), (7, 4, True), (1, 4, False)])
def test_one_false_alarm_a_day_suffices_to_tell_of_it_after_a_quiet_week(
    days: int, kinds: int, is_told: bool
) -> None:
    detector, budget = NewTemplateDetector(), AlarmBudget(alarms_per_day=1)
    for hour in range(days * 24):
        others = [
            new_templates.Detections(kind, hour * HOUR, 10)
            for kind in ("rate", "level", "heartbeat", "session", "parameter", "metric")
        ]
        usual = [detector.update(name, hour * HOUR) for name in ("a", "b", "c")]
        assert not budget.alarms([*others[: kinds - 1], *usual])

    assert bool(budget.alarms([detector.update("t-new", days * DAY)])) is is_told


def test_a_source_that_has_one_every_day_raises_none_of_them() -> None:
    detector, budget = NewTemplateDetector(), AlarmBudget(alarms_per_day=1)
    raised = []
    for hour in range(28 * 24):
        names = ["a", "b", *([f"new-{hour}"] if hour % 24 == 7 else [])]
        raised += budget.alarms([detector.update(name, hour * HOUR) for name in names])

    assert raised == []


def test_where_every_line_is_new_none_is_odd() -> None:
    detector = NewTemplateDetector()

    assert not any(detector.update(f"t{place}", place * HOUR).anomalies for place in range(5000))


def test_what_was_new_last_month_no_longer_hides_what_is_new_today() -> None:
    detector = NewTemplateDetector()
    for place in range(2000):
        detector.update(f"once-{place}", float(place))
    for hour in range(1, 29 * 24):
        detector.update("t1", hour * HOUR)

    assert detector.update("t-new", 29 * DAY).anomalies[0].p_value < 1e-3


def test_a_template_that_comes_again_is_no_sign_of_more_to_come() -> None:
    detector = NewTemplateDetector()
    for name in range(300):
        detector.update(f"t{name}", 0.0)
    for hour in range(1, 169):
        for name in range(300):
            detector.update(f"t{name}", hour * HOUR)

    assert detector.update("t-new", 170 * HOUR).anomalies


def test_time_that_runs_backwards_asks_nothing_again() -> None:
    detector = NewTemplateDetector()

    assert [detector.update("a", time).tests for time in (HOUR, HOUR + 5, 0.0, 2 * HOUR)] == [1, 0, 0, 1]


def test_a_million_templates_and_no_times_stay_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(new_templates, "MAX_TEMPLATES", 100)
    detector = NewTemplateDetector()
    for place in range(5000):
        assert not detector.update(f"t{place}", math.nan).anomalies
    for place in range(5000):
        assert not detector.update(f"u{place}", float(place)).anomalies

    assert len(detector._known_templates) == 100
    assert len(detector._single_hours) == 100

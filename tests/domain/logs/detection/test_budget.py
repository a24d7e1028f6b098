"""So many alarms a day, whatever the detectors and however bad the day; and what people call no anomaly."""

import math

import numpy as np
import pytest

from domain.logs.detection.anomalies import Anomaly, Detections, Kind, Suppressions
from domain.logs.detection.budget import AlarmBudget
from domain.logs.detection.rates import RateDetector

DAY, MINUTE = 86_400.0, 60.0


def detections(kind: Kind, time: float, p_values: dict[str, float], *, tests: int = 0) -> Detections:
    found = [Anomaly(kind, subject, time, p_value) for subject, p_value in p_values.items()]
    return Detections(kind, time, tests or len(found), found)


def uniform_days(budget: AlarmBudget, days: int, *, tests_per_minute: int, seed: int = 0) -> list[int]:
    """What detectors hand on when nothing happens: probabilities of all sizes alike."""
    chance = np.random.default_rng(seed)
    alarms = [0] * days
    for minute in range(days * 24 * 60):
        p_values = chance.random(tests_per_minute)
        odd = {f"{minute}-{place}": float(each) for place, each in enumerate(p_values) if each <= 0.01}
        raised = budget.alarms([detections("rate", minute * MINUTE, odd, tests=tests_per_minute)])
        alarms[minute // (24 * 60)] += len(raised)
    return alarms


@pytest.mark.parametrize("tests_per_minute", [3, 50])
def test_quiet_days_have_about_as_many_alarms_as_the_budget_says(tests_per_minute: int) -> None:
    alarms = uniform_days(AlarmBudget(5), 8, tests_per_minute=tests_per_minute)

    assert 2 <= np.mean(alarms[1:]) <= 6
    assert max(alarms) <= 12


@pytest.mark.slow
def test_real_counts_of_twenty_services_keep_the_budget() -> None:
    budget, detector = AlarmBudget(5), RateDetector()
    chance = np.random.default_rng(4)
    alarms = 0
    for minute in range(1600):
        counts = {f"s{place}": int(chance.poisson(1 + 3 * place)) for place in range(20)}
        alarms += len(budget.alarms(detector.update(counts, minute * MINUTE)))

    assert alarms <= 10


def test_a_day_on_which_everything_breaks_brings_a_dozen_alarms_more() -> None:
    budget = AlarmBudget(5)
    broken = {f"service {place}": 1e-9 for place in range(1000)}

    assert 5 <= len(budget.alarms([detections("rate", 0.0, broken)])) <= 15


def test_what_goes_on_after_it_was_raised_is_more_of_the_same_and_a_later_burst_is_none() -> None:
    budget = AlarmBudget(100)
    [raised] = budget.alarms([detections("rate", 7200.0, {"link": 1e-6})])

    def of_link(begin: float, seconds: float) -> Anomaly:
        return Anomaly("rate", "link", begin, 1e-6, seconds=seconds)

    assert budget.was_raised(of_link(raised.time, 5 * 3600.0))
    assert budget.was_raised(of_link(raised.time - 600, 1800.0)), "a minute of a burst"
    assert not budget.was_raised(of_link(raised.time + 2 * 3600.0, 1800.0))
    assert not budget.was_raised(Anomaly("rate", "other", raised.time, 1e-6))


def test_the_rarest_come_first() -> None:
    budget = AlarmBudget(50)

    raised = budget.alarms([detections("rate", 0.0, {"a": 1e-6, "b": 1e-9, "c": 1e-7}, tests=100)])

    assert [each.subject for each in raised] == ["b", "c", "a"]


def test_a_detector_that_seldom_asks_may_be_less_sure() -> None:
    budget = AlarmBudget(10)
    budget.alarms([Detections("rate", 0.0, 100_000), Detections("session", 0.0, 100)])

    assert budget.threshold("session", 0.0) > 100 * budget.threshold("rate", 0.0)


def test_a_subject_is_quiet_for_an_hour_unless_it_gets_much_worse() -> None:
    budget = AlarmBudget(100)

    def raised(time: float, p_value: float) -> bool:
        return bool(budget.alarms([detections("rate", time, {"checkout": p_value})]))

    assert raised(0.0, 1e-6)
    assert not raised(600.0, 1e-6)
    assert raised(660.0, 1e-8)
    assert raised(2 * 3600.0, 1e-6)


def test_what_people_call_no_anomaly_is_not_raised_again_but_worse_is() -> None:
    budget = AlarmBudget(10)
    weekly_report = Anomaly("rate", "report", 0.0, 1e-6)
    budget.suppressions.suppress(weekly_report)

    assert budget.alarms([detections("rate", 0.0, {"report": 1e-6})]) == []
    [worse] = budget.alarms([detections("rate", 9000.0, {"report": 1e-12})])
    assert worse.p_value == pytest.approx(1e-6)


def test_a_suppression_can_be_lifted_and_there_are_not_endlessly_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("domain.logs.detection.anomalies.MAX_SUPPRESSIONS", 10)
    suppressions = Suppressions()
    for place in range(50):
        suppressions.suppress(Anomaly("rate", str(place), 0.0, 1e-6))
    again = Anomaly("rate", "49", 0.0, 1e-6)

    assert suppressions.rescore(again).p_value == 1
    assert suppressions.rescore(Anomaly("rate", "1", 0.0, 1e-6)).p_value == 1e-6
    suppressions.lift("rate", "49")
    assert suppressions.rescore(again).p_value == 1e-6


def test_times_that_run_backwards_or_are_none_do_not_refill_the_budget() -> None:
    budget = AlarmBudget(3)
    raised = 0
    for place in range(200):
        time = math.nan if place % 2 else DAY - place * 60
        raised += len(budget.alarms([detections("rate", time, {str(place): 1e-5})]))

    assert raised <= 12


@pytest.mark.parametrize("alarms_per_day", [0, -1, math.nan, math.inf])
def test_a_budget_is_a_positive_number(alarms_per_day: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        AlarmBudget(alarms_per_day)

"""Counts per minute, levels per hour, and heartbeats that stop."""

import math

import numpy as np

from domain.logs.detection import rates
from domain.logs.detection.anomalies import Anomaly, Detections
from domain.logs.detection.rates import HeartbeatDetector, RateDetector

MINUTE = 60.0


def anomalies(detections: list[Detections], kind: str) -> list[Anomaly]:
    return [anomaly for each in detections for anomaly in each.anomalies if anomaly.kind == kind]


def minutes(detector: RateDetector, counts: list[dict[str, int]], *, start: int = 0) -> list[Detections]:
    return [
        each for place, one in enumerate(counts) for each in detector.update(one, (start + place) * MINUTE)
    ]


def steady(count: int, *, rate: float = 20, seed: int = 1) -> list[dict[str, int]]:
    return [{"checkout": int(each)} for each in np.random.default_rng(seed).poisson(rate, size=count)]


def test_a_burst_is_found_in_its_minute_with_what_was_expected() -> None:
    detector = RateDetector()
    minutes(detector, steady(600))

    [burst] = anomalies(detector.update({"checkout": 90}, 600 * MINUTE), "rate")

    assert burst.subject == "checkout"
    assert burst.value == 90
    assert burst.p_value < 1e-4


def test_a_service_that_falls_silent_is_found() -> None:
    detector = RateDetector()
    minutes(detector, steady(600))

    [silence] = anomalies(detector.update({}, 600 * MINUTE), "rate")

    assert (silence.value, silence.p_value < 1e-3) == (0, True)


def test_usual_counts_are_hardly_ever_odd() -> None:
    seen = minutes(RateDetector(), steady(3000))

    assert sum(each.p_value < 1e-3 for each in anomalies(seen, "rate")) <= 9
    # A question for each minute, and one for each ten of them.
    assert 3000 < sum(each.tests for each in seen if each.kind == "rate") <= 3300


def test_a_rare_template_that_comes_once_more_is_less_odd_than_one_that_floods() -> None:
    detector = RateDetector()
    minutes(detector, [{"busy": 5, "rare": int(place % 500 == 499)} for place in range(1400)])

    once = anomalies(detector.update({"busy": 5, "rare": 1}, 1400 * MINUTE), "rate")
    flood = anomalies(detector.update({"busy": 5, "rare": 40}, 1401 * MINUTE), "rate")

    assert min((each.p_value for each in once), default=1.0) > 1e-3
    assert flood[0].p_value < 1e-3


def test_a_shift_that_no_minute_shows_is_found_by_the_hour() -> None:
    detector = RateDetector()
    minutes(detector, steady(70 * 60, rate=1.0))

    shifted = minutes(detector, steady(3 * 60, rate=2.0, seed=3), start=70 * 60)

    assert anomalies(shifted, "level")


def test_a_job_of_every_night_is_news_neither_the_second_time_nor_later() -> None:
    detector = RateDetector()
    nights = [
        {"probe": 1, "copied": 9 if place % 1440 in (150, 151, 152) else 0} for place in range(4 * 1440)
    ]

    seen = anomalies(minutes(detector, nights)[1440:], "rate")

    assert min(each.p_value for each in seen if each.time > 1440 * MINUTE) > 1e-3


def test_what_is_learnt_of_long_ago_is_what_would_be_left_of_it() -> None:
    """Busy days and quiet nights, of which the first two go by quickly."""
    day = [20 + 15 * math.sin(2 * math.pi * minute / 1440) for minute in range(1440)]
    counts = [{"checkout": int(each)} for each in np.random.default_rng(2).poisson(day * 4)]
    whole, quick = RateDetector(), RateDetector()
    minutes(whole, counts)
    for place, one in enumerate(counts[:2880]):
        quick.learn_season(one, place * MINUTE)
    minutes(quick, counts[2880:], start=2880)

    burst = {"checkout": 90}
    expected, found = whole.update(burst, 5760 * MINUTE), quick.update(burst, 5760 * MINUTE)

    assert anomalies(found, "rate") == anomalies(expected, "rate") != []


def test_minutes_that_come_late_or_without_a_time_are_left_out() -> None:
    detector = RateDetector()
    minutes(detector, steady(10))

    assert detector.update({"checkout": 10**9}, 3 * MINUTE) == []
    assert detector.update({"checkout": 10**9}, math.nan) == []
    assert detector.update({}, 10 * MINUTE)


def test_subjects_without_end_stay_bounded() -> None:
    detector = RateDetector()
    for place in range(5):
        detector.update({f"{place}-{each}": 1 for each in range(rates.MAX_SUBJECTS)}, place * MINUTE)

    assert len(detector._rates) == rates.MAX_SUBJECTS
    assert "4-0" in detector._rates


def test_a_heart_that_stops_is_overdue_until_it_is_acknowledged_or_beats() -> None:
    hearts = HeartbeatDetector()
    for place in range(100):
        hearts.beat("cron", place * 60.0 + place % 3)

    usual, late = hearts.overdue(99 * 60.0 + 50), hearts.overdue(99 * 60.0 + 1200)
    hearts.acknowledge("cron")

    assert not usual.anomalies
    assert usual.tests == 99
    assert [each.subject for each in late.anomalies] == ["cron"]
    assert late.anomalies[0].p_value < 1e-4
    assert not hearts.overdue(99 * 60.0 + 2400).anomalies
    hearts.beat("cron", 99 * 60.0 + 2500)
    assert hearts.overdue(99 * 60.0 + 500_000).anomalies


def test_what_never_came_regularly_is_never_overdue() -> None:
    hearts = HeartbeatDetector()
    chance = np.random.default_rng(0)
    for at in np.cumsum(chance.pareto(0.7, size=300) * 10):
        hearts.beat("rare", float(at))
    hearts.beat("once", 5.0)
    last = float(hearts._beats["rare"].last_time)

    assert not hearts.overdue(last + 2000).anomalies


def test_beats_out_of_order_do_not_count() -> None:
    hearts = HeartbeatDetector()
    hearts.beat("cron", 100.0)
    hearts.beat("cron", 40.0)
    hearts.beat("cron", math.nan)
    hearts.acknowledge("nobody")

    assert hearts._beats["cron"].last_time == 100
    assert len(hearts._beats["cron"].gaps) == 0


def test_it_is_known_when_a_silence_will_be_odd() -> None:
    detector = HeartbeatDetector()
    for minute in range(200):
        detector.beat("backup", 60.0 * minute)

    due = detector.due(1e-5)

    assert 199 * 60 + 120 < due < 199 * 60 + 1_200
    assert detector.overdue(due - 1).anomalies[0].p_value > 1e-5
    assert detector.overdue(due + 1).anomalies[0].p_value < 1e-5
    detector.acknowledge("backup")
    assert detector.due(1e-5) == float("inf")

"""What no minute shows, and half an hour does."""

import numpy as np

from domain.logs.detection import bursts
from domain.logs.detection.anomalies import Anomaly
from domain.logs.detection.bursts import BurstDetector

MINUTE = 60.0


def told(counts: list[dict[str, int]], detector: BurstDetector | None = None) -> list[Anomaly]:
    detector = detector or BurstDetector()
    seen = [detector.update(each, place * MINUTE) for place, each in enumerate(counts)]
    return [anomaly for each in seen if each for anomaly in each.anomalies]


def usual(minutes: int, **rates: float) -> list[dict[str, int]]:
    generator = np.random.default_rng(5)
    return [{name: int(generator.poisson(rate)) for name, rate in rates.items()} for _ in range(minutes)]


def test_a_link_that_fails_once_a_minute_is_found_from_its_first_to_its_last_minute() -> None:
    counts = usual(600, link=0.07, login=2.0)
    for place in range(403, 435):
        counts[place]["link"] += 1

    found = [each for each in told(counts) if each.p_value < 1e-4]

    assert {each.subject for each in found} == {"link"}
    last = found[-1]
    assert 400 <= last.time / MINUTE <= 404
    assert 435 <= (last.time + last.seconds) / MINUTE <= 440
    assert 32 <= (last.value or 0) <= 38
    assert {each.time for each in found} == {last.time}, "one burst, told again as it grows"


def test_usual_counts_are_hardly_ever_a_burst() -> None:
    counts = usual(7 * 1440, one=0.05, two=0.5, three=5.0)

    assert [each for each in told(counts) if each.p_value < 1e-4] == []


def test_what_comes_in_such_numbers_every_night_is_a_burst_once() -> None:
    counts = [
        {"probe": 1, "copied": 9 if place % 1440 in (300, 301, 302) else 0} for place in range(4 * 1440)
    ]

    assert {int(each.time // MINUTE) // 1440 for each in told(counts)} == {0}


def test_more_of_everything_is_load() -> None:
    counts = usual(480, read=1.0, write=1.0, login=1.0) + usual(60, read=5.0, write=5.0, login=5.0)

    assert [each for each in told(counts) if each.p_value < 1e-4] == []


def test_the_first_hours_of_a_source_raise_nothing() -> None:
    assert told(usual(120, link=0.0) + usual(30, link=3.0)) == []


def test_a_burst_that_does_not_end_is_how_it_is_by_now() -> None:
    found = told(usual(600, link=0.05, login=1.0) + usual(2 * 1440, link=2.0, login=1.0))

    assert found
    ends = max(each.time + each.seconds for each in found) / MINUTE
    assert ends <= 600 + 10 * bursts.MAX_BURST_SLOTS + 40


def test_a_subject_that_is_forgotten_takes_no_room() -> None:
    detector = BurstDetector()
    told(usual(30, link=1.0), detector)
    detector.forget("link")

    assert not detector._counts

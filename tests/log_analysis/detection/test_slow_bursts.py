"""What no minute shows and half an hour does: told as it grows, whole or batch by batch, and of work only where it tells
of trouble."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from apps.accounts.actors import Actor
from apps.core import ttl_cache
from apps.log_analysis.detection import services
from apps.log_analysis.detection.models import Detector, LogAnomaly
from apps.log_analysis.sources.models import LogSource
from tests.log_analysis.stored_lines import log_source, store

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
# A link that fails now and then.
USUAL_FAILURES = range(7, 360, 45)


@pytest.fixture
def source(alice_actor: Actor) -> LogSource:
    return log_source(alice_actor.organisation)


def entries(minutes: Iterable[int], text: str, second: int = 0, level: str = "INFO") -> list[str]:
    """One in each of the minutes."""
    moments = [START + timedelta(minutes=minute, seconds=second) for minute in minutes]
    return [f"{moment:%Y-%m-%d %H:%M:%S}.000 {level} [web] web: {text}" for moment in moments]


def usual(minutes: range) -> list[str]:
    failures = [minute for minute in minutes if minute in USUAL_FAILURES]
    return entries(minutes, "page was read") + entries(failures, "link to depot changed its state", 20)


def judge_file(source: LogSource, lines: list[str]) -> None:
    read = store(source, sorted(lines))
    services.judge(source, since=read.first_time, until=read.last_time, check=lambda: None)


def judge_batch(source: LogSource, lines: list[str]) -> None:
    read = store(source, sorted(lines), stream=lines[0])
    assert read.first_time
    assert read.last_time
    services.judge_stream(source, since=read.first_time, until=read.last_time, check=lambda: None)


def changes(minutes: Iterable[int]) -> list[str]:
    return entries(minutes, "link to depot changed its state", 40)


def told(detector: str = Detector.RATE) -> list[LogAnomaly]:
    rows = LogAnomaly.objects.filter(detector=detector, template__text__contains="depot")
    return list(rows.order_by("started_at"))


@pytest.mark.parametrize("is_same_worker", [True, False], ids=["the same worker", "a new worker"])
def test_a_burst_grows_as_long_as_a_stream_goes_on(source: LogSource, is_same_worker: bool) -> None:
    judge_batch(source, usual(range(300)))
    assert told() == []
    for begin in range(300, 400, 5):
        batch = range(begin, begin + 5)
        judge_batch(source, usual(batch) + changes(batch))
        if not is_same_worker:
            ttl_cache.clear_all()

    (burst,) = told()

    assert abs(burst.started_at - START - timedelta(minutes=300)) <= timedelta(minutes=2)
    # The last minute may have more to come.
    assert 90 <= burst.records_count <= 104
    assert burst.ended_at - burst.started_at >= timedelta(minutes=88)


def test_of_a_file_that_ends_within_a_burst_it_is_told_to_the_last_minute(source: LogSource) -> None:
    judge_file(source, usual(range(336)) + changes(range(300, 336)))

    (burst,) = told()

    assert 36 <= burst.records_count <= 38
    assert burst.ended_at >= START + timedelta(minutes=336)


@pytest.mark.parametrize(
    ("text", "level", "is_told"),
    [
        ("copied a picture of the depot", "INFO", False),
        ("cannot copy a picture of the depot", "INFO", True),
        ("copied a picture of the depot", "WARN", True),
    ],
)
def test_work_that_was_never_there_is_news_where_its_words_or_level_tell_of_trouble(
    source: LogSource, text: str, level: str, is_told: bool
) -> None:
    judge_file(source, usual(range(360)) + entries(range(300, 340), text, 40, level))

    slow = [each for each in told() if each.ended_at - each.started_at > timedelta(minutes=1)]

    assert bool(slow) is is_told


def test_what_was_there_before_and_comes_in_numbers_is_told_whatever_it_says(source: LogSource) -> None:
    judge_file(source, usual(range(360)) + changes(range(300, 340)))

    assert [each.records_count for each in told()] == [pytest.approx(41, abs=2)]

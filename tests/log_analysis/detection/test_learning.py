"""A worker that does not know a source learns its week; what says itself that it failed does not wait for that."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.core import ttl_cache
from apps.log_analysis.detection import services, source_detectors
from apps.log_analysis.detection.models import Detector, LogAnomaly
from apps.log_analysis.records.ingestion import Read
from apps.log_analysis.sources.models import LogSource
from tests.log_analysis.stored_lines import log_source, store

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def source(alice_actor: Actor) -> LogSource:
    return log_source(alice_actor.organisation, "pump")


@pytest.fixture
def newest(source: LogSource) -> Read:
    """Four hours of a line every ten seconds; then a burst of them and a failure, which nobody has looked at yet."""
    now = timezone.now().replace(second=0)
    moments = [now - timedelta(minutes=4, seconds=10 * number) for number in range(1440, 0, -1)]
    store(source, [f"{at:%Y-%m-%d %H:%M:%S}.000 INFO [pump] pump: alive and well" for at in moments])
    second = f"{now - timedelta(minutes=4):%Y-%m-%d %H:%M:%S}"
    lines = [f"{second}.{number:03} INFO [pump] pump: alive and well" for number in range(200)]
    failed_at = f"{now - timedelta(minutes=2):%Y-%m-%d %H:%M:%S}.000"
    ttl_cache.clear_all()
    return store(source, [*lines, f"{failed_at} ERROR [pump] pump: cannot reach the sea"], stream="spool")


def judged(source: LogSource, read: Read, **options: Any) -> bool:
    assert read.first_time
    assert read.last_time
    return services.judge_stream(
        source, since=read.first_time, until=read.last_time, check=lambda: None, **options
    )


def test_a_failure_is_told_before_anything_is_learnt(source: LogSource, newest: Read) -> None:
    assert newest.first_time
    assert newest.last_time

    assert services.judge_alert_lines(source, since=newest.first_time, until=newest.last_time) == 1

    assert LogAnomaly.objects.get().detector == Detector.ALERT_LINE


def test_learning_goes_on_where_it_stopped_until_the_burst_is_told(source: LogSource, newest: Read) -> None:
    turns = 1
    while not judged(source, newest, learn_seconds=0):
        assert not LogAnomaly.objects.exists()
        turns += 1

    # One minute each.
    assert 230 < turns < 250
    assert LogAnomaly.objects.get(detector=Detector.RATE).observed == 200


def test_what_a_worker_has_half_learnt_tells_nothing_of_a_file(source: LogSource, newest: Read) -> None:
    judged(source, newest, learn_seconds=0)
    start, end = timezone.now() - timedelta(hours=3), timezone.now()

    detectors = source_detectors.take(source, start, end, 5.0, is_whole=True)

    assert detectors.since < start.timestamp()

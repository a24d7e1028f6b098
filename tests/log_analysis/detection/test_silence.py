"""A source from which nothing comes any more is missed, though nothing came that would have made anybody look."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.actors import Actor
from apps.core import ttl_cache
from apps.log_analysis import pipeline
from apps.log_analysis.detection import services
from apps.log_analysis.detection.models import Detector, LogAnomaly
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.records import ingestion
from apps.log_analysis.sources.models import LogSource
from tests.log_analysis.stored_lines import log_source, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(alice_actor: Actor) -> LogSource:
    """Two hours of a line every ten seconds, the last one a minute ago."""
    source = log_source(alice_actor.organisation, "pump")
    last = timezone.now() - timedelta(minutes=1)
    moments = [last - timedelta(seconds=10 * number) for number in range(720)][::-1]
    lines = [f"{moment:%Y-%m-%d %H:%M:%S}.000 INFO [pump] pump: alive and well" for moment in moments]
    read = store(source, lines)
    source.last_record_at = last
    source.save()
    services.judge_stream(source, since=read.first_time, until=read.last_time, check=lambda: None)
    source.refresh_from_db()
    return source


def later(source: LogSource, minutes: float) -> None:
    """As if so much more time had gone by."""
    assert source.heartbeat_due_at
    source.heartbeat_due_at -= timedelta(minutes=minutes)
    source.save()


def test_it_is_known_when_a_source_will_be_missed(source: LogSource) -> None:
    assert source.heartbeat_due_at
    assert timedelta(0) < source.heartbeat_due_at - timezone.now() < timedelta(minutes=30)
    assert not LogSource.objects.silent()

    pipeline.judge_silent_sources()

    assert not LogAnomaly.objects.exists()


@pytest.mark.parametrize("is_same_worker", [True, False])
def test_a_silent_source_becomes_an_incident_once(source: LogSource, is_same_worker: bool) -> None:
    moment = source.heartbeat_due_at
    assert moment
    if not is_same_worker:
        ttl_cache.clear_all()

    for minutes in (1, 2):
        assert services.judge_silence(source, moment + timedelta(minutes=minutes)) == (minutes == 1)

    found = LogAnomaly.objects.get()
    assert (found.detector, found.template and found.template.text) == (Detector.HEARTBEAT, "alive and well")
    assert found.evidence[-1]["text"].endswith("alive and well")
    assert abs(found.started_at - source.last_record_at) < timedelta(minutes=2)  # type: ignore[operator]
    source.refresh_from_db()
    assert source.heartbeat_due_at is None


def test_the_last_record_is_none_of_a_clock_that_was_ahead() -> None:
    now = timezone.now()
    read = ingestion.Read(last_time=int(now.timestamp() * 1_000_000))

    assert ingestion.later(now + timedelta(days=365), read) == now
    assert ingestion.later(now + timedelta(minutes=5), read) == now + timedelta(minutes=5)


def test_the_task_looks_at_overdue_sources_alone(
    source: LogSource, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        pipeline.judge_silent_sources()
    source.heartbeat_due_at = timezone.now()
    source.save()

    pipeline.judge_silent_sources()

    source.refresh_from_db()
    assert source.heartbeat_due_at is None or source.heartbeat_due_at > timezone.now()
    for changes in ({"waiting_bytes": 7}, {"is_paused": True, "waiting_bytes": 0}):
        LogSource.objects.update(heartbeat_due_at=timezone.now(), **changes)
        assert not LogSource.objects.silent()


def test_a_silent_source_is_told_by_the_task(source: LogSource) -> None:
    """The clock of the test cannot go on, so the records are those of an hour ago."""
    ttl_cache.clear_all()
    source.last_record_at = timezone.now() - timedelta(minutes=1)
    LogSource.objects.update(heartbeat_due_at=timezone.now())
    from apps.log_analysis.templates.models import TemplateCount

    for row in TemplateCount.objects.all():
        row.minute -= timedelta(hours=1)
        row.save()

    pipeline.judge_silent_sources()

    assert LogAnomaly.objects.get().detector == Detector.HEARTBEAT
    assert Incident.objects.exists()


def test_records_of_last_month_leave_no_heart_to_miss(alice_actor: Actor) -> None:
    source = log_source(alice_actor.organisation, "archive")
    lines = [
        f"2025-01-01 0{number // 60}:{number % 60:02d}:00 INFO [pump] pump: alive" for number in range(300)
    ]
    read = store(source, lines)

    services.judge_stream(source, since=read.first_time, until=read.last_time, check=lambda: None)

    source.refresh_from_db()
    assert source.heartbeat_due_at is None

"""What arrives over the network: stored once, counted once and judged, whatever happens meanwhile."""

import errno
import gzip
import io
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.core.models import new_id
from apps.jobs import runs
from apps.jobs.models import Job
from apps.log_analysis import pipeline, stream_reading
from apps.log_analysis.detection import services as detection
from apps.log_analysis.detection.models import Detector
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.records import ingestion
from apps.log_analysis.records.record_times import TimeBounds
from apps.log_analysis.records.storage import log_reader, log_store
from apps.log_analysis.sources import services, spool
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates import services as templates
from apps.log_analysis.templates.models import LogTemplate, TemplateCount
from apps.privacy import retention_rules
from benchmarks.log_miners import memory_mb
from domain.logs.parsing.lines import MAX_LINE_CHARACTERS
from domain.logs.store import Filters, LogStore
from tests.conftest import ApiClient
from tests.log_analysis.conftest import START, line, shop_log

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """As if the process ended there."""


def send(actor: Actor, source: LogSource, content: bytes, form: str = "lines", encoding: str = "") -> None:
    services.receive_batch(actor, source, spool.Batch(form, encoding, content))


def read(source: LogSource) -> LogSource:
    """As a worker does, to the end of what waits."""
    source.refresh_from_db()
    assert source.job
    is_due = {"state": Job.State.QUEUED, "lease_expires_at": None, "available_at": timezone.now()}
    Job.objects.filter(pk=source.job.pk).update(finished_at=None, **is_due)
    runs.execute(source.job.pk)
    source.refresh_from_db()
    return source


def texts(source: LogSource) -> list[str]:
    records = log_reader().latest(Filters(organisation=str(source.organisation_id)), limit=5000)
    return sorted(record.text.decode() for record in records)


def counted() -> int:
    return sum(TemplateCount.objects.values_list("count", flat=True))


def fail_once(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, error: BaseException) -> None:
    """The first call does its work and then fails."""
    real = getattr(owner, name)

    def fail(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(owner, name, real)
        real(*arguments, **named)
        raise error

    monkeypatch.setattr(owner, name, fail)


@pytest.mark.slow
def test_a_stream_is_stored_counted_and_judged(source: LogSource, alice_actor: Actor) -> None:
    content = shop_log()
    middle = content.index(b"\n", len(content) // 2) + 1
    for part in (content[:middle], gzip.compress(content[middle:])):
        send(alice_actor, source, part, encoding="gzip" if part[:2] == b"\x1f\x8b" else "")

    source = read(source)

    lines = content.decode().splitlines()
    assert texts(source) == sorted(lines)
    assert (source.spool_offset, source.records_count, counted()) == (len(lines),) * 3
    assert (source.waiting_bytes, source.unjudged_since) == (0, None)
    assert "refused" in Incident.objects.get().title
    assert not spool.is_waiting(source)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (LogStore, "append"),
        (templates, "count"),
        (stream_reading.FolderReading, "_store"),
        (detection, "judge_stream"),
    ],
    ids=["stored", "counting", "counted", "judged"],
)
def test_a_worker_that_is_killed_loses_nothing_and_counts_nothing_twice(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    lines = shop_log(minutes=10, fault_at=5).decode().splitlines()
    send(alice_actor, source, "\n".join(lines[:100]).encode())
    fail_once(monkeypatch, owner, name, Killed())
    with pytest.raises(Killed):
        read(source)
    send(alice_actor, source, "\n".join(lines[100:]).encode())

    source = read(source)

    assert texts(source) == sorted(lines)
    assert (source.spool_offset, source.records_count, counted()) == (len(lines),) * 3
    assert sum(LogTemplate.objects.values_list("records_count", flat=True)) == len(lines)
    assert source.unjudged_since is None
    assert Incident.objects.count() == 1


def test_a_folder_that_was_read_and_not_removed_is_not_read_as_new(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_folder: object) -> None:
        raise Killed

    send(alice_actor, source, b"one\ntwo\nthree\n")
    with monkeypatch.context() as patch:
        patch.setattr(spool, "remove", fail)
        with pytest.raises(Killed):
            read(source)
    send(alice_actor, source, b"four\n")

    source = read(source)

    assert texts(source) == ["four", "one", "three", "two"]
    assert (source.records_count, counted()) == (4, 4)


@pytest.mark.parametrize("is_read_between", [True, False])
def test_a_stack_trace_that_two_batches_share_is_one_event(
    source: LogSource, alice_actor: Actor, is_read_between: bool
) -> None:
    trace = [
        "java.io.IOException: closed",
        *(f"\tat tea.Shop.pour{number}(Shop.java:7)" for number in range(8)),
    ]
    failed = [
        f"{line(second, 'ERROR', 'shop', f'order {second} failed')}\n" + "\n".join(trace) for second in (1, 2)
    ]
    first, second = "\n".join(failed).split("\n\tat tea.Shop.pour5", 1)
    send(alice_actor, source, first.encode())
    if is_read_between:
        read(source)
    send(alice_actor, source, b"\tat tea.Shop.pour5" + second.encode() + b"\n")

    source = read(source)

    records = log_reader().latest(Filters(organisation=str(source.organisation_id)), limit=10)
    assert [(each.time // 1_000_000, each.level) for each in records[::-1]] == [
        (START.timestamp() + 1, "error"),
        (START.timestamp() + 1, None),
        (START.timestamp() + 2, "error"),
    ]
    assert "pour5" in records[1].text.decode()
    (template,) = LogTemplate.objects.all()
    assert (template.records_count, counted()) == (2, 2)
    assert "failed" in template.text


def test_a_full_disk_is_said_and_waited_out(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(alice_actor, source, b"one\ntwo\n")
    fail_once(monkeypatch, LogStore, "append", OSError(errno.ENOSPC, "no space left"))

    source = read(source)

    assert "disk is full" in str(source.unread_text)
    assert source.job
    assert (source.job.state, source.waiting_bytes) == ("queued", 8)
    source = read(source)
    assert (texts(source), counted()) == (["one", "two"], 2)
    assert (source.unread_reason, source.waiting_bytes) == ("", 0)


def test_a_sender_is_told_when_the_spool_has_no_room(
    source: LogSource, alice_api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(spool, "writing_sealed", full)
    address = f"/api/v1/logs/sources/{source.pk}/records/"

    answer = alice_api.post(address, b"one\n", content_type="text/plain")

    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "storage_full")
    assert not spool.is_waiting(source)


def test_a_flooding_source_makes_way_after_its_turn(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "MAX_TURN_SECONDS", 0.0)
    monkeypatch.setattr(spool, "MAX_TAKEN_BYTES", 0)
    for text in (b"one\n", b"two\n"):
        send(alice_actor, source, text)
    source.refresh_from_db()
    first_due = source.job and source.job.available_at

    source = read(source)

    # It waits behind what became due before it made way.
    assert source.job
    assert (source.job.state, texts(source)) == ("queued", [])
    assert first_due
    assert source.job.available_at > first_due


def test_records_without_times_have_that_of_their_arrival(source: LogSource, alice_actor: Actor) -> None:
    before = datetime.now(UTC)
    send(alice_actor, source, b"tea is ready\ntea is cold\n")
    send(alice_actor, source, b'{"msg": "tea is gone"}\n', form="json")

    source = read(source)

    assert len(texts(source)) == 3
    assert source.last_record_at
    assert before - timedelta(seconds=1) <= source.last_record_at <= datetime.now(UTC)


def test_a_clock_that_was_once_ahead_dates_no_later_records(source: LogSource, alice_actor: Actor) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=7), tick=False):
        new_id()
    send(alice_actor, source, b"tea is ready\n")

    source = read(source)

    assert source.last_record_at
    assert source.last_record_at <= timezone.now()


def test_a_source_that_was_read_for_years_is_read_on(source: LogSource, alice_actor: Actor) -> None:
    send(alice_actor, source, b"tea is ready\n")
    source = read(source)
    assert source.job
    Job.objects.filter(pk=source.job.pk).update(attempt=10_000_000, max_attempts=10_000_003)
    send(alice_actor, source, b"tea is cold\n")

    assert len(texts(read(source))) == 2


@pytest.mark.slow
def test_what_goes_on_within_a_minute_is_counted_to_its_end(source: LogSource, alice_actor: Actor) -> None:
    """The first look at it sees five failed sign-ins, which would be nothing to look at."""
    attempts = [
        line(
            second,
            "ERROR",
            "login",
            f"authentication failed for root from 183.62.140.253 port {2_000 + second}",
        )
        for second in range(45)
    ]

    for part in (attempts[:5], attempts[5:20], attempts[20:]):
        send(alice_actor, source, "\n".join(part).encode())
        source = read(source)

    [anomaly] = source.anomalies.filter(detector=Detector.ALERT_LINE)
    assert anomaly.records_count == 45
    assert "183.62.140.253" in Incident.objects.get().title


def test_time_that_runs_backwards_loses_nothing(source: LogSource, alice_actor: Actor) -> None:
    lines = [line(3600 - second, "INFO", "web", f"order {second} placed") for second in range(0, 3600, 30)]
    send(alice_actor, source, "\n".join(lines).encode())

    source = read(source)

    assert texts(source) == sorted(lines)
    assert (counted(), source.last_record_at) == (len(lines), START.replace(hour=9))


@pytest.mark.slow
def test_a_packed_batch_of_very_short_records_is_read_part_by_part(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.log_analysis.records.columns.MAX_ROWS", 100)
    monkeypatch.setattr("apps.log_analysis.records.ingestion.BLOCK_RECORDS", 100)
    send(alice_actor, source, gzip.compress(b'{"m": 1}\n' * 1_000), form="json", encoding="gzip")

    source = read(source)

    assert (source.records_count, counted()) == (1_000, 1_000)
    size = log_store().size(str(source.organisation_id), str(source.pk))
    assert (size.rows, size.segments) == (1_000, 10)


@pytest.mark.slow
def test_templates_without_end_are_few_rows(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "MAX_TEMPLATES", 20)
    words = ["".join(letters) for letters in product("abcdefgh", repeat=3)]
    lines = [" ".join([word] * (number % 30 + 1)) for number, word in enumerate(words)]
    for part in (lines[:256], lines[256:]):
        send(alice_actor, source, "\n".join(part).encode())
        source = read(source)

    assert texts(source) == sorted(lines)
    assert LogTemplate.objects.count() <= 21
    assert counted() == len(lines)
    assert LogTemplate.objects.get(text="<**>").records_count > 100


@pytest.mark.slow
def test_the_small_segments_of_a_stream_become_one(source: LogSource, alice_actor: Actor) -> None:
    for number in range(8):
        send(alice_actor, source, b"2026-11-01 08:00:00 INFO [web] web: order %d placed" % number)
        source = read(source)

    pipeline.merge_records()

    size = log_store().size(str(source.organisation_id), str(source.pk))
    assert (size.rows, size.segments) == (8, 1)


def test_counts_go_with_the_records_of_their_day(source: LogSource, alice_actor: Actor) -> None:
    now = timezone.now()
    LogSource.objects.update(keep_days=50)
    source.refresh_from_db()
    lines = [f"{now - timedelta(days=days):%Y-%m-%d %H:%M:%S} INFO [web] web: up" for days in (40, 2)]
    send(alice_actor, source, "\n".join(lines).encode())
    source = read(source)
    LogSource.objects.update(keep_days=30)

    retention_rules.erase_outdated()

    assert texts(source) == lines[1:]
    assert counted() == 1


class OneLine(io.RawIOBase):
    """Two gigabytes of one line, and another line behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 2**31

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self.left:
            return 0
        size = min(len(buffer), self.left)
        self.left -= size
        buffer[:size] = b"x" * size if self.left else (b"x" * size)[:-6] + b"\nover\n"
        return size


def test_a_line_of_two_gigabytes_takes_no_memory(source: LogSource) -> None:
    before = memory_mb("RssAnon")

    stream = io.BufferedReader(OneLine(), 1 << 20)
    [table] = ingestion.blocks_of(stream, source, TimeBounds.of_file(START))

    assert [len(text) for text in table["text"].to_pylist()] == [MAX_LINE_CHARACTERS, 4]
    assert memory_mb("RssAnon") - before < 100

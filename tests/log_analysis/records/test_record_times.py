"""Times that cannot be are those of the arrival, and counted, whichever way a record came; files keep their old ones."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client
from django.utils import timezone
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from apps.accounts.actors import Actor
from apps.log_analysis import pipeline
from apps.log_analysis.records import record_times
from apps.log_analysis.records.record_times import IS_MISDATED, DayBudget, TimeBounds
from apps.log_analysis.records.storage import log_reader, log_store
from apps.log_analysis.sources.models import LogSource, UnreadBatch
from apps.log_analysis.sources.syslog_framing import encode_message
from domain.logs.store import Filters
from domain.logs.store.record_columns import Record
from tests.conftest import ApiClient
from tests.log_analysis.conftest import Upload
from tests.log_analysis.test_stream import counted, read, send

pytestmark = pytest.mark.django_db
ODD_TIMES = [
    "1e300",
    "-1e300",
    "1e18",
    '"9999-12-31T23:59:59-14:00"',
    '"0001-01-01T00:00:00+14:00"',
    '"1969-07-20T20:17:40Z"',
    '"yesterday"',
    "12345678901234567890123456789012345678901234567890",
    '{"seconds": 7}',
]


@pytest.fixture
def source(source: LogSource) -> LogSource:
    source.keep_days = 30
    source.save()
    return source


def records(source: LogSource) -> list[Record]:
    return log_reader().latest(Filters(organisation=str(source.organisation_id)), limit=5000)


def assert_arrival(source: LogSource, *, misdated: int, count: int) -> None:
    """All are there, with the time of today, and so many are counted."""
    assert (source.records_count, source.misdated_records, counted()) == (count, misdated, count)
    assert not UnreadBatch.objects.exists()
    days = log_store().days(str(source.organisation_id), str(source.pk))
    assert set(days) <= {str((timezone.now() - timedelta(days=back)).date()) for back in (0, 1)}


@pytest.mark.parametrize("odd", ODD_TIMES)
def test_of_json_an_odd_time_is_that_of_the_arrival(source: LogSource, alice_actor: Actor, odd: str) -> None:
    now = timezone.now()
    lines = [f'{{"message": "a", "time": "{now.isoformat()}"}}', f'{{"message": "b", "time": {odd}}}']
    send(alice_actor, source, "\n".join([*lines, '{"message": "c"}']).encode(), form="json")

    assert_arrival(read(source), misdated=1, count=3)


@pytest.mark.parametrize("odd", ["9" * 40, 9 * 10**39, "soon", -5, "9" * 5000, [1]])
def test_of_otlp_as_json_an_odd_time_is_that_of_the_arrival(
    source: LogSource, alice_actor: Actor, odd: object
) -> None:
    record = {"timeUnixNano": odd, "body": {"stringValue": "a"}}
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
    send(alice_actor, source, json.dumps(body).encode(), form="otlp_json")

    assert_arrival(read(source), misdated=1, count=1)


def test_of_otlp_as_protobuf_an_odd_time_is_that_of_the_arrival(
    source: LogSource, alice_actor: Actor
) -> None:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.time_unix_nano, record.body.string_value = 2**64 - 1, "a"
    send(alice_actor, source, request.SerializeToString(), form="otlp")

    assert_arrival(read(source), misdated=1, count=1)


@pytest.mark.parametrize(
    "message",
    [
        "<13>1 9999-12-31T23:59:59-14:00 web shop - - - tea",
        "<13>1 0001-01-01T00:00:00+14:00 web shop - - - tea",
        "<13>0001-01-01T00:00:00Z web shop: tea",
        "<13>1 soon web shop - - - tea",
    ],
)
def test_of_a_datagram_an_odd_time_is_that_of_the_arrival(
    source: LogSource, alice_actor: Actor, message: str
) -> None:
    now = int(timezone.now().timestamp() * 1000)
    content = encode_message(message.encode(), "10.0.0.1", now) + encode_message(b"<13>tea", "10.0.0.1", now)
    send(alice_actor, source, content, form="syslog")

    assert_arrival(read(source), misdated=1, count=2)


def test_of_plain_lines_over_http_an_odd_time_is_that_of_the_arrival(
    source: LogSource, alice_actor: Actor
) -> None:
    now = timezone.now()
    times = [f"{now:%Y-%m-%d %H:%M:%S}", "1993-01-01 00:00:00", "2099-12-31 23:59:59"]
    send(alice_actor, source, "\n".join(f"{time} INFO tea" for time in times).encode())

    assert_arrival(read(source), misdated=2, count=3)


def test_within_the_days_that_are_kept_and_until_tomorrow_times_are_believed(
    source: LogSource, alice_actor: Actor
) -> None:
    now = timezone.now()
    ages = [timedelta(days=29), timedelta(days=-1, minutes=5), timedelta(days=31, hours=1)]
    lines = [f'{{"message": "a", "time": "{(now - age).isoformat()}"}}' for age in ages]
    send(alice_actor, source, "\n".join(lines).encode(), form="json")

    source = read(source)

    assert source.misdated_records == 1
    days = log_store().days(str(source.organisation_id), str(source.pk))
    assert days == sorted(str((now - age).date()) for age in (*ages[:2], timedelta()))


def test_what_the_days_were_when_a_batch_came_holds_for_it(source: LogSource, alice_actor: Actor) -> None:
    moment = timezone.now() - timedelta(days=20)
    send(alice_actor, source, f'{{"message": "a", "time": "{moment.isoformat()}"}}'.encode(), form="json")
    LogSource.objects.update(keep_days=3)

    # Stored before a crash, it would otherwise be stored once more, on another day.
    assert read(source).misdated_records == 0


def test_a_batch_of_a_record_a_week_makes_no_more_days_than_are_kept(
    source: LogSource, alice_actor: Actor
) -> None:
    start = timezone.now()
    lines = [
        f'{{"message":"x","time":"{(start - timedelta(weeks=week)).isoformat()}"}}' for week in range(150)
    ]
    send(alice_actor, source, "\n".join(lines).encode(), form="json")

    source = read(source)

    assert (source.records_count, source.misdated_records) == (150, 145)
    assert len(log_store().days(str(source.organisation_id), str(source.pk))) == 5


@pytest.mark.slow
def test_a_file_of_old_logs_keeps_its_times_but_not_impossible_ones(
    source: LogSource, upload: Upload
) -> None:
    lines = ["2015-10-18 18:01:47,978 INFO web: up", "1812-06-24 00:00:00 INFO web: odd"]
    lines += ["9012-06-24 00:00:00 INFO web: odd", "2015-10-18 18:01:48,978 INFO web: down"]
    LogSource.objects.update(time_format="%Y-%m-%d %H:%M:%S")
    source.refresh_from_db()

    file = upload(gzip.compress("\n".join(lines).encode()))

    assert (file.records_count, file.first_record_at) == (4, datetime(2015, 10, 18, 18, 1, 47, tzinfo=UTC))
    source.refresh_from_db()
    assert source.misdated_records == 2
    days = log_store().days(str(source.organisation_id), str(source.pk))
    assert days[0] == "2015-10-18"
    assert len(days) == 2


@pytest.mark.slow
def test_of_a_file_that_is_older_than_what_is_kept_it_is_said(
    source: LogSource, upload: Upload, alice_browser: Client
) -> None:
    address = f"/logs/sources/{source.pk}/"
    recent = timezone.now() - timedelta(days=29)
    upload(f"{recent:%Y-%m-%d %H:%M:%S} INFO web: up".encode())
    english = {"Accept-Language": "en"}
    assert "older than the" not in alice_browser.get(address, headers=english).content.decode()

    upload(b"2026-01-18 18:01:47,978 INFO web: up")

    assert "older than the 30 days" in alice_browser.get(address, headers=english).content.decode()


def test_a_folder_that_is_followed_keeps_its_old_times(source: LogSource, alice_actor: Actor) -> None:
    LogSource.objects.update(kind="folder")
    source.refresh_from_db()
    send(alice_actor, source, b"2015-10-18 18:01:47 INFO web: up\n")

    source = read(source)

    assert log_store().days(str(source.organisation_id), str(source.pk)) == ["2015-10-18"]
    assert source.misdated_records == 0


def test_a_file_opens_so_many_days_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_times, "MAX_FILE_DAYS", 3)
    monkeypatch.setattr(record_times, "MAX_MORE_DAYS", 1)
    arrival = datetime(2026, 11, 29, tzinfo=UTC)
    bounds = TimeBounds.of_file(arrival)
    budget = DayBudget(bounds)

    def block(*days: int) -> list[tuple[bool, bool]]:
        """Of each record whether it has the time of arrival, and whether it is counted."""
        times = [datetime(2015, 1, day, tzinfo=UTC) for day in days]
        column = pa.array(times, pa.timestamp("us", "UTC"))
        table = budget.apply(bounds.apply(pa.table([column], ["time"]), arrival))
        pairs = zip(table["time"].to_pylist(), table[IS_MISDATED].to_pylist(), strict=True)
        return [(time == arrival, is_misdated) for time, is_misdated in pairs]

    kept, moved = (False, False), (True, True)
    # The days with most records first; then one more for each block, as files go on with the day before.
    assert block(1, 2, 3, 4, 5, 5, 5) == [kept, kept, kept, moved, kept, kept, kept]
    assert block(5, 5, 6) == [kept, kept, moved]


@pytest.mark.slow
def test_a_turn_that_is_over_between_two_days_goes_on_there(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.logs.store.store.MAX_CHANGE_DAYS", 4)
    monkeypatch.setattr(pipeline, "MAX_TURN_SECONDS", 1e-9)
    monkeypatch.setattr(
        "apps.log_analysis.records.worker_turns.WorkerTurn.is_over", property(over_after_work)
    )
    start = timezone.now()
    lines = [f'{{"message":"x","time":"{(start - timedelta(days=day)).isoformat()}"}}' for day in range(10)]
    send(alice_actor, source, "\n".join(lines).encode(), form="json")
    turns = []
    for _ in range(3):
        source = read(source)
        days = log_store().days(str(source.organisation_id), str(source.pk))
        turns.append((len(days), source.records_count, counted()))

    assert turns == [(4, 0, 0), (8, 0, 0), (10, 10, 10)]
    assert len(records(source)) == 10


def over_after_work(turn: Any) -> bool:
    """Not before anything was done: the first look at it is that of the loop."""
    turn.looks = getattr(turn, "looks", 0) + 1
    return bool(turn.looks > 1)


def test_page_and_api_say_how_many_had_no_usable_time(
    source: LogSource, alice_browser: Client, alice_api: ApiClient
) -> None:
    LogSource.objects.update(misdated_records=1234)
    english = alice_browser.get(f"/logs/sources/{source.pk}/", headers={"Accept-Language": "en"})

    assert "Without a usable time" in english.content.decode()
    assert "1,234" in english.content.decode()
    assert alice_api.get(f"/api/v1/logs/sources/{source.pk}/").json()["misdated_records"] == 1234

"""A batch that cannot be read is kept aside; what is behind it is read, and it can be read again or dropped."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.audit.models import AuditEntry
from apps.jobs.models import Job
from apps.log_analysis import pipeline, stream_reading
from apps.log_analysis.records import batch_formats, batch_tables, columns, ingestion
from apps.log_analysis.sources import spool, unread_batches
from apps.log_analysis.sources.models import LogSource, UnreadBatch
from apps.privacy import retention_rules
from apps.vault.errors import SealBroken
from domain.logs.store import LogStore
from tests.conftest import ApiClient, browser_of
from tests.log_analysis.test_stream import Killed, counted, fail_once, read, send, texts

pytestmark = pytest.mark.django_db
GOOD = b'{"message": "tea is ready"}\n'


def assert_rest_is_read(source: LogSource, reason: str) -> UnreadBatch:
    """The good batches before and behind the bad one, once, and the bad one kept with its reason."""
    assert texts(source).count(GOOD.decode().strip()) == 2
    assert (source.records_count, counted()) == (2, 2)
    assert source.unread_reason == reason
    row = UnreadBatch.objects.get()
    assert (row.source, row.reason, row.is_due) == (source, reason, False)
    assert spool.unread_path(source, row.name).exists()
    assert not spool.is_waiting(source)
    assert source.waiting_bytes == 0
    return row


@pytest.mark.parametrize(
    ("form", "content", "encoding", "reason"),
    [
        ("json", b'[{"message": "a"}, {"mess', "", "not_json"),
        ("json", b"no gzip at all", "gzip", "broken_file"),
        ("otlp", b"\xff\xff\xff\xff", "", "not_otlp"),
        ("otlp_json", b'{"resourceLogs": 7}', "", "not_otlp"),
        ("json", gzip.compress(b"[" + b"{}," * 1_000 + b"{}]"), "gzip", "too_many_records"),
        ("otlp_json", b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":'
         + b'{"arrayValue":{"values":[' * 400 + b"]}}" * 400 + b"}]}]}]}", "", "not_otlp"),
        ("syslog", b"no length", "", "reading_failed"),
    ],
    ids=["array", "gzip", "otlp", "otlp_json", "many", "deep", "syslog"],
)  # fmt: skip
def test_a_batch_that_cannot_be_read_is_kept_aside_and_the_rest_goes_on(
    source: LogSource,
    alice_actor: Actor,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    content: bytes,
    encoding: str,
    reason: str,
) -> None:
    monkeypatch.setattr(batch_formats, "MAX_PARSED_RECORDS", 1_000)
    send(alice_actor, source, GOOD, form="json")
    send(alice_actor, source, content, form=form, encoding=encoding)
    send(alice_actor, source, GOOD, form="json")

    row = assert_rest_is_read(read(source), reason)

    assert row.bytes == len(content)
    assert row.reason_text


def test_a_batch_whose_bytes_were_damaged_on_the_disk_is_kept_aside(
    source: LogSource, alice_actor: Actor
) -> None:
    for _ in range(3):
        send(alice_actor, source, GOOD, form="json")
    path = sorted(path for path in source.spool.iterdir() if not path.suffix)[1]
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)

    row = assert_rest_is_read(read(source), SealBroken.code)

    # In its file there are the seal and the key's name, too.
    assert row.bytes > len(GOOD)


@pytest.mark.slow
def test_a_batch_that_the_store_refuses_is_told_from_its_neighbours(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_marked(monkeypatch, ValueError("no such day"))
    for content in (GOOD, b'{"message": "poison"}\n', GOOD):
        send(alice_actor, source, content, form="json")

    assert_rest_is_read(read(source), "reading_failed")


def refuse_marked(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Storing what holds poison ends in this way, as long as it is not mended."""
    real = LogStore.append

    def append(store: LogStore, *arguments: Any) -> int:
        if any(b"poison" in text for text in arguments[3]["text"].to_pylist()):
            raise error
        return real(store, *arguments)

    monkeypatch.setattr(LogStore, "append", append)


@pytest.mark.slow
def test_a_batch_that_workers_die_of_is_kept_aside_and_read_again_when_that_is_mended(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = b'{"message": "tea is cold"}\n{"message": "poison"}\n'
    with monkeypatch.context() as patch:
        refuse_marked(patch, Killed())
        for content in (GOOD, poison, GOOD):
            send(alice_actor, source, content, form="json")
        # Once with its neighbours, then alone.
        for _ in range(1 + stream_reading.MAX_DEATHS):
            with pytest.raises(Killed):
                read(source)
        row = assert_rest_is_read(read(source), "worker_died")

    unread_batches.read_again(alice_actor, row)
    source = read(source)

    assert (source.records_count, counted(), len(texts(source))) == (4, 4, 4)
    assert not UnreadBatch.objects.exists()
    assert not spool.unread_path(source, row.name).exists()
    assert source.waiting_bytes == 0


@pytest.mark.slow
@pytest.mark.parametrize("part", ["stored", "counted"])
def test_what_was_stored_of_a_batch_before_its_worker_died_is_stored_and_counted_once(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr("apps.log_analysis.records.columns.MAX_ROWS", 2)
    monkeypatch.setattr(ingestion, "BLOCK_RECORDS", 2)
    lines = [b'{"message": "cup %d"}' % number for number in range(5)]
    send(alice_actor, source, b"\n".join(lines), form="json")
    owner, name = (LogStore, "append") if part == "stored" else (stream_reading, "_note_read")
    for _ in range(stream_reading.MAX_DEATHS):
        with monkeypatch.context() as patch:
            fail_once(patch, owner, name, Killed())
            with pytest.raises(Killed):
                read(source)
    send(alice_actor, source, GOOD, form="json")
    source = read(source)
    row = UnreadBatch.objects.get()
    assert GOOD.decode().strip() in texts(source)

    unread_batches.read_again(alice_actor, row)
    source = read(source)

    assert texts(source) == sorted([line.decode() for line in lines] + [GOOD.decode().strip()])
    assert (source.records_count, counted()) == (6, 6)


@pytest.mark.slow
def test_a_crash_while_it_is_kept_aside_leaves_one_of_it(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner, name in ((spool, "mark_unread"), (unread_batches, "_note_unread"), (spool, "keep_unread")):
        UnreadBatch.objects.all().delete()
        before = LogSource.objects.get(pk=source.pk).records_count
        send(alice_actor, source, b"[", form="json")
        send(alice_actor, source, GOOD, form="json")
        with monkeypatch.context() as patch:
            fail_once(patch, owner, name, Killed())
            with pytest.raises(Killed):
                read(source)

        source = read(source)

        row = UnreadBatch.objects.get()
        assert (row.reason, source.records_count, source.waiting_bytes) == ("not_json", before + 1, 0)
        assert spool.unread_path(source, row.name).exists()
    assert counted() == 3


def test_what_cannot_be_read_again_stays_with_its_new_reason(source: LogSource, alice_actor: Actor) -> None:
    send(alice_actor, source, b"[", form="json")
    row = unread(read(source))

    unread_batches.read_again(alice_actor, row)
    source = read(source)

    row.refresh_from_db()
    assert (row.is_due, row.reason, source.waiting_bytes) == (False, "not_json", 0)
    assert spool.unread_path(source, row.name).exists()


def unread(source: LogSource) -> UnreadBatch:
    return UnreadBatch.objects.select_related("source").get(source=source)


def test_one_whose_bytes_are_gone_says_so_and_does_not_stop_the_rest(
    source: LogSource, alice_actor: Actor
) -> None:
    send(alice_actor, source, b"[", form="json")
    row = unread(read(source))
    spool.unread_path(source, row.name).unlink()
    unread_batches.read_again(alice_actor, row)
    send(alice_actor, source, GOOD, form="json")

    source = read(source)

    row.refresh_from_db()
    assert (row.is_due, row.reason, source.records_count) == (False, "seal_broken", 1)


def test_times_that_cannot_be_are_counted_once_where_a_batch_is_read_again(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = b'{"time": "1812-06-24T00:00:00Z", "message": "tea is late"}\n'
    send(alice_actor, source, odd * 6, form="json")
    with monkeypatch.context() as patch:
        patch.setattr(batch_formats, "MAX_PARSED_RECORDS", 5)
        row = unread(read(source))
    monkeypatch.setattr(columns, "MAX_ROWS", 2)
    unread_batches.read_again(alice_actor, row)

    source = read(source)

    assert (source.records_count, source.misdated_records) == (6, 6)


def test_a_batch_that_workers_die_of_again_is_not_tried_for_ever(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(alice_actor, source, b"[", form="json")
    row = unread(read(source))
    unread_batches.read_again(alice_actor, row)

    def die(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(stream_reading, "read_tables", die)
    for _ in range(stream_reading.MAX_DEATHS):
        with pytest.raises(Killed):
            read(source)
    read(source)

    row.refresh_from_db()
    assert (row.is_due, row.reason) == (False, "worker_died")


def test_an_end_in_good_order_is_no_death(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(alice_actor, source, GOOD, form="json")
    for _ in range(stream_reading.MAX_DEATHS + 1):
        with monkeypatch.context() as patch:
            patch.setattr(stream_reading, "read_tables", raiser(OSError("the disk went away")))
            with pytest.raises(OSError, match="went away"):
                read(source)

    assert read(source).records_count == 1
    assert not UnreadBatch.objects.exists()


def raiser(error: BaseException) -> Callable[..., object]:
    def fail(*_: object, **__: object) -> object:
        raise error

    return fail


def test_beyond_the_limit_what_its_sender_made_unreadable_is_dropped_and_counted(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread_batches, "MAX_BATCHES", 2)
    for content in (b"[", GOOD, b"[", b"[", GOOD):
        send(alice_actor, source, content, form="json")

    source = read(source)

    assert UnreadBatch.objects.count() == 2
    assert (source.dropped_batches, source.records_count, source.waiting_bytes) == (1, 2, 0)


def test_beyond_the_limit_reading_stops_before_anything_is_dropped_for_our_fault(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread_batches, "MAX_BATCHES", 0)
    with monkeypatch.context() as patch:
        refuse_marked(patch, ValueError("no such day"))
        send(alice_actor, source, b'{"message": "poison"}', form="json")
        source = read(source)
        assert (source.unread_reason, source.dropped_batches) == ("unread_full", 0)
        assert spool.is_waiting(source)

    assert read(source).records_count == 1


def test_old_ones_go_with_their_bytes(source: LogSource, alice_actor: Actor) -> None:
    send(alice_actor, source, b"[", form="json")
    row = unread(read(source))
    UnreadBatch.objects.update(kept_at=timezone.now() - timedelta(days=14, minutes=1))

    retention_rules.erase_outdated()

    assert not UnreadBatch.objects.exists()
    assert not spool.unread_path(source, row.name).exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "finished_at",
    [timedelta(seconds=-pipeline.WAKE_SECONDS - 1), timedelta(days=365)],
    ids=["before", "clock ahead"],
)
def test_a_source_whose_job_has_failed_is_woken_while_something_waits(
    source: LogSource, alice_actor: Actor, finished_at: timedelta
) -> None:
    send(alice_actor, source, GOOD, form="json")
    source.refresh_from_db()
    failure = {"error_code": "internal_error", "error_message": "x", "finished_at": timezone.now()}
    Job.objects.update(state=Job.State.FAILED, **failure)
    pipeline.wake_sources()
    source.refresh_from_db()
    assert source.job
    assert source.job.state == Job.State.FAILED

    Job.objects.update(finished_at=timezone.now() + finished_at)
    pipeline.wake_sources()
    source = LogSource.objects.select_related("job").get(pk=source.pk)
    assert source.job
    assert source.job.state == Job.State.QUEUED

    assert read(source).records_count == 1


def test_the_page_lists_them_and_has_buttons_for_managers_alone(
    source: LogSource, alice_actor: Actor, alice_browser: Client, charlie: Any
) -> None:
    send(alice_actor, source, b"[", form="json")
    row = unread(read(source))
    Membership.objects.filter(user=charlie).update(role="operator")
    onlooker = browser_of(charlie)
    address, again = f"/logs/sources/{source.pk}/", f"/logs/unread-batches/{row.pk}/read-again/"

    english = alice_browser.get(address, headers={"Accept-Language": "en"}).content.decode()
    chinese = alice_browser.get(address, headers={"Accept-Language": "zh-CN"}).content.decode()

    assert "The batch is not JSON." in english
    assert again in english
    assert "暂存" in chinese
    page = onlooker.get(address).content.decode()
    assert str(row.pk) not in page
    assert onlooker.post(again).status_code == 403
    alice_browser.post(again)
    row.refresh_from_db()
    assert row.is_due
    alice_browser.post(f"/logs/unread-batches/{row.pk}/drop/")
    assert not UnreadBatch.objects.exists()
    assert not spool.unread_path(source, row.name).exists()
    source.refresh_from_db()
    assert source.waiting_bytes == 0
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"unread_batch.read_again", "unread_batch.dropped"} <= actions


def test_the_api_lists_reads_again_and_drops(
    source: LogSource, alice_actor: Actor, alice_api: ApiClient, bob_api: ApiClient
) -> None:
    send(alice_actor, source, b"[", form="json")
    row = unread(read(source))
    address = f"/api/v1/logs/unread-batches/{row.pk}/"

    listed = alice_api.get(f"/api/v1/logs/unread-batches/?source={source.pk}").json()["results"]

    assert [(each["id"], each["reason"], each["bytes"]) for each in listed] == [(str(row.pk), "not_json", 1)]
    assert bob_api.post(f"{address}read_again/").status_code == 404
    assert alice_api.post(f"{address}read_again/").status_code == 202
    assert alice_api.delete(address).status_code == 204
    assert alice_api.get(address).status_code == 404


def test_a_source_that_goes_takes_them_along(source: LogSource, alice_actor: Actor) -> None:
    send(alice_actor, source, b"[", form="json")
    row = unread(read(source))

    source.delete()

    assert not UnreadBatch.objects.filter(pk=row.pk).exists()


@pytest.mark.slow
def test_large_batches_are_read_in_a_child_and_give_the_same_records(
    source: LogSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_tables, "SMALL_BYTES", 10)
    batches = [
        ("json", b'[{"message": "of json"}, {"message": "of json 2"}]', ""),
        ("lines", gzip.compress(b"of lines\nof lines 2\n"), "gzip"),
        ("otlp_json", otlp_json("of otlp"), ""),
        ("json", b"[{", ""),
    ]
    for form, content, encoding in batches:
        send(alice_actor, source, content, form=form, encoding=encoding)

    source = read(source)

    records = ['{"message": "of json"}', '{"message": "of json 2"}', "of lines", "of lines 2", "of otlp"]
    assert texts(source) == sorted(records)
    assert unread(source).reason == "not_json"


def otlp_json(text: str, **fields: object) -> bytes:
    record = {"body": {"stringValue": text}, **fields}
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


def test_items_of_an_array_are_taken_apart_one_by_one() -> None:
    content = b' [ {"m": "a,]"} ,\n{"message":\n "b"}, 7, [1, [2]], "\xe8\x8c\xb6" , null ] '

    rows = [row for table in batch_formats.tables("json", content, "UTC") for row in table.to_pylist()]

    assert [row["message"] for row in rows] == ['{"m": "a,]"}', "b", "7", "[1, [2]]", '"茶"', "null"]
    assert [row["line"] for row in rows] == list(range(6))
    for broken in (b"[", b"[1", b"[1 2]", b"[1] 2", b"[" * 100_000, b'["\xff"]'):
        with pytest.raises(batch_formats.BatchUnreadable):
            list(batch_formats.tables("json", broken, "UTC"))

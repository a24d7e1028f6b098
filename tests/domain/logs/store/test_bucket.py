"""Exactly once in a bucket: no lock, one object that is replaced only by whoever has seen it last."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.logs.store import BatchKey, LogStore, bucket_commits
from domain.logs.store.bucket_commits import BucketCommits
from domain.logs.store.bucket_files import BucketFiles
from domain.logs.store.commits import Change
from domain.logs.store.errors import OutcomeUnknown, StoreBusy, StoreUnreachable
from domain.logs.store.reader import LogReader
from domain.logs.store.snapshot import Snapshot
from tests.domain.logs.store.conftest import (
    CATALOGUE,
    MORNING,
    SECOND,
    SHOP,
    append,
    in_bucket,
    row,
    stored_files,
    table,
)

pytestmark = in_bucket
DAY = 86_400 * SECOND
HOME = "tea-house/shop"
KILLED_WRITER = """
import os, signal, sys
from domain.logs.store import LogStore
from domain.logs.store.bucket_files import BucketFiles
from tests.domain.logs.store.conftest import append, row

replace = BucketFiles.replace_if_unchanged

def killed(files, path, content, tag):
    if path.endswith("head.json") and sys.argv[2] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    replace(files, path, content, tag)
    if path.endswith("head.json"):
        os.kill(os.getpid(), signal.SIGKILL)

BucketFiles.replace_if_unchanged = killed
append(LogStore(sys.argv[1]), row("one"), row("two"))
"""


class InterruptedFiles(BucketFiles):
    """Something happens just before a head is replaced, as often as is said."""

    def __init__(self, files: BucketFiles, event: Callable[[], object], times: int = 1) -> None:
        super().__init__(files.bucket, files.prefix, files.endpoint, files.region)
        self.__dict__ |= {"event": event, "left": times}

    def replace_if_unchanged(self, path: str, content: bytes, tag: str | None) -> None:
        if self.__dict__["left"] and path.endswith("head.json"):
            self.__dict__["left"] -= 1
            self.__dict__["event"]()
        super().replace_if_unchanged(path, content, tag)


def interrupted_store(store: LogStore, event: Callable[[], object], times: int = 1) -> LogStore:
    """Another process's store of the same place."""
    other = LogStore(store.place, grace_s=store.grace_s)
    other.commits = BucketCommits(InterruptedFiles(other.files, event, times))  # type: ignore[arg-type]
    return other


def texts(reader: LogReader) -> list[bytes]:
    return sorted(record.text for record in reader.latest(SHOP, 1_000))


def test_a_writer_that_comes_second_writes_behind_the_first(store: LogStore, reader: LogReader) -> None:
    append(store, row("zero"))
    slow = interrupted_store(store, lambda: append(store, row("first"), first=10))

    assert append(slow, row("second"), first=20) == 1

    newest_first = [record.text for record in reader.latest(SHOP)]
    assert newest_first == [b"second", b"first", b"zero"]
    # Nor is anything left of its first try.
    assert len(stored_files(store, ".parquet")) == 3


def test_of_two_that_bring_the_same_batch_one_stores_it(store: LogStore, reader: LogReader) -> None:
    slow = interrupted_store(store, lambda: append(store, row("one"), row("two")))

    assert append(slow, row("one"), row("two"), row("three")) == 1
    assert texts(reader) == [b"one", b"three", b"two"]


def test_a_writer_whom_others_always_precede_gives_up_and_has_stored_nothing(
    store: LogStore, reader: LogReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.logs.store.bucket_commits.MAX_TRIES", 3)
    numbers = iter(range(100))
    slow = interrupted_store(store, lambda: append(store, row("first"), first=next(numbers)), times=3)

    with pytest.raises(StoreBusy):
        append(slow, row("second"), first=1_000)

    assert texts(reader) == [b"first"] * 3
    assert append(slow, row("second"), first=1_000) == 1


@pytest.mark.parametrize(("moment", "stored"), [("before", 0), ("after", 2)])
def test_a_writer_killed_between_segment_and_head_repeats_nothing(
    store: LogStore, reader: LogReader, moment: str, stored: int
) -> None:
    command = [sys.executable, "-c", KILLED_WRITER, str(store.place), moment]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert len(stored_files(store, ".parquet")) == 1
    assert len(reader.latest(SHOP)) == stored

    assert append(store, row("one"), row("two")) == 2 - stored
    assert texts(reader) == [b"one", b"two"]
    LogStore(store.place, grace_s=0).merge("tea-house", "shop")
    assert len(stored_files(store, ".parquet")) == 1
    assert texts(reader) == [b"one", b"two"]


class UnansweredFiles(BucketFiles):
    """The head is replaced, or is not, and the answer is lost."""

    is_lost_before = False

    def replace_if_unchanged(self, path: str, content: bytes, tag: str | None) -> None:
        if not path.endswith("head.json"):
            super().replace_if_unchanged(path, content, tag)
            return
        is_first = not self.__dict__.setdefault("has_failed", False)
        self.__dict__["has_failed"] = True
        if not (is_first and self.is_lost_before):
            super().replace_if_unchanged(path, content, tag)
        if is_first:
            raise OutcomeUnknown("the connection was closed")


@pytest.mark.parametrize("is_lost_before", [False, True])
def test_a_change_whose_answer_is_lost_counts_once(
    store: LogStore, reader: LogReader, is_lost_before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UnansweredFiles, "is_lost_before", is_lost_before)
    other = LogStore(store.place)
    files = other.files
    other.commits = BucketCommits(UnansweredFiles(files.bucket, files.prefix, files.endpoint))  # type: ignore[attr-defined]

    assert append(other, row("one"), row("two")) == 2
    assert texts(reader) == [b"one", b"two"]
    assert store.size("tea-house", "shop").rows == 2


def test_four_writers_of_one_source_and_a_merger_lose_and_repeat_nothing(
    store: LogStore, reader: LogReader
) -> None:
    """Each batch is sent by two of them."""
    is_over = threading.Event()

    def write(writer: int) -> int:
        other = LogStore(store.place)
        return sum(
            append(
                other, row("a"), row("b", time=MORNING + DAY), first=2 * batch, stream=f"file {writer % 2}"
            )
            for batch in range(8)
        )

    def merge() -> None:
        hasty = LogStore(store.place, grace_s=0)
        while not is_over.is_set():
            hasty.merge("tea-house", "shop", is_final=True)

    with ThreadPoolExecutor(5) as pool:
        merger = pool.submit(merge)
        counts = list(pool.map(write, range(4)))
        is_over.set()
        merger.result()

    assert sum(counts) == 32
    records = reader.latest(SHOP, 1_000)
    assert len(records) == len({record.arrival for record in records}) == 32
    assert store.size("tea-house", "shop").rows == 32


def test_a_sweep_takes_nothing_that_a_slow_writer_then_names(store: LogStore, reader: LogReader) -> None:
    """The writer's segment lies there, and no head names it yet."""
    append(store, row("zero"))
    hasty = LogStore(store.place, grace_s=0)
    slow = interrupted_store(store, lambda: hasty.merge("tea-house", "shop"))

    assert append(slow, row("one"), first=10) == 1

    assert texts(reader) == [b"one", b"zero"]
    hasty.merge("tea-house", "shop")
    assert texts(LogReader(store.place)) == [b"one", b"zero"]
    assert len(stored_files(store, ".parquet")) == 2


def test_a_change_whose_manifest_is_swept_meanwhile_begins_again(store: LogStore) -> None:
    append(store, row("zero"))
    hasty = LogStore(store.place, grace_s=0)
    counts: list[int] = []

    def count(change: Change) -> int:
        if not counts:
            append(hasty, row("one"), first=10)
            hasty.merge("tea-house", "shop")
            bucket_commits._read_manifest.cache_clear()
        counts.append(len(change.days()))
        return len(change.manifest("2026-11-27").segments)

    assert store.commits.change(HOME, count) == 2
    assert len(counts) == 2


def test_a_sweep_takes_nothing_that_a_slow_merge_then_names(store: LogStore, reader: LogReader) -> None:
    for number in range(10):
        append(store, row(f"line {number}"), first=number)
    hasty = LogStore(store.place, grace_s=0)
    slow = interrupted_store(hasty, lambda: hasty.merge("tea-house", "shop", is_final=True))

    slow.merge("tea-house", "shop", is_final=True)

    assert len(texts(reader)) == 10
    hasty.merge("tea-house", "shop")
    assert len(texts(LogReader(store.place))) == 10
    assert len(stored_files(store, ".parquet")) == 1


def test_a_writer_of_a_source_that_is_deleted_meanwhile_begins_a_new_one(
    store: LogStore, reader: LogReader
) -> None:
    append(store, row("old"))
    slow = interrupted_store(store, lambda: store.delete_source("tea-house", "shop"))

    assert append(slow, row("new"), first=10) == 1

    assert texts(reader) == [b"new"]
    assert len(stored_files(store, ".parquet")) == 1


def test_what_a_killed_writer_left_of_a_deleted_source_goes_with_the_next_deletion(store: LogStore) -> None:
    append(store, row("old"))
    store.delete_source("tea-house", "shop")
    assert store.sources("tea-house") == []
    command = [sys.executable, "-c", KILLED_WRITER, str(store.place), "before"]
    subprocess.run(command, check=False)
    assert store.sources("tea-house") == ["shop"]

    store.delete_source("tea-house", "shop")

    assert store.sources("tea-house") == []
    assert [path for path in stored_files(store, "") if "/" in path] == [f"{HOME}/head.json"]


def test_what_a_killed_writer_left_in_an_old_day_goes_with_it(store: LogStore) -> None:
    append(store, row("new", time=MORNING + DAY))
    command = [sys.executable, "-c", KILLED_WRITER, str(store.place), "before"]
    subprocess.run(command, check=False)
    assert len(stored_files(store, ".parquet")) == 2

    store.drop_before("tea-house", "shop", date(2026, 11, 28))

    assert len(stored_files(store, ".parquet")) == 1


def test_replaced_manifests_wait_for_readers_and_then_go(store: LogStore) -> None:
    for number in range(5):
        append(store, row(f"line {number}"), first=number)
    store.merge("tea-house", "shop")
    assert len(stored_files(store, ".manifest")) == 5

    store.grace_s = 0
    store.merge("tea-house", "shop")

    assert len(stored_files(store, ".manifest")) == 1


class CarelessFiles(BucketFiles):
    """A server that does not know conditions of a PUT."""

    def replace_if_unchanged(self, path: str, content: bytes, tag: str | None) -> None:
        self.publish(path, lambda draft: draft.write_bytes(content))


def test_a_server_that_passes_conditions_over_is_refused(store: LogStore) -> None:
    files: Any = store.files
    store.commits = BucketCommits(CarelessFiles(files.bucket, files.prefix, files.endpoint))

    with pytest.raises(StoreUnreachable, match="If-Match"):
        append(store, row("one"))

    assert stored_files(store, ".parquet") == []


class CountedFiles(BucketFiles):
    """Counts what is asked of the server."""

    def _ask(self, request: Callable[[], Any]) -> Any:
        self.__dict__["asked"] = self.__dict__.get("asked", 0) + 1
        return super()._ask(request)


def counting_files(store: LogStore) -> CountedFiles:
    files: Any = store.files
    return CountedFiles(files.bucket, files.prefix, files.endpoint, files.region)


def test_a_question_lists_nothing_and_asks_for_the_head_alone_the_second_time(store: LogStore) -> None:
    for number in range(30):
        append(store, row("line", time=MORNING - number * DAY), first=number)
    files = counting_files(store)
    one_day = replace(SHOP, since=MORNING)

    Snapshot.take(BucketCommits(files), one_day)
    assert files.__dict__["asked"] == 2
    Snapshot.take(BucketCommits(files), one_day)
    assert files.__dict__["asked"] == 3


def test_a_merge_of_unchanged_days_asks_for_head_and_note_alone(store: LogStore) -> None:
    for number in range(30):
        append(store, row("line", time=MORNING - number * DAY), first=number)
    store.merge("tea-house", "shop")
    files = counting_files(store)
    store.commits = BucketCommits(files)

    store.merge("tea-house", "shop")

    assert files.__dict__["asked"] == 2


def test_arrivals_rise_in_the_order_of_commits_over_all_days(store: LogStore, reader: LogReader) -> None:
    """A cursor that has passed the later one has not passed over the earlier one."""
    slow = interrupted_store(store, lambda: append(store, row("first", time=MORNING + DAY), first=10))
    append(slow, row("second"), first=20)

    records, _end = reader.after(SHOP, {})

    assert [record.text for record in records] == [b"first", b"second"]


def test_a_server_that_is_away_or_refuses_is_said_without_keys(store: LogStore) -> None:
    with pytest.raises(StoreUnreachable) as raised:
        append(LogStore("s3://logs/x?endpoint=http://127.0.0.1:9"), row("one"))

    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in str(raised.value)
    with pytest.raises(FileNotFoundError):
        store.files.read("nothing")


def test_a_statement_can_read_nothing_but_the_store(
    store: LogStore, reader: LogReader, tmp_path: Path
) -> None:
    append(store, row("one"))
    outside = tmp_path / "outside.csv"
    outside.write_text("secret\n")

    for address in (str(outside), "s3://logs/another/x.csv", "s3://another/x.csv"):
        with pytest.raises(Exception, match="disabled by configuration"):
            reader.engine.connection.execute("SELECT * FROM read_csv(?)", [address])  # type: ignore[attr-defined]


def write_from_two_machines(place: str, number: int) -> None:
    store = LogStore(place)
    for batch in range(10):
        rows = table([row(f"{number} {batch}", offset=batch)])
        store.append("tea-house", "shop", BatchKey(f"machine {number}", batch, batch + 1), rows, CATALOGUE)


def test_two_processes_with_streams_of_their_own_lose_nothing(store: LogStore, reader: LogReader) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=write_from_two_machines, args=(store.place, number)) for number in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0]
    assert texts(reader) == sorted(f"{number} {batch}".encode() for number in range(2) for batch in range(10))

"""Batches come in exactly once, from any number of processes, until one is killed and afterwards."""

import multiprocessing
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from domain.logs.store import BatchKey, LogStore
from domain.logs.store.files import LocalFiles
from domain.logs.store.reader import LogReader
from domain.logs.store.store import MAX_CHANGE_DAYS
from tests.domain.logs.store.conftest import (
    CATALOGUE,
    MORNING,
    SECOND,
    SHOP,
    append,
    row,
    stored_files,
    table,
)

DAY = 86_400 * SECOND
WRITER = """
import sys
from domain.logs.store import LogStore
from tests.domain.logs.store.conftest import MORNING, append, parse_place, row
store = LogStore(parse_place(sys.argv[1]), grace_s=0)
number = int(sys.argv[2])
while True:
    names = [f"{number}-{n}" for n in range(4)]
    times = [MORNING + n % 2 * 86_400_000_000 for n in range(4)]
    rows = [row(f"user={name} signed in", "user", [name], time=time) for name, time in zip(names, times)]
    append(store, *rows, first=number * 4)
    print(number, flush=True)
    number += 1
    if number % 5 == 0:
        store.merge("tea-house", "shop", is_final=True)
"""


def test_the_same_batch_again_changes_nothing(store: LogStore, reader: LogReader) -> None:
    rows = [row(f"line {number}") for number in range(10)]

    assert append(store, *rows) == 10
    assert append(store, *rows) == 0
    assert len(reader.latest(SHOP)) == 10


def test_a_batch_that_is_cut_elsewhere_brings_only_what_is_new(store: LogStore, reader: LogReader) -> None:
    rows = [row(f"line {number}") for number in range(10)]
    append(store, *rows[:4])
    append(store, *rows[6:8], first=6)

    assert append(store, *rows) == 4
    assert sorted(record.text for record in reader.latest(SHOP)) == [each["text"] for each in rows]


def test_streams_and_sources_count_apart(store: LogStore, reader: LogReader) -> None:
    assert append(store, row("one")) == 1
    assert append(store, row("one"), stream="another file") == 1
    assert append(store, row("one"), source="kitchen") == 1
    assert len(reader.latest(SHOP)) == 2


def test_a_batch_without_offsets_counts_as_one(store: LogStore) -> None:
    rows = table([row("one", offset=None), row("two", offset=None)])

    assert store.append("tea-house", "shop", BatchKey("request", 0, 1), rows, CATALOGUE) == 2
    assert store.append("tea-house", "shop", BatchKey("request", 0, 1), rows, CATALOGUE) == 0


def test_a_batch_over_midnight_lies_in_two_days(store: LogStore, reader: LogReader) -> None:
    append(store, row("late"), row("early", time=MORNING + DAY))

    assert store.days("tea-house", "shop") == ["2026-11-27", "2026-11-28"]
    assert [record.text for record in reader.latest(SHOP)] == [b"early", b"late"]


@pytest.mark.slow
def test_a_batch_of_many_days_can_be_stopped_between_them_and_goes_on_there(
    store: LogStore, reader: LogReader
) -> None:
    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    days = 2 * MAX_CHANGE_DAYS + 1
    rows = table([row(f"line {day}", offset=day, time=MORNING + day * DAY) for day in range(days)])
    key = BatchKey("file", 0, days)
    stored_days = []
    for _ in range(2):
        with pytest.raises(Stopped):
            store.append("tea-house", "shop", key, rows, CATALOGUE, stop)
        stored_days.append(len(store.days("tea-house", "shop")))

    # One that was stopped at once would never come to its end.
    assert stored_days == [MAX_CHANGE_DAYS, 2 * MAX_CHANGE_DAYS]
    assert store.append("tea-house", "shop", key, rows, CATALOGUE, stop) == 1
    assert len(reader.latest(SHOP)) == days


@pytest.mark.slow
def test_two_processes_that_write_the_same_batches_store_each_once(
    store: LogStore, reader: LogReader
) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=write_batches, args=(store.place,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0, 0]
    assert sorted(record.offset or 0 for record in reader.latest(SHOP)) == list(range(40))


def write_batches(place: Path | str) -> None:
    for batch in range(10):
        append(LogStore(place), *(row("same") for _ in range(4)), first=batch * 4)


@pytest.mark.slow
def test_a_writer_killed_anywhere_loses_nothing_and_repeats_nothing(
    store: LogStore, reader: LogReader
) -> None:
    """It writes and merges as fast as it can; each round it is killed a little later."""
    acknowledged = -1
    for round_number in range(6):
        # The last batch that it acknowledged is sent again, as a queue does that heard nothing.
        command = [sys.executable, "-c", WRITER, str(store.place), str(max(acknowledged, 0))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout
            for _ in range(3 + 4 * round_number):
                acknowledged = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            for line in writer.stdout:
                acknowledged = int(line)

        offsets = [record.offset or 0 for record in reader.latest(SHOP, 5_000)]
        assert len(offsets) == len(set(offsets))
        assert set(range((acknowledged + 1) * 4)) <= set(offsets)
    # What the killed ones left behind is swept by the next merge.
    LogStore(store.place, grace_s=0).merge("tea-house", "shop")
    assert stored_files(store, ".unfinished") == []


@pytest.mark.parametrize("name", ["", "..", "a/b", "a.b", "a" * 65, "ä", ".hidden"])
def test_a_name_that_is_no_plain_name_is_refused(store: LogStore, name: str) -> None:
    with pytest.raises(ValueError, match="named by"):
        store.size("tea-house", name)


def test_old_days_go_as_a_whole(store: LogStore, reader: LogReader) -> None:
    append(store, row("old"), row("new", time=MORNING + DAY))

    assert store.drop_before("tea-house", "shop", date(2026, 11, 28)) == 1
    assert [record.text for record in reader.latest(SHOP)] == [b"new"]


def test_a_deleted_source_leaves_no_file_and_can_begin_anew(store: LogStore, reader: LogReader) -> None:
    append(store, row("secret"))
    append(store, row("kept"), source="kitchen")

    store.delete_source("tea-house", "shop")

    assert store.sources("tea-house") == ["kitchen"]
    assert [path for path in stored_files(store, "") if "shop/2026" in path] == []
    assert append(store, row("secret")) == 1


def test_a_size_counts_records_bytes_and_times(store: LogStore) -> None:
    append(store, row("one"), row("two", time=MORNING + SECOND))
    size = store.size("tea-house", "shop")

    assert (size.rows, size.segments) == (2, 1)
    assert (size.first_time, size.last_time) == (MORNING, MORNING + SECOND)
    assert size.bytes == sum(len(store.files.read(path)) for path in stored_files(store, ".parquet"))
    assert store.size("tea-house", "nothing").rows == 0


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    files.publish("name", lambda path: path.write_text("old"))

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        files.publish("name", fail)
    assert files.read("name") == b"old"
    assert files.names("") == ["name"]

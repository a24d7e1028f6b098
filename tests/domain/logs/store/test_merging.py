"""Small segments become large ones beside readers and writers, and nobody notices."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from domain.logs.store import LogStore, snapshot
from domain.logs.store.commits import LocalCommits
from domain.logs.store.files import LocalFiles
from domain.logs.store.reader import LogReader
from tests.domain.logs.store.conftest import MORNING, SECOND, SHOP, append, on_disk, row, stored_files


def append_many(store: LogStore, batches: int, first: int = 0) -> None:
    for number in range(first, first + batches):
        append(
            store, row(f"user={number} signed in", "user", [str(number)], time=MORNING - number), first=number
        )


@pytest.mark.slow
def test_merging_keeps_every_record_with_its_number(store: LogStore, reader: LogReader) -> None:
    append_many(store, 20)
    before = reader.latest(SHOP)

    assert store.merge("tea-house", "shop") == 20
    assert store.size("tea-house", "shop").segments == 1
    assert LogReader(store.place).latest(SHOP) == before
    assert len(before) == 20


def test_few_segments_are_left_alone_until_the_day_is_over(store: LogStore) -> None:
    append_many(store, 3)

    assert store.merge("tea-house", "shop") == 0
    assert store.merge("tea-house", "shop", is_final=True) == 3


def test_a_batch_is_known_after_its_segment_was_merged(store: LogStore) -> None:
    append_many(store, 10)
    store.merge("tea-house", "shop")

    assert append(store, *(row("again") for _ in range(10))) == 0


def test_a_merge_stops_at_the_largest_size(store: LogStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.logs.store.store.MAX_SEGMENT_ROWS", 5)
    append_many(store, 12)

    store.merge("tea-house", "shop", is_final=True)

    assert store.size("tea-house", "shop").segments == 3


def test_a_reader_that_holds_old_files_goes_on(store: LogStore, reader: LogReader) -> None:
    append_many(store, 10)
    old = snapshot.Snapshot.take(store.commits, SHOP)

    store.merge("tea-house", "shop")
    store.merge("tea-house", "shop")

    reader.engine.connection.execute(  # type: ignore[attr-defined]
        "SELECT count(*) FROM read_parquet(?)", [[each.path for each in old.files]]
    )
    assert reader.engine.connection.fetchone() == (10,)  # type: ignore[attr-defined]


class WatchedFiles(LocalFiles):
    """Remembers what was opened."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.opened: list[str] = []

    def read(self, path: str) -> bytes:
        self.opened.append(path)
        return super().read(path)


def merge_watched(store: LogStore) -> tuple[int, set[str]]:
    """How many segments a merge put into others, and the days that it opened a manifest of."""
    files = WatchedFiles(Path(store.place))
    store.commits = LocalCommits(files)
    count = store.merge("tea-house", "shop")
    return count, {path.split("/")[2] for path in files.opened}


@pytest.mark.slow
@on_disk
def test_a_merge_opens_only_the_days_that_have_changed(store: LogStore) -> None:
    day = 86_400 * SECOND
    for number in range(30):
        append(store, row(f"day {number}", time=MORNING - number * day), first=number)
    assert len(merge_watched(store)[1]) == 30

    assert merge_watched(store) == (0, set())

    # Also records of long ago, that a sender kept or a file brings.
    for number in range(100, 107):
        append(store, row("late", time=MORNING - 20 * day), first=number)
    assert merge_watched(store) == (8, {"2026-11-07"})
    assert merge_watched(store) == (0, set())


@on_disk
def test_a_day_is_opened_again_when_what_was_replaced_has_to_go(store: LogStore) -> None:
    append_many(store, 10)
    store.merge("tea-house", "shop")
    assert merge_watched(store) == (0, set())

    store.grace_s = 0

    assert merge_watched(store) == (0, {"2026-11-27"})
    assert len(stored_files(store, ".parquet")) == 1
    assert merge_watched(store) == (0, set())


@on_disk
def test_a_merge_that_was_killed_while_it_noted_the_days_looks_at_all_of_them(store: LogStore) -> None:
    append_many(store, 10)
    store.merge("tea-house", "shop")
    note = Path(store.place) / "tea-house/shop/merge-lock"
    note.write_bytes(note.read_bytes()[:-5])

    assert merge_watched(store) == (0, {"2026-11-27"})


def test_replaced_files_go_after_a_while(store: LogStore, reader: LogReader) -> None:
    append_many(store, 10)
    store.merge("tea-house", "shop")
    assert len(stored_files(store, ".parquet")) == 11

    LogStore(store.place, grace_s=0).merge("tea-house", "shop")

    assert len(stored_files(store, ".parquet")) == 1
    assert len(stored_files(store, ".catalogue")) == 1
    assert len(reader.latest(SHOP)) == 10


@pytest.mark.slow
def test_three_readers_beside_a_writer_and_a_hasty_merger_see_whole_batches(store: LogStore) -> None:
    """Files go as soon as they are replaced, so readers lose them between the manifest and the opening."""
    store = LogStore(store.place, grace_s=0)
    append_many(store, 1)
    is_over = threading.Event()

    def read() -> int:
        reader, count = LogReader(store.place, threads=1), 1
        while not is_over.is_set():
            least, count = count, len(reader.latest(SHOP, 1_000))
            assert count >= least
            reader.latest(replace(SHOP, text="user=1 "))
        return count

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for number in range(1, 40):
            append_many(store, 1, first=number)
            if number % 4 == 0:
                store.merge("tea-house", "shop", is_final=True)
        is_over.set()
        assert all(reader.result() >= 1 for reader in readers)

    assert len(LogReader(store.place).latest(SHOP, 1_000)) == 40


def test_the_newest_are_found_over_many_files(store: LogStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "FIRST_WINDOW_ROWS", 2)
    for number in (3, 1, 4, 0, 5, 2):
        append(store, row(f"second {number}", time=MORNING + number * SECOND), row("old"), first=number * 2)

    latest = LogReader(store.place).latest(SHOP, 3)

    assert [record.text for record in latest] == [b"second 5", b"second 4", b"second 3"]

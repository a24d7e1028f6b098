"""The measure of the log store, over few records."""

from pathlib import Path

import pytest

from benchmarks.log_store import fill, questions, record_chunks
from domain.logs.store import LogStore
from domain.logs.store.reader import LogReader


def test_the_same_records_are_made_each_time() -> None:
    assert list(record_chunks(500)) == list(record_chunks(500))


@pytest.mark.slow
def test_a_small_store_is_filled_and_asked(tmp_path: Path) -> None:
    store = LogStore(tmp_path, grace_s=0)

    figures = fill(store, 2_000) | questions(LogReader(tmp_path, threads=1))

    assert (figures["records"], store.size("bench", "services").rows) == (2_000, 2_000)
    assert figures["bytes_ratio"] > 0
    assert figures["text_ms"] >= max(figures["texts_ms"].values()) / 10

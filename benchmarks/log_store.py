"""Bytes and answers of the log store, over records of one day.

`bytes_ratio` is everything in the store's folder / `zstd -3` of the same lines as a file. The times are the slowest of
several questions of their kind, each the median of five: `histogram_ms` an hour by minute and level, `template_ms` the
latest hundred of a frequent, a middling and a rare template, `text_ms` a text over all records, `trace_ms` one trace.
At the end three processes read while one writes and merges.
"""

import gc
import multiprocessing
import statistics
import tempfile
import time
import timeit
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa

from benchmarks.log_store_records import CATALOGUE, CHUNK_ROWS, DAY_START, DAY_US, record_chunks
from domain.logs.store import BatchKey, Filters, LogStore
from domain.logs.store.reader import LogReader

COMMAND = "bench log_store"

HOUR_US = 3_600_000_000
REPEATS = 5
READERS = 3
LATER_BATCHES = 20
ALL = Filters("bench", ("services",))
# In a rare parameter; across a constant and a parameter; in a constant; in a written time; nowhere.
TEXTS = ("u99991", "user u7919 cont", "refused connection", "T17:30:59.99", "nowhere at all")
TEMPLATES = ("t0000", "t0024", "t0424")


def run(
    records: int = 10_000_000,
    folder: Annotated[Path | None, "where the store is made; it is left there"] = None,
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="kongming-logs-") as directory:
        store = LogStore(folder or Path(directory), grace_s=0)
        figures = fill(store, records)
        figures |= questions(LogReader(store.place, seconds=60))
        return figures | read_beside_writer(store)


def fill(store: LogStore, count: int) -> dict[str, Any]:
    """Batches as they come from a file, merged as they would be."""
    codec, raw_bytes, compressed_bytes, seconds = pa.Codec("zstd", compression_level=3), 0, 0, 0.0
    lines: list[bytes] = []
    for number, records in enumerate(record_chunks(count)):
        lines += records["text"].to_pylist()
        # Sixteen megabytes at a time: more than the window of level 3.
        if len(lines) * 100 > 2**24 or (number + 1) * CHUNK_ROWS >= count:
            content = b"\n".join([*lines, b""])
            raw_bytes += len(content)
            compressed_bytes += len(codec.compress(content))
            lines = []
        started = time.perf_counter()
        append(store, records, "file")
        store.merge("bench", "services")
        seconds += time.perf_counter() - started
        if number % 10 == 9:
            print(f"{(number + 1) * CHUNK_ROWS:,} records after {seconds:.0f} s of writing", flush=True)
    started = time.perf_counter()
    for _ in range(2):
        store.merge("bench", "services", is_final=True)
    seconds += time.perf_counter() - started
    stored = sum(path.stat().st_size for path in Path(store.place).rglob("*") if path.is_file())
    return {
        "records": count,
        "bytes_ratio": round(stored / compressed_bytes, 3),
        "bytes_a_record": round(stored / count, 2),
        "raw_bytes_a_record": round(raw_bytes / count, 1),
        "written_a_second": round(count / seconds),
        "segments": store.size("bench", "services").segments,
    }


def append(store: LogStore, records: pa.Table, stream: str) -> None:
    key = BatchKey(stream, records["offset"][0].as_py(), records["offset"][-1].as_py() + 1)
    store.append("bench", "services", key, records, CATALOGUE)


def questions(reader: LogReader) -> dict[str, Any]:
    starts = [DAY_START + hour * HOUR_US for hour in (2, 13, 23)]
    hours = [replace(ALL, since=start, until=start + HOUR_US) for start in starts]
    templates = [replace(ALL, templates=(template,)) for template in TEMPLATES]
    texts = [replace(ALL, text=text) for text in TEXTS]
    trace = reader.latest(replace(ALL, until=DAY_START + DAY_US // 3), 1)[0].trace or ""
    return {
        "histogram_ms": slowest([partial(reader.count_levels, each) for each in hours]),
        "template_ms": slowest([partial(reader.latest, each) for each in templates]),
        "text_ms": slowest([partial(reader.latest, each) for each in texts]),
        "trace_ms": slowest([partial(reader.latest, replace(ALL, traces=(trace,)))]),
        "texts_ms": {each.text: slowest([partial(reader.latest, each)]) for each in texts},
    }


def slowest(calls: list[Callable[[], object]]) -> float:
    """The largest of their medians, in milliseconds."""
    # timeit would switch the collector off.
    times = [timeit.repeat(call, gc.enable, repeat=REPEATS, number=1) for call in calls]
    return round(max(map(statistics.median, times)) * 1000, 1)


def read_beside_writer(store: LogStore) -> dict[str, Any]:
    """Replaced files go at once here, so readers lose them between the manifest and the opening."""
    context = multiprocessing.get_context("spawn")
    is_over, answers = context.Event(), context.Value("q", 0)
    arguments = (Path(store.place), is_over, answers)
    readers = [context.Process(target=read_until, args=arguments) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    (records,) = record_chunks(CHUNK_ROWS)
    size = CHUNK_ROWS // LATER_BATCHES
    for number in range(LATER_BATCHES):
        append(store, records.slice(number * size, size), "another file")
        store.merge("bench", "services", is_final=number % 5 == 4)
    is_over.set()
    for reader in readers:
        reader.join()
    failures = sum(reader.exitcode != 0 for reader in readers)
    return {"readers": READERS, "failed_readers": failures, "answers_beside_writer": answers.value}


def read_until(root: Path, is_over: Event, answers: Any) -> None:
    """A reader that fails ends with another exit code."""
    reader, hour = LogReader(root, threads=1, seconds=120), replace(ALL, until=DAY_START + HOUR_US)
    cursor = reader.end(ALL)
    while not is_over.is_set():
        reader.count_levels(hour)
        reader.latest(replace(ALL, templates=TEMPLATES[:1]), 100)
        reader.latest(replace(hour, text=TEXTS[0]), 100)
        _, cursor = reader.after(ALL, cursor)
        with answers.get_lock():
            answers.value += 4

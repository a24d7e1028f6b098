"""Bytes and answers of the log store, over records of one day.

`bytes_ratio` is everything in the store's folder / `zstd -3` of the same lines as a file. The times are the slowest of
several questions of their kind, each the median of five: `histogram_ms` an hour by minute and level, `template_ms` the
latest hundred of a frequent, a middling and a rare template, `text_ms` a text over all records, `trace_ms` one trace.
At the end three processes read while one writes and merges.

The records are of six services, made from fixed seeds. Frequencies follow Zipf's law, as templates, users and addresses of
real logs do. Identifiers, hashes and traces are random digits that nothing compresses, as in a real system.
"""

import gc
import multiprocessing
import statistics
import tempfile
import time
import timeit
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.logs.store import BatchKey, Catalogue, Filters, Layout, LogStore, Template
from domain.logs.store.reader import LogReader
from domain.logs.store.record_columns import INPUT_SCHEMA
from domain.logs.store.rendering import render_texts
from domain.logs.store.segments import encode_records
from llm_backend import patterns

COMMAND = "bench log_store"

DAY_START = 1_795_737_600_000_000  # 2026-11-27T00:00:00Z
DAY_US = 86_400_000_000
CHUNK_ROWS = 100_000
LINES_PER_TRACE = 6
RARE_TEMPLATES = 400
SERVICES = ("gateway", "orders", "payments", "stock", "search", "mail")
LEVELS = ("INFO", "WARN", "ERROR")
LAYOUT = Layout(
    "service-line",
    ("", " ", " ", " [", "] [", "] ", ""),
    ("time", "level", "service", "host", "trace", "message"),
    "%Y-%m-%dT%H:%M:%S.%3fZ",
)
_MADE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
LINES, SUBJECTS, STATES = tuple(_MADE["lines"]), _MADE["subjects"], _MADE["states"]
WARNINGS_FROM, ERRORS_FROM = 19, 22
ALL_LINES = LINES + tuple(
    f"{SUBJECTS[number % 10]} {number // 80} {STATES[number // 10 % 8]} on node {{small}} after {{ms}} ms"
    for number in range(RARE_TEMPLATES)
)
KINDS = [patterns.findall(r"\{(\w+)\}", line) for line in ALL_LINES]
_PARTS = enumerate(tuple(patterns.split(r"\{\w+\}", line)) for line in ALL_LINES)
CATALOGUE = Catalogue.from_iterables((Template(f"t{n:04d}", parts) for n, parts in _PARTS), [LAYOUT])
Random = np.random.Generator
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


def record_chunks(count: int) -> Iterator[pa.Table]:
    """Tables of the store's input schema, in the order of time, with their texts and offsets as in one file."""
    offset = 0
    for first in range(0, count, CHUNK_ROWS):
        records = _records(first, min(CHUNK_ROWS, count - first), DAY_US / count)
        labels = {"organisation": "bench", "source": "bench"}
        texts = render_texts(encode_records(records, CATALOGUE, 1, labels), CATALOGUE)
        ends = offset + np.cumsum(pc.binary_length(texts).to_numpy().astype(np.int64) + 1)
        offsets = np.concatenate([[offset], ends[:-1]])
        offset = int(ends[-1])
        columns = {name: records[name] for name in INPUT_SCHEMA.names} | {"text": texts, "offset": offsets}
        yield pa.table(columns, schema=INPUT_SCHEMA)


def _records(first: int, size: int, step_us: float) -> pa.Table:
    random = np.random.default_rng(first)
    weights = 1 / np.arange(1, len(ALL_LINES) + 1) ** 1.1
    weights[len(LINES) :] /= 10
    templates = random.choice(len(ALL_LINES), size, p=weights / weights.sum())
    times = DAY_START + np.sort((first + random.random(size) * size) * step_us).astype(np.int64)
    level = np.digitize(templates, [WARNINGS_FROM, ERRORS_FROM])
    level[templates >= len(LINES)] = templates[templates >= len(LINES)] % len(LEVELS)
    host = random.integers(1, 13, size)
    columns = {
        # Most loggers write milliseconds.
        "time": times // 1000 * 1000,
        "level": _taken(LEVELS, level),
        "service": _taken(SERVICES, (templates + host) % len(SERVICES)),
        "host": _taken([f"node-{number}" for number in range(13)], host),
        "trace": pa.array(_traces(first, size, random)),
        "session": pa.nulls(size, pa.string()),
        "line": np.arange(first, first + size),
        "offset": np.zeros(size, dtype=np.int64),
        "layout": pa.repeat(LAYOUT.id, size),
        "template": _taken([f"t{number:04d}" for number in range(len(ALL_LINES))], templates),
        "parameters": _parameters(templates, first, random),
        "masked": pa.nulls(size, pa.int64()),
        "text": pa.nulls(size, pa.binary()),
    }
    return pa.table(columns)


def _taken(values: Sequence[str], places: Any) -> pa.Array:
    return pa.array(values).take(pa.array(places))


def _traces(first: int, size: int, random: Random) -> list[str]:
    """A request writes a handful of lines close together."""
    numbers = np.arange(first, first + size) // LINES_PER_TRACE + random.integers(0, 12, size)
    hashes = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    hashes ^= hashes >> np.uint64(29)
    hashes *= np.uint64(0xBF58476D1CE4E5B9)
    return [f"{number:016x}" for number in hashes.tolist()]


def _parameters(templates: Any, first: int, random: Random) -> pa.ListArray:
    width = max(map(len, KINDS))
    values = np.full((len(templates), width), None, dtype=object)
    for position in range(width):
        for kind in sorted({each[position] for each in KINDS if len(each) > position}):
            has_kind = np.array([len(each) > position and each[position] == kind for each in KINDS])
            rows = np.flatnonzero(has_kind[templates])
            values[rows, position] = VALUES[kind](random, len(rows), first)
    counts = np.array([len(each) for each in KINDS])[templates]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    flat = values[np.arange(width)[None, :] < counts[:, None]]
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(flat, pa.string()))


def _numbers(numbers: Any, before: str = "") -> list[str]:
    return [f"{before}{number}" for number in numbers.tolist()]


def _zipf(random: Random, size: int, most: int) -> Any:
    return np.minimum(random.zipf(1.3, size), most)


def _addresses(random: Random, size: int, _: int) -> list[str]:
    numbers = _zipf(random, size, 60_000) * 2_654_435_761 % 2**32
    return [".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0)) for number in numbers.tolist()]


def _paths(random: Random, size: int, _: int) -> list[str]:
    places = ("articles", "orders", "users", "carts")
    numbers = _zipf(random, size, 5_000).tolist()
    return [f"/api/v1/{places[number % 4]}/{number * 31 % 9973}" for number in numbers]


def _uuids(random: Random, size: int, _: int) -> list[str]:
    digits = random.bytes(16 * size).hex()
    ids = [digits[start : start + 32] for start in range(0, 32 * size, 32)]
    return [f"{each[:8]}-{each[8:12]}-{each[12:16]}-{each[16:20]}-{each[20:]}" for each in ids]


VALUES: dict[str, Callable[[Random, int, int], list[str]]] = {
    "ms": lambda random, size, _: _numbers(1 + random.lognormal(3, 1.2, size).astype(int)),
    "size": lambda random, size, _: _numbers(random.lognormal(9, 1.5, size).astype(int)),
    "small": lambda random, size, _: _numbers(random.integers(1, 60, size)),
    "cents": lambda random, size, _: _numbers(random.integers(99, 50_000, size)),
    "port": lambda random, size, _: _numbers(random.integers(32_768, 61_000, size)),
    "user": lambda random, size, _: _numbers(_zipf(random, size, 50_000) * 7_919 % 100_003, "u"),
    "article": lambda random, size, _: _numbers(_zipf(random, size, 20_000) * 104_729 % 1_000_003, "A-"),
    "order": lambda random, size, first: _numbers(
        70_000_000 + first + np.sort(random.integers(0, CHUNK_ROWS, size))
    ),
    "hash": lambda random, size, _: [random.bytes(10).hex() for _ in range(size)],
    "ip": _addresses,
    "path": _paths,
    "uuid": _uuids,
}

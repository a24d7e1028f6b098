"""The writing side: batches come in exactly once, small segments become large ones, old days and whole sources go."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from logstore.errors import BatchTooLarge
from logstore.files import LocalFiles
from logstore.manifest import DAY_US, EPOCH, MANIFEST, Manifest, Segment, folder_name
from logstore.record_columns import INPUT_SCHEMA, MAX_BATCH_BYTES, MAX_BATCH_ROWS, MAX_TEXT_BYTES
from logstore.segments import (
    encode_records,
    read_catalogues,
    read_segments,
    write_catalogue,
    write_segment,
)
from logstore.templates import Catalogue

LOCK, MERGE_LOCK = "lock", "merge-lock"
MAX_SEGMENT_ROWS = 1_000_000
# A segment is merged with those of its own size, so that a record is written anew three times in its life.
TIER_ROWS = (2_000, 16_000, 128_000, MAX_SEGMENT_ROWS)
MIN_MERGED_SEGMENTS = 8
# Longer than any query may take: readers may still hold what a merge has replaced.
READER_GRACE_S = 600


@dataclass(frozen=True, slots=True)
class BatchKey:
    """Offsets [first, last) of a stream: a file, the spool of a connection. Streams are few: their ranges are kept."""

    stream: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class SourceSize:
    """Times are microseconds UTC; none where nothing is stored."""

    rows: int
    bytes: int
    segments: int
    first_time: int | None
    last_time: int | None


@dataclass(frozen=True, slots=True)
class MergedDay:
    """What a merge has seen of a day: the version of its manifest, and since when the oldest replaced file waits to go."""

    version: str = ""
    oldest_obsolete: float | None = None


class LogStore:
    """Any number of processes may write, merge and drop at once; a source's changes queue behind its lock."""

    def __init__(self, root: Path, *, grace_s: float = READER_GRACE_S) -> None:
        self.files = LocalFiles(root)
        self.grace_s = grace_s

    def append(
        self, organisation: str, source: str, key: BatchKey, records: pa.Table, catalogue: Catalogue
    ) -> int:
        """Stores what is not stored yet, on the disk when it returns; says how many records that were.

        `records` has the input schema. The same offset brings the same time again: a record without a time of its own
        gets one that another attempt gives it too. Raises BatchTooLarge.
        """
        records = records.select(INPUT_SCHEMA.names).cast(INPUT_SCHEMA).combine_chunks()
        longest = pc.max(pc.binary_length(records["text"])).as_py() or 0
        if records.num_rows > MAX_BATCH_ROWS or records.nbytes > MAX_BATCH_BYTES or longest > MAX_TEXT_BYTES:
            raise BatchTooLarge(f"{records.num_rows} records, {records.nbytes} bytes, the longest {longest}")
        home = folder_name(organisation, source)
        offsets = pc.fill_null(records["offset"], key.first).to_numpy()
        days = records["time"].to_numpy() // DAY_US
        count = 0
        with self.files.exclusive(f"{home}/{LOCK}") as lock:
            for day in np.unique(days).tolist():
                folder = f"{home}/{EPOCH + timedelta(days=day)}"
                manifest = Manifest.read(self.files, folder)
                rows = records.filter(pa.array((days == day) & ~manifest.is_stored(key.stream, offsets)))
                if not rows.num_rows:
                    continue
                self.files.make_folder(folder)
                first_arrival = take_arrivals(lock, rows.num_rows)
                manifest, known = self._add_catalogue(folder, manifest, rows, catalogue, first_arrival)
                labels = {"organisation": organisation, "source": source}
                segment = write_segment(
                    self.files, folder, encode_records(rows, known, first_arrival, labels)
                )
                replace(
                    manifest,
                    segments=(*manifest.segments, segment),
                    ranges=manifest.with_range(key.stream, key.first, key.last),
                ).publish(self.files, folder)
                count += rows.num_rows
        return count

    def merge(self, organisation: str, source: str, *, is_final: bool = False) -> int:
        """Makes large segments of small ones, all small ones if `is_final`; says how many went into others.

        Reading and writing happen beside the writers; only the change of the manifest takes their lock. A day whose manifest
        is the one that was looked at last is not opened, unless what a merge has replaced is due to go.
        """
        home = folder_name(organisation, source)
        count = 0
        with ExitStack() as stack:
            try:
                lock = stack.enter_context(self.files.exclusive(f"{home}/{MERGE_LOCK}", wait=False))
            except BlockingIOError:
                return 0
            before = _read_merged_days(lock)
            after = {}
            for day in self.days(organisation, source):
                folder, state = f"{home}/{day}", before.get(day)
                is_known = state is not None and state.version == self.files.version(f"{folder}/{MANIFEST}")
                if state is None or is_final or not is_known or self._is_due(state):
                    merged, state = self._merge_day(home, folder, is_final=is_final)
                    count += merged
                after[day] = state
            if after != before:
                _write_merged_days(lock, after)
        return count

    def drop_before(self, organisation: str, source: str, first_day: date) -> int:
        """Days before this one go as a whole; says how many."""
        home = folder_name(organisation, source)
        days = [day for day in self.days(organisation, source) if date.fromisoformat(day) < first_day]
        with self.files.exclusive(f"{home}/{LOCK}"):
            for day in days:
                self.files.remove_folder(f"{home}/{day}")
        return len(days)

    def delete_source(self, organisation: str, source: str) -> None:
        """Everything of it goes, also what is being written: a writer that waits begins a new source."""
        home = folder_name(organisation, source)
        with self.files.exclusive(f"{home}/{LOCK}"):
            self.files.remove_folder(home)

    def size(self, organisation: str, source: str) -> SourceSize:
        """What is stored, without what merges have replaced and nobody has swept yet."""
        home = folder_name(organisation, source)
        segments = [
            segment
            for day in self.days(organisation, source)
            for segment in Manifest.read(self.files, f"{home}/{day}").segments
        ]
        return SourceSize(
            sum(each.rows for each in segments),
            sum(each.bytes for each in segments),
            len(segments),
            min((each.first_time for each in segments), default=None),
            max((each.last_time for each in segments), default=None),
        )

    def sources(self, organisation: str) -> list[str]:
        return self.files.names(folder_name(organisation))

    def days(self, organisation: str, source: str) -> list[str]:
        """Oldest first, as 2026-11-27."""
        return [name for name in self.files.names(folder_name(organisation, source)) if name[:1].isdigit()]

    def _add_catalogue(
        self, folder: str, manifest: Manifest, rows: pa.Table, catalogue: Catalogue, first_arrival: int
    ) -> tuple[Manifest, Catalogue]:
        """The day's catalogue with what the new rows need; a file more where that is not known yet."""
        known = read_catalogues(self.files, folder, manifest.catalogues)
        added = (
            catalogue.only(pc.unique(rows["template"]).to_pylist(), pc.unique(rows["layout"]).to_pylist())
            - known
        )
        if not added:
            return manifest, known
        name = write_catalogue(self.files, folder, added, first_arrival)
        return replace(manifest, catalogues=(*manifest.catalogues, name)), known | added

    def _is_due(self, state: MergedDay) -> bool:
        """Whether no reader can hold any more what was replaced first."""
        return state.oldest_obsolete is not None and time.time() - state.oldest_obsolete >= self.grace_s

    def _merge_day(self, home: str, folder: str, *, is_final: bool) -> tuple[int, MergedDay]:
        """How many segments went into others, and the manifest in which nothing is left to merge."""
        self._sweep(home, folder)
        count = 0
        while True:
            # Before it is read: a writer that comes between the two has made another one, which is looked at next time.
            version = self.files.version(f"{folder}/{MANIFEST}")
            manifest = Manifest.read(self.files, folder)
            group = _merge_group(manifest, is_final=is_final)
            if not group:
                return count, MergedDay(version, min(manifest.obsolete.values(), default=None))
            if not self._replace(home, folder, group):
                return count, MergedDay()
            count += len(group)

    def _replace(self, home: str, folder: str, group: list[Segment]) -> bool:
        """One segment in place of a group; false where the day went meanwhile."""
        try:
            merged = write_segment(self.files, folder, read_segments(self.files, folder, group))
        except FileNotFoundError:
            return False
        with self.files.exclusive(f"{home}/{LOCK}"):
            manifest = Manifest.read(self.files, folder)
            if not set(group) <= set(manifest.segments):
                self.files.remove(f"{folder}/{merged.name}")
                return False
            names = [each.name for each in group]
            catalogues = manifest.catalogues
            if len(catalogues) >= MIN_MERGED_SEGMENTS:
                known = read_catalogues(self.files, folder, catalogues)
                names += catalogues
                catalogues = (write_catalogue(self.files, folder, known, merged.first_arrival),)
            rest = [each for each in manifest.segments if each not in group]
            replace(
                manifest,
                segments=tuple(sorted([*rest, merged], key=lambda each: each.first_arrival)),
                catalogues=catalogues,
                obsolete=manifest.obsolete | dict.fromkeys(names, time.time()),
            ).publish(self.files, folder)
        return True

    def _sweep(self, home: str, folder: str) -> None:
        """Removes what merges have replaced a while ago, and what a killed writer never finished."""
        now = time.time()
        with self.files.exclusive(f"{home}/{LOCK}"):
            manifest = Manifest.read(self.files, folder)
            old = {name for name, since in manifest.obsolete.items() if now - since >= self.grace_s}
            in_use = {
                MANIFEST,
                *manifest.catalogues,
                *manifest.obsolete,
                *(each.name for each in manifest.segments),
            }
            # The locks of writers and of merges are both held: what nobody counts is nobody's.
            orphans = set(self.files.names(folder)) - in_use
            if old:
                rest = {name: since for name, since in manifest.obsolete.items() if name not in old}
                replace(manifest, obsolete=rest).publish(self.files, folder)
            for name in old | orphans:
                self.files.remove(f"{folder}/{name}")


def _merge_group(manifest: Manifest, *, is_final: bool) -> list[Segment]:
    """Neighbours in the order of their arrival, of one size, that are worth one segment. Empty when there are none."""
    for rows in TIER_ROWS:
        small = [each for each in manifest.segments if each.rows < rows]
        group: list[Segment] = []
        for segment in small:
            if sum(each.rows for each in group) + segment.rows > MAX_SEGMENT_ROWS:
                if len(group) > 1:
                    return group
                group = []
            group.append(segment)
        if len(group) >= (2 if is_final else MIN_MERGED_SEGMENTS):
            return group
    return []


def _read_merged_days(lock: BinaryIO) -> dict[str, MergedDay]:
    """By day, as the last merge left them in its lock; nothing where it was killed while it wrote."""
    try:
        return {day: MergedDay(*state) for day, state in orjson.loads(lock.read() or b"{}").items()}
    except orjson.JSONDecodeError:
        return {}


def _write_merged_days(lock: BinaryIO, days: Mapping[str, MergedDay]) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(orjson.dumps({day: [each.version, each.oldest_obsolete] for day, each in days.items()}))


def take_arrivals(lock: BinaryIO, count: int) -> int:
    """The first of `count` numbers, greater than all before. They follow the clock, so a lost file does no harm."""
    lock.seek(0)
    last = int(lock.read() or b"0")
    first = max(last + 1, time.time_ns() // 1000)
    lock.seek(0)
    lock.write(b"%020d" % (first + count - 1))
    lock.flush()
    return first

"""The writing side: batches come in exactly once, small segments become large ones, old days and whole sources go."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from domain.logs.store.commits import Change
from domain.logs.store.errors import BatchTooLarge
from domain.logs.store.files import Files
from domain.logs.store.manifest import DAY_US, EPOCH, Manifest, Segment, folder_name
from domain.logs.store.record_columns import INPUT_SCHEMA, MAX_BATCH_BYTES, MAX_BATCH_ROWS, MAX_TEXT_BYTES
from domain.logs.store.segments import (
    encode_records,
    read_catalogues,
    read_segments,
    write_catalogue,
    write_segment,
)
from domain.logs.store.storage_backends import commits_at
from domain.logs.store.templates import Catalogue

MAX_SEGMENT_ROWS = 1_000_000
# A segment is merged with those of its own size, so that a record is written anew three times in its life.
TIER_ROWS = (2_000, 16_000, 128_000, MAX_SEGMENT_ROWS)
MIN_MERGED_SEGMENTS = 8
# Each costs some twenty milliseconds: after so many others get the lock of the source, and whoever appends may be stopped.
MAX_CHANGE_DAYS = 16
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

    def __init__(self, place: Path | str, *, grace_s: float = READER_GRACE_S) -> None:
        """`place`: a folder, or `s3://…` as `places` reads it."""
        self.place = place
        self.commits = commits_at(place)
        self.grace_s = grace_s

    @property
    def files(self) -> Files:
        return self.commits.files

    def append(
        self,
        organisation: str,
        source: str,
        key: BatchKey,
        records: pa.Table,
        catalogue: Catalogue,
        check: Callable[[], None] = lambda: None,
    ) -> int:
        """Stores what is not stored yet, on the disk when it returns; says how many records that were.

        `records` has the input schema. The same offset brings the same time again: a record without a time of its own
        gets one that another attempt gives it too. `check` is called after some days were stored and before the next
        ones are, and stops by raising: the same batch again goes on there. Raises BatchTooLarge.
        """
        records = records.select(INPUT_SCHEMA.names).cast(INPUT_SCHEMA).combine_chunks()
        longest = pc.max(pc.binary_length(records["text"])).as_py() or 0
        if records.num_rows > MAX_BATCH_ROWS or records.nbytes > MAX_BATCH_BYTES or longest > MAX_TEXT_BYTES:
            raise BatchTooLarge(f"{records.num_rows} records, {records.nbytes} bytes, the longest {longest}")
        home = folder_name(organisation, source)
        offsets = pc.fill_null(records["offset"], key.first).to_numpy()
        days = records["time"].to_numpy() // DAY_US
        labels = {"organisation": organisation, "source": source}

        def add(change: Change, numbers: list[int]) -> int:
            count = 0
            for number in numbers:
                day = str(EPOCH + timedelta(days=number))
                is_new = (days == number) & ~change.manifest(day).is_stored(key.stream, offsets)
                if is_new.any():
                    rows = records.filter(pa.array(is_new))
                    self._store_day(change, f"{home}/{day}", key, rows, catalogue, labels)
                    count += rows.num_rows
            return count

        numbers, total = np.unique(days).tolist(), 0
        for first in range(0, len(numbers), MAX_CHANGE_DAYS):
            # Not where nothing was stored: whoever comes back again and again comes further each time.
            if total:
                check()
            group = numbers[first : first + MAX_CHANGE_DAYS]
            total += self.commits.change(home, partial(add, numbers=group))
        return total

    def _store_day(
        self,
        change: Change,
        folder: str,
        key: BatchKey,
        rows: pa.Table,
        catalogue: Catalogue,
        labels: dict[str, str],
    ) -> None:
        """One more segment of a day, with what its texts are written with."""
        day = folder.rpartition("/")[2]
        change.files.make_folder(folder)
        first_arrival, manifest = change.take_arrivals(rows.num_rows), change.manifest(day)
        catalogues = manifest.catalogues
        day_catalogue = read_catalogues(self.files, folder, catalogues)
        templates, layouts = pc.unique(rows["template"]), pc.unique(rows["layout"])
        new_templates = catalogue.only(templates.to_pylist(), layouts.to_pylist()) - day_catalogue
        if new_templates:
            day_catalogue |= new_templates
            catalogues = (*catalogues, write_catalogue(change.files, folder, new_templates, first_arrival))
        segment = write_segment(
            change.files, folder, encode_records(rows, day_catalogue, first_arrival, labels)
        )
        change.publish(
            day,
            replace(
                manifest,
                catalogues=catalogues,
                segments=(*manifest.segments, segment),
                ranges=manifest.with_range(key.stream, key.first, key.last),
            ),
        )

    def merge(self, organisation: str, source: str, *, is_final: bool = False) -> int:
        """Makes large segments of small ones, all small ones if `is_final`; says how many went into others.

        Reading and writing happen beside the writers; only the change of the manifest takes their lock. A day whose manifest
        is the one that was looked at last is not opened, unless what a merge has replaced is due to go.
        """
        home = folder_name(organisation, source)
        count = 0
        with self.commits.merging(home) as notes:
            if notes is None:
                return 0
            before, after = _merged_days(notes.read()), {}
            state = self.commits.state(home)
            for day in state.days():
                merged = before.get(day)
                is_known = merged is not None and merged.version == state.version(day)
                if merged is None or is_final or not is_known or self._is_due(merged):
                    replaced, merged = self._merge_day(home, day, is_final=is_final)
                    count += replaced
                after[day] = merged
            if after != before:
                notes.write(
                    orjson.dumps({day: [each.version, each.oldest_obsolete] for day, each in after.items()})
                )
        return count

    def drop_before(self, organisation: str, source: str, first_day: date) -> int:
        """Days before this one go as a whole; says how many."""
        return self.commits.drop_before(folder_name(organisation, source), str(first_day))

    def delete_source(self, organisation: str, source: str) -> None:
        """Everything of it goes, also what is being written: a writer that waits begins a new source."""
        self.commits.delete(folder_name(organisation, source))

    def delete_organisation(self, organisation: str) -> None:
        """Everything of all its sources, when nobody writes to them any more; of a bucket their empty heads, too."""
        for source in self.sources(organisation):
            self.delete_source(organisation, source)
        self.commits.delete_organisation(folder_name(organisation))

    def size(self, organisation: str, source: str) -> SourceSize:
        """What is stored, without what merges have replaced and nobody has swept yet."""
        state = self.commits.state(folder_name(organisation, source))
        segments = [segment for day in state.days() for segment in state.manifest(day).segments]
        return SourceSize(
            sum(each.rows for each in segments),
            sum(each.bytes for each in segments),
            len(segments),
            min((each.first_time for each in segments), default=None),
            max((each.last_time for each in segments), default=None),
        )

    def sources(self, organisation: str) -> list[str]:
        return self.commits.sources(organisation)

    def days(self, organisation: str, source: str) -> list[str]:
        """Oldest first, as 2026-11-27."""
        return self.commits.state(folder_name(organisation, source)).days()

    def _is_due(self, state: MergedDay) -> bool:
        """Whether no reader can hold any more what was replaced first."""
        return state.oldest_obsolete is not None and time.time() - state.oldest_obsolete >= self.grace_s

    def _merge_day(self, home: str, day: str, *, is_final: bool) -> tuple[int, MergedDay]:
        """How many segments went into others, and the manifest in which nothing is left to merge."""
        waiting = self.commits.sweep(home, day, self.grace_s)
        count = 0
        while True:
            state = self.commits.state(home)
            # Before it is read: a writer that comes between the two has made another one, which is looked at next time.
            version = state.version(day)
            manifest = state.manifest(day)
            group = _merge_group(manifest, is_final=is_final)
            if not group:
                leftover = [*manifest.obsolete.values(), *([waiting] if waiting else [])]
                return count, MergedDay(version, min(leftover, default=None))
            if not self._replace(home, day, group):
                return count, MergedDay()
            count += len(group)

    def _replace(self, home: str, day: str, group: list[Segment]) -> bool:
        """One segment in place of a group; false where the day went meanwhile."""
        folder = f"{home}/{day}"
        with self.commits.prepare() as prepared:
            try:
                rows = read_segments(self.files, folder, group)
                merged_segment = write_segment(prepared.files, folder, rows)
            except FileNotFoundError:
                return False

            def swap(change: Change) -> bool:
                manifest = change.manifest(day)
                if not set(group) <= set(manifest.segments):
                    prepared.discard(folder, merged_segment)
                    return False
                segment = prepared.publish(change.files, folder, merged_segment)
                names = [each.name for each in group]
                catalogues = manifest.catalogues
                if len(catalogues) >= MIN_MERGED_SEGMENTS:
                    day_catalogue = read_catalogues(self.files, folder, catalogues)
                    names += catalogues
                    catalogues = (
                        write_catalogue(change.files, folder, day_catalogue, merged_segment.first_arrival),
                    )
                rest = [each for each in manifest.segments if each not in group]
                manifest = replace(
                    manifest,
                    segments=tuple(sorted([*rest, segment], key=lambda each: each.first_arrival)),
                    catalogues=catalogues,
                    obsolete=manifest.obsolete | dict.fromkeys(names, time.time()),
                )
                change.publish(day, manifest)
                return True

            return self.commits.change(home, swap)


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


def _merged_days(notes: bytes) -> dict[str, MergedDay]:
    """By day, as the last merge left them; nothing where it was killed while it wrote."""
    try:
        return {day: MergedDay(*state) for day, state in orjson.loads(notes or b"{}").items()}
    except orjson.JSONDecodeError:
        return {}

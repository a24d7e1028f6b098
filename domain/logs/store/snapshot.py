"""Which files hold what a reader asks for, at one moment."""

import functools
import operator
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from domain.logs.store.commits import Commits
from domain.logs.store.filters import Filters
from domain.logs.store.manifest import DAY_US, EPOCH, Segment, folder_name
from domain.logs.store.record_columns import TEXT_COLUMNS
from domain.logs.store.segments import read_catalogues
from domain.logs.store.templates import Catalogue

# Newest first: most questions are answered before the older files are opened.
FIRST_WINDOW_ROWS = 1_000_000

Cursor = Mapping[str, int]
"""By source, the arrival of the last record that was read."""


@dataclass(frozen=True, slots=True)
class SegmentFile:
    source: str
    path: str
    segment: Segment


@dataclass(frozen=True, slots=True)
class Snapshot:
    files: list[SegmentFile]
    catalogues: dict[tuple[str, int], Catalogue]
    """By source and day, counted from 1970."""

    @classmethod
    def take(cls, commits: Commits, filters: Filters, cursor: Cursor | None = None) -> "Snapshot":
        """Raises FileNotFoundError where a file went in that moment: the next snapshot is without it."""
        segments: list[SegmentFile] = []
        catalogues: dict[tuple[str, int], Catalogue] = {}
        files = commits.files
        for source in filters.sources or commits.sources(filters.organisation):
            home = folder_name(filters.organisation, source)
            state = commits.state(home)
            for name in state.days():
                day = (date.fromisoformat(name) - EPOCH).days
                if not _overlaps(day * DAY_US, (day + 1) * DAY_US - 1, filters):
                    continue
                manifest = state.manifest(name)
                new = [
                    SegmentFile(source, files.address(f"{home}/{name}/{each.name}"), each)
                    for each in manifest.segments
                    if _overlaps(each.first_time, each.last_time, filters)
                    and (cursor is None or each.last_arrival > cursor.get(source, 0))
                ]
                if new:
                    segments += new
                    catalogues[source, day] = read_catalogues(files, f"{home}/{name}", manifest.catalogues)
        return cls(segments, catalogues)

    def catalogue(self) -> Catalogue:
        """All days' in one."""
        whole = Catalogue()
        for each in self.catalogues.values():
            whole |= each
        return whole

    def letters(self, paths: Collection[str]) -> dict[str, int]:
        """By column the bytes that stand in it in any of these files, as bits; none where one does not say."""
        chosen = set(paths)
        letter_sets = [each.segment.letters for each in self.files if each.path in chosen]
        if not all(letter_sets):
            return {}
        columns = zip(*letter_sets, strict=True)
        return {
            name: functools.reduce(operator.or_, (int(each, 16) for each in column))
            for name, column in zip(TEXT_COLUMNS, columns, strict=True)
        }

    def windows(self) -> Iterator[tuple[list[str], int | None]]:
        """Paths, newest first, more with each step; with each window the newest time of what is left."""
        files = sorted(self.files, key=lambda each: each.segment.last_time, reverse=True)
        window: list[str] = []
        rows, enough = 0, FIRST_WINDOW_ROWS
        for number, file in enumerate(files, start=1):
            window.append(file.path)
            rows += file.segment.rows
            if rows >= enough or number == len(files):
                yield window, files[number].segment.last_time if number < len(files) else None
                window, rows, enough = [], 0, enough * 2


def _overlaps(first: int, last: int, filters: Filters) -> bool:
    if filters.before and first > filters.before[0]:
        return False
    if filters.after and last < filters.after[0]:
        return False
    return (filters.since is None or last >= filters.since) and (
        filters.until is None or first < filters.until
    )

"""The reading side: DuckDB in the reader's own process, or a ClickHouse server, over the files that the manifests name."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from domain.logs.store import statements
from domain.logs.store.duckdb_engine import DuckDBEngine
from domain.logs.store.errors import QueryTimeout
from domain.logs.store.filters import Filters
from domain.logs.store.manifest import DAY_US
from domain.logs.store.query_turns import QueryTurns
from domain.logs.store.record_columns import FIELDS, SLOTS, STORED_SCHEMA, Record
from domain.logs.store.rendering import render_texts
from domain.logs.store.snapshot import Cursor, Snapshot
from domain.logs.store.statements import RECORD_COLUMNS, Bindings
from domain.logs.store.storage_backends import commits_at
from domain.logs.store.text_search import TextPlan, plan_search
from domain.logs.store.value_columns import period_column, value_column
from domain.logs.store.value_types import Field, Period, ValueCounts, ValueType

MAX_RECORDS = 5_000
MAX_COUNTS = 200_000
MAX_SCANNED = 200_000
MAX_ATTEMPTS = 3
# Questions that one reader answers at once, those of one organisation, and how long another one waits for its turn.
MAX_QUERIES, MAX_QUERIES_EACH, MAX_WAIT_SECONDS = 4, 2, 1.0
# Of those, being planned: in Python, beside which no other thread of the process works.
MAX_PLANS, MAX_PLANS_EACH = 2, 1
# One bucket for every time.
ALL_TIME_S = 10**12

Result = TypeVar("Result")
Unmask = Callable[[str], str]
"""Gives the meaning of a masked parameter's token, to whoever may know it."""


@dataclass(frozen=True, slots=True)
class Count:
    """`time` is the first microsecond of the bucket, `value` the level or template that was counted."""

    time: int
    value: str | None
    records: int


@dataclass(frozen=True, slots=True)
class _Question:
    """What one call asks, of which files, and until when it may take."""

    snapshot: Snapshot
    filters: Filters
    plan: TextPlan | None
    deadline: float

    def conditions(self, paths: Sequence[str], bindings: Bindings) -> exp.Expr:
        """What the records of these files have to fulfil."""
        plan = self.plan.within(self.snapshot.letters(paths)) if self.plan else None
        condition = statements.matches_filters(self.filters, plan, bindings, is_shared_table=False)
        if typed := self.filters.typed_value:
            column = value_column(typed.type, self.snapshot.catalogue(), bindings)
            condition = exp.and_(condition, exp.EQ(this=column, expression=bindings.bind(typed.value)))
        return condition


class Engine(Protocol):
    """What answers statements over segments."""

    def segment_table(self, paths: Sequence[str], bindings: Bindings) -> exp.Expr:
        """These files, as one table."""

    def run(self, statement: exp.Select, bindings: Bindings, seconds: float) -> pa.Table: ...


class LogReader:
    """Reads what is committed, beside any number of writers and readers. Safe for threads.

    Every call is bounded: rows, seconds, memory, threads, and how many others are answered beside it. It raises
    QueryTimeout, QueryTooLarge, SearchTooBroad, TooManyQueries. `deadline`, of the monotonic clock: of several calls that
    answer one question; each has `seconds`.
    """

    def __init__(
        self,
        place: Path | str,
        *,
        query_url: str = "",
        threads: int = 2,
        memory: str = "512MB",
        seconds: float = 10,
    ) -> None:
        """`place`: a folder, or `s3://…` as `places` reads it. `query_url`: a ClickHouse server that reads the bucket."""
        self.commits = commits_at(place)
        self.seconds = seconds
        self._turns = QueryTurns(MAX_QUERIES, MAX_QUERIES_EACH, wait_seconds=MAX_WAIT_SECONDS)
        self._planning_turns = QueryTurns(MAX_PLANS, MAX_PLANS_EACH, wait_seconds=MAX_WAIT_SECONDS)
        self.engine: Engine
        if query_url:
            from domain.logs.store.clickhouse_engine import ClickHouseEngine

            self.engine = ClickHouseEngine(query_url, self.commits.files)
        else:
            self.engine = DuckDBEngine(self.commits.files, threads=threads, memory=memory)

    def latest(
        self,
        filters: Filters,
        limit: int = 100,
        *,
        unmask: Unmask | None = None,
        deadline: float | None = None,
    ) -> list[Record]:
        """The newest records, newest first."""

        def read(question: _Question) -> list[Record]:
            rows, count = STORED_SCHEMA.empty_table().select(RECORD_COLUMNS), min(limit, MAX_RECORDS)
            for paths, newest_left in question.snapshot.windows():
                more = self._newest_rows(question, paths, count)
                order = [(name, "descending") for name in statements.NEWEST_FIRST]
                rows = pa.concat_tables([rows, more])
                rows = rows.take(pc.sort_indices(rows, order)[:count])
                is_full = rows.num_rows == count
                if is_full and newest_left is not None and rows["time_ms"][-1].as_py() > newest_left // 1000:
                    break
            return _to_records(rows, question.snapshot, unmask)

        return self._ask(filters, read, deadline=deadline)

    def earliest(self, filters: Filters, limit: int) -> list[Record]:
        """The oldest records, oldest first. Every column of what the filters ask for is read: they should ask for few."""

        def read(question: _Question) -> list[Record]:
            if not question.snapshot.files:
                return []
            bindings = Bindings()
            paths = [each.path for each in question.snapshot.files]
            table = self.engine.segment_table(paths, bindings)
            condition, count = question.conditions(paths, bindings), min(limit, MAX_RECORDS)
            statement = statements.select_columns(table, condition, RECORD_COLUMNS, count)
            return _to_records(self._run(statement, bindings, question), question.snapshot, None)

        return self._ask(filters, read)

    def after(
        self, filters: Filters, cursor: Cursor, limit: int = 500, *, unmask: Unmask | None = None
    ) -> tuple[list[Record], dict[str, int]]:
        """What was stored after the cursor, source by source in the order in which it was stored, and the cursor to go on
        from.

        A source that the cursor does not name is read from its beginning.
        """

        def read(question: _Question) -> tuple[list[Record], dict[str, int]]:
            records: list[Record] = []
            ends = dict(cursor)
            sources = sorted({source for source, _ in question.snapshot.catalogues})
            for number, source in enumerate(sources):
                bindings = Bindings()
                paths = [each.path for each in question.snapshot.files if each.source == source]
                table = self.engine.segment_table(paths, bindings)
                is_new = statements.is_after_arrival(source, cursor.get(source, 0), bindings)
                condition = exp.and_(question.conditions(paths, bindings), is_new)
                left = min(limit, MAX_RECORDS) - len(records)
                if left <= 0:
                    break
                # Each has its share: one that never ends would keep the others away.
                count = max(1, left // (len(sources) - number))
                rows = self._run(statements.select_arrivals(table, condition, count), bindings, question)
                records += _to_records(rows, question.snapshot, unmask)
                if rows.num_rows == count:
                    ends[source] = rows["arrival"][-1].as_py()
                else:
                    ends[source] = max(
                        each.segment.last_arrival for each in question.snapshot.files if each.source == source
                    )
            return records, ends

        return self._ask(filters, read, cursor)

    def scan(self, filters: Filters, columns: Sequence[str], limit: int = MAX_SCANNED) -> pa.Table:
        """Stored columns of the earliest records, in the order of their time, without putting texts together."""

        def read(question: _Question) -> pa.Table:
            if not question.snapshot.files:
                return STORED_SCHEMA.empty_table().select(list(columns))
            bindings = Bindings()
            paths = [each.path for each in question.snapshot.files]
            table = self.engine.segment_table(paths, bindings)
            condition = question.conditions(paths, bindings)
            statement = statements.select_columns(table, condition, columns, min(limit, MAX_SCANNED))
            return self._run(statement, bindings, question)

        return self._ask(filters, read)

    def end(self, filters: Filters) -> dict[str, int]:
        """The cursor behind everything that is stored now."""
        ends: dict[str, int] = {}
        for each in Snapshot.take(self.commits, filters).files:
            ends[each.source] = max(ends.get(each.source, 0), each.segment.last_arrival)
        return ends

    def count_levels(self, filters: Filters, bucket_s: int = 60) -> list[Count]:
        """A histogram: records by time and level."""
        return self._counts(filters, "level", bucket_s)

    def count_templates(
        self, filters: Filters, bucket_s: int = 60, *, deadline: float | None = None
    ) -> list[Count]:
        """Records by time and template."""
        return self._counts(filters, "template", bucket_s, deadline)

    def count_values(
        self, filters: Filters, by: Field | Period | ValueType, limit: int, *, zone_ms: int = 0
    ) -> ValueCounts:
        """Records by a field, by the hour or day of clocks that are `zone_ms` ahead of UTC, or by values of a type."""

        def read(question: _Question) -> ValueCounts:
            if not question.snapshot.files:
                return ValueCounts([], 0, 0, 0)
            bindings = Bindings()
            paths = [each.path for each in question.snapshot.files]
            table = self.engine.segment_table(paths, bindings)
            if isinstance(by, ValueType):
                value = value_column(by, question.snapshot.catalogue(), bindings)
            else:
                value = period_column(by, zone_ms) if isinstance(by, Period) else exp.column(by)
            condition = question.conditions(paths, bindings)
            statement = statements.count_values(table, condition, value, min(limit, MAX_RECORDS) + 1)
            return _value_counts(self._run(statement, bindings, question).to_pylist(), limit)

        return self._ask(filters, read)

    def values(
        self,
        filters: Filters,
        column: Literal["service", "host"],
        limit: int,
        *,
        deadline: float | None = None,
    ) -> list[str]:
        """What stands in a field of the records, the most frequent first."""
        counts = [each for each in self._counts(filters, column, ALL_TIME_S, deadline) if each.value]
        counts.sort(key=lambda each: (-each.records, each.value))
        return [each.value for each in counts[:limit] if each.value]

    def _counts(
        self, filters: Filters, column: str, bucket_s: int, deadline: float | None = None
    ) -> list[Count]:
        def read(question: _Question) -> list[Count]:
            if not question.snapshot.files:
                return []
            bindings = Bindings()
            paths = [each.path for each in question.snapshot.files]
            table = self.engine.segment_table(paths, bindings)
            statement = statements.count_records(
                table, question.conditions(paths, bindings), column, bucket_s * 1000, MAX_COUNTS
            )
            rows = self._run(statement, bindings, question).to_pydict()
            return [
                Count(bucket * 1000, value, records)
                for bucket, value, records in zip(rows["bucket"], rows[column], rows["records"], strict=True)
            ]

        return self._ask(filters, read, deadline=deadline)

    def _newest_rows(self, question: _Question, paths: Sequence[str], count: int) -> pa.Table:
        bindings = Bindings()
        table = self.engine.segment_table(paths, bindings)
        statement = statements.select_newest(table, question.conditions(paths, bindings), count)
        newest = self._run(statement, bindings, question).to_pydict()
        if not newest["arrival"]:
            return STORED_SCHEMA.empty_table().select(RECORD_COLUMNS)
        bindings = Bindings()
        table = self.engine.segment_table(paths, bindings)
        is_listed = statements.is_listed(
            newest["time_ms"], newest["arrival"], question.filters.templates, bindings
        )
        rows = self._run(statements.select_latest(table, is_listed, MAX_RECORDS), bindings, question)
        # Sources number their records apart: another one's may have the same number.
        keys = set(zip(newest["source"], newest["arrival"], strict=True))
        own = [
            key in keys for key in zip(rows["source"].to_pylist(), rows["arrival"].to_pylist(), strict=True)
        ]
        return rows.filter(pa.array(own, pa.bool_()))

    def _ask(
        self,
        filters: Filters,
        read: Callable[[_Question], Result],
        cursor: Cursor | None = None,
        deadline: float | None = None,
    ) -> Result:
        """Merging and dropping may take a file away between the manifest and its opening: then everything is read anew."""
        deadline = min(time.monotonic() + self.seconds, math.inf if deadline is None else deadline)
        with self._turns.one(filters.organisation, deadline):
            for attempt in range(1, MAX_ATTEMPTS + 1):
                try:
                    snapshot = Snapshot.take(self.commits, filters, cursor)
                    plan = self._plan(filters, snapshot, deadline) if filters.text else None
                    return read(_Question(snapshot, filters, plan, deadline))
                except (FileNotFoundError, duckdb.IOException):
                    if attempt == MAX_ATTEMPTS:
                        raise
        raise AssertionError("the last attempt returns or raises")

    def _plan(self, filters: Filters, snapshot: Snapshot, deadline: float) -> TextPlan:
        with self._planning_turns.one(filters.organisation, deadline):
            return plan_search(filters.text, snapshot.catalogue(), is_whole=filters.is_whole)

    def _run(self, statement: exp.Select, bindings: Bindings, question: _Question) -> pa.Table:
        seconds = question.deadline - time.monotonic()
        if seconds <= 0:
            raise QueryTimeout("No answer in time.")
        return self.engine.run(statement, bindings, seconds)


def _value_counts(rows: list[dict[str, Any]], limit: int) -> ValueCounts:
    if not rows:
        return ValueCounts([], 0, 0, 0)
    missing = sum(row["records"] for row in rows if row["value"] is None)
    counts = [(str(row["value"]), row["records"]) for row in rows if row["value"] is not None]
    distinct = rows[0]["all_values"] - (rows[0]["value"] is None)
    return ValueCounts(counts[:limit], missing, int(rows[0]["all_records"]), distinct)


def _to_records(rows: pa.Table, snapshot: Snapshot, unmask: Unmask | None) -> list[Record]:
    """In their order, each text put together with the catalogue of its source and day."""
    if unmask:
        rows = _reveal(rows, unmask)
    plain = rows.to_pylist()
    places: dict[tuple[str, int], list[int]] = {}
    for place, row in enumerate(plain):
        places.setdefault((row["source"], row["time_ms"] * 1000 // DAY_US), []).append(place)
    texts: dict[int, bytes] = {}
    for key, here in places.items():
        column = render_texts(rows.take(here).combine_chunks(), snapshot.catalogues[key])
        texts |= zip(here, column.to_pylist(), strict=True)
    return [
        Record(
            **{name: row[name] for name in (*FIELDS, "source", "arrival", "line", "offset", "template")},
            time=row["time_ms"] * 1000 + row["time_us"],
            text=texts[place],
            parameters=tuple(row[slot] for slot in SLOTS if row[slot] is not None),
            masked=row["masked"] or 0,
        )
        for place, row in enumerate(plain)
    ]


def _reveal(rows: pa.Table, unmask: Unmask) -> pa.Table:
    """Only what the writer has marked: a line can hold what looks like a token."""
    masked = [bits or 0 for bits in rows["masked"].to_pylist()]
    for position, slot in enumerate(SLOTS):
        if any(bits >> position & 1 for bits in masked):
            values = [
                unmask(value) if bits >> position & 1 else value
                for value, bits in zip(rows[slot].to_pylist(), masked, strict=True)
            ]
            rows = rows.set_column(rows.schema.get_field_index(slot), slot, pa.array(values, pa.string()))
    return rows

"""A batch of the spool as tables of records, all of them or none."""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from typing import cast

import pyarrow as pa
from django.conf import settings

from apps.core import bounded_streams
from apps.core.bounded import Limits, WorkFailed
from apps.log_analysis.records import batch_formats, ingestion
from apps.log_analysis.records.batch_formats import BatchUnreadable
from apps.log_analysis.records.batch_reading import LINES, table_of
from apps.log_analysis.records.record_times import TimeBounds
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.sources.packed_files import MemberStream
from apps.log_analysis.sources.spool import Batch
from apps.log_analysis.sources.unpacking import MAX_BATCH_RECORDS, Unpackable, plain_content

PACKED_TABLES = "apps.log_analysis.records.batch_reading:packed_tables"
LIMITS = Limits(seconds=60, cpu_seconds=60, memory_bytes=640 * 2**20, output_bytes=256 * 2**20)
# What unpacks to less is read here: it takes less memory than a child process, and its time.
SMALL_BYTES = 2 * 2**20
# What odd content makes a library raise, here and in the store: the same the next time.
CONTENT_ERRORS = (
    *(ValueError, TypeError, LookupError, ArithmeticError, AttributeError),
    *(RecursionError, MemoryError, pa.ArrowException),
)


def read_tables(
    source: LogSource, batch: Batch, check: Callable[[], None], *, last_time: datetime | None = None
) -> list[pa.Table]:
    """`last_time`: of the record that came last before it. Raises BatchUnreadable."""
    tables, count = [], 0
    try:
        for table in _tables(source, batch, check, last_time):
            tables.append(table)
            count += table.num_rows
            if count > MAX_BATCH_RECORDS:
                raise BatchUnreadable("too_many_records")
    except (Unpackable, bounded_streams.StreamRefused) as error:
        raise BatchUnreadable(error.code) from error
    except WorkFailed as error:
        raise BatchUnreadable("reading_failed" if error.reason == "error" else "too_complex") from error
    except CONTENT_ERRORS as error:
        raise BatchUnreadable("reading_failed") from error
    return tables


def _tables(
    source: LogSource, batch: Batch, check: Callable[[], None], last_time: datetime | None
) -> Iterator[pa.Table]:
    bounds = TimeBounds.of_batch(batch.arrived_at, batch.keep_days or source.keep_days)
    if source.kind == LogSource.Transport.FOLDER:
        bounds = TimeBounds.of_file(batch.arrived_at)
    if batch.form == LINES:
        with closing(_plain_stream(batch, check)) as stream:
            yield from ingestion.blocks_of(stream, source, bounds, goes_on_from=last_time)
        return
    before = bounds.arrival
    for table in _parsed_tables(batch, source.time_zone, check):
        table = bounds.apply(ingestion.sample_records(table, source), before)
        before = table["time"][-1].as_py() if table.num_rows else before
        yield table


def _plain_stream(batch: Batch, check: Callable[[], None]) -> io.BufferedReader:
    """Lines that came plain are blocks of bounded size wherever they are read."""
    content = batch.content if not batch.encoding else _small_content(batch)
    if content is not None:
        return io.BufferedReader(cast(io.RawIOBase, io.BytesIO(content)))
    pieces = _child_parts(batch, "", check)
    return io.BufferedReader(MemberStream(next(pieces, b""), pieces))


def _parsed_tables(batch: Batch, zone: str, check: Callable[[], None]) -> Iterator[pa.Table]:
    content = _small_content(batch)
    if content is not None:
        yield from batch_formats.tables(batch.form, content, zone)
        return
    for part in _child_parts(batch, zone, check):
        yield table_of(part)


def _small_content(batch: Batch) -> bytes | None:
    """What it unpacks to; none where that is much. Raises Unpackable."""
    try:
        content = plain_content(batch.content, batch.encoding, SMALL_BYTES)
    except Unpackable as error:
        if error.code != "too_large":
            raise
        return None
    return content if len(content) <= SMALL_BYTES else None


def _child_parts(batch: Batch, zone: str, check: Callable[[], None]) -> Iterator[bytes]:
    return bounded_streams.parts(
        PACKED_TABLES,
        *(batch.form, batch.encoding, zone, settings.LOG_BATCH_MAX_UNPACKED_BYTES),
        file=io.BytesIO(batch.content),
        limits=LIMITS,
        check=check,
    )

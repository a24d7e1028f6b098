"""What waits in the spool of a source becomes records, batch after batch, whatever the batches hold.

One that cannot be read is kept aside and the rest goes on. Usually several make one block; after a worker has died, or a
block could not be stored, each is read by itself, until it shows which of them it was.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
from django.db import DatabaseError, DataError, transaction

from apps.core.errors import ApplicationError
from apps.jobs.runs import JobCancelled
from apps.log_analysis.records import ingestion
from apps.log_analysis.records.batch_formats import BatchUnreadable
from apps.log_analysis.records.batch_tables import CONTENT_ERRORS, read_tables
from apps.log_analysis.records.ingestion import Read, StreamPlace
from apps.log_analysis.records.worker_turns import TurnOver, WorkerTurn
from apps.log_analysis.sources import spool, unread_batches
from apps.log_analysis.sources.models import LogSource, UnreadBatch
from apps.log_analysis.sources.spool import Batch, UnreadMark
from apps.log_analysis.sources.unread_batches import BatchPlace
from apps.vault.errors import SealBroken
from domain.logs.store.errors import BatchTooLarge

logger = logging.getLogger(__name__)

STREAM = "spool"
# Of one batch: a worker may also have been ended by somebody.
MAX_DEATHS = 3
# In an orderly way: the batch that was being read has nothing to do with it.
_ORDERLY_ENDS = (TurnOver, JobCancelled, ApplicationError, OSError, DatabaseError)
_STORE_ERRORS = (*CONTENT_ERRORS, DataError, BatchTooLarge)


class BatchDropped(Exception):
    """Somebody dropped it while it was read once more."""


def read_folder(turn: WorkerTurn, source: LogSource, folder: Path) -> None:
    """Stores and counts what a folder of the spool holds. Read again after a crash, each record has its number again.

    Raises TurnOver.
    """
    has_died, deaths = spool.deaths_under_way(source)
    reading = FolderReading(turn, source, folder, deaths, is_one_by_one=has_died)
    try:
        reading.read()
    except _STORE_ERRORS as error:
        logger.warning("a block of log records cannot be stored", extra={"reason": type(error).__name__})
        source.refresh_from_db(fields=["spool_offset"])
        reading = FolderReading(turn, source, folder, deaths, is_one_by_one=True)
        reading.read()
    with transaction.atomic():
        row = LogSource.objects.select_for_update().one(pk=source.pk)
        row.waiting_bytes = max(0, row.waiting_bytes - reading.read_bytes)
        row.unread_reason = reading.unread_reason
        row.save(update_fields=["waiting_bytes", "unread_reason"])
    spool.remove(folder)
    spool.note_under_way(source, [], {})


@dataclass
class FolderReading:
    """One way through the batches of a folder. `number`: of the record that comes next; `waiting`: tables of those before
    it that are not stored yet. `last_time`: of the record before it.
    """

    turn: WorkerTurn
    source: LogSource
    folder: Path
    deaths: dict[str, int]
    is_one_by_one: bool
    number: int = 0
    read_bytes: int = 0
    unread_reason: str = ""
    waiting: list[pa.Table] = field(default_factory=list)
    last_time: datetime | None = None

    def __post_init__(self) -> None:
        self.last_time = self.source.last_record_at

    def read(self) -> None:
        self.number, names = spool.first_offset(self.folder), spool.names(self.folder)
        with _under_way(self.source, names, self.deaths):
            for name in names:
                # A folder of one names its batch already.
                if self.is_one_by_one and len(names) > 1:
                    spool.note_under_way(self.source, [name], self.deaths)
                if mark := spool.unread_mark(self.folder, name):
                    self._pass_by(name, mark)
                else:
                    self._read_batch(name)
            self._store()

    def _pass_by(self, name: str, mark: UnreadMark) -> None:
        """One that was kept aside before, wholly or nearly."""
        self._store()
        place = BatchPlace(self.folder, name, self.number)
        if place.path.exists():
            unread_batches.keep(self.source, place, mark)
        if spool.unread_mark(self.folder, name):
            self.number = place.end

    def _read_batch(self, name: str) -> None:
        path = self.folder / name
        size = path.stat().st_size
        if self.deaths.get(name, 0) >= MAX_DEATHS:
            self._keep_aside(name, "worker_died", size)
            return
        try:
            batch = spool.read(path)
            size = len(batch.content)
            tables = read_tables(self.source, batch, self.turn.check, last_time=self.last_time)
        except (SealBroken, BatchUnreadable) as error:
            self._keep_aside(name, error.code, size)
        else:
            self.read_bytes += size
            self.last_time = next(
                (each["time"][-1].as_py() for each in tables[-1:] if each.num_rows), self.last_time
            )
            if self.is_one_by_one:
                self._store_batch(name, tables, size)
            else:
                self._add(tables)

    def _add(self, tables: Sequence[pa.Table]) -> None:
        for table in tables:
            self.waiting.append(table)
            if sum(each.num_rows for each in self.waiting) >= ingestion.BLOCK_RECORDS:
                self._store()

    def _store_batch(self, name: str, tables: Sequence[pa.Table], size: int) -> None:
        first = self.number
        try:
            self._add(tables)
            self._store()
        except _STORE_ERRORS:
            logger.warning("a batch of log records cannot be stored", exc_info=True)
            self.read_bytes, self.number, self.waiting = self.read_bytes - size, first, []
            self._keep_aside(name, "reading_failed", size)

    def _keep_aside(self, name: str, reason: str, size: int) -> None:
        """What is before it is stored first: a crash must not find other records at these numbers. Raises UnreadFull."""
        self._store()
        unread_batches.require_room(self.source, reason, size)
        place = BatchPlace(self.folder, name, self.number)
        mark = UnreadMark(reason, size)
        spool.mark_unread(self.folder, name, mark)
        unread_batches.keep(self.source, place, mark)
        self.source.refresh_from_db(fields=["spool_offset"])
        self.number = max(self.number, self.source.spool_offset)
        self.unread_reason = reason
        self.deaths.pop(name, None)
        self.turn.check_after_work()

    def _store(self) -> None:
        if not self.waiting:
            return
        block, self.waiting = pa.concat_tables(self.waiting), []
        place = StreamPlace(STREAM, self.number, self.source.spool_offset)
        self.number += len(block)
        if self.number > self.source.spool_offset:
            blocks, advance = partial(iter, [block]), partial(_advance_spool, self.source)
            ingestion.ingest(self.source, place, blocks, turn=self.turn, advance=advance)
            self.source.spool_offset = self.number


def read_unread(turn: WorkerTurn, row: UnreadBatch) -> None:
    """Once more, a batch that was kept aside: its records have the numbers that they would have had. Raises TurnOver."""
    source = row.source
    _has_died, deaths = spool.deaths_under_way(source)
    if deaths.get(row.name, 0) >= MAX_DEATHS:
        unread_batches.refuse(row, "worker_died")
        spool.note_under_way(source, [], {})
        return
    with _under_way(source, [row.name], deaths):
        try:
            tables = read_tables(source, _unread_batch(row), turn.check)
            place = StreamPlace(STREAM, row.first_number, row.counted_until)
            advance = partial(_advance_unread, row)
            ingestion.ingest(source, place, partial(iter, tables), turn=turn, advance=advance)
        except (SealBroken, BatchUnreadable) as error:
            unread_batches.refuse(row, error.code)
        except _STORE_ERRORS:
            logger.warning("a batch of log records cannot be stored", exc_info=True)
            unread_batches.refuse(row, "reading_failed")
        except BatchDropped:
            return
        else:
            unread_batches.remove(row)


def _unread_batch(row: UnreadBatch) -> Batch:
    """Raises KeyLost, and SealBroken also where its file is gone: a backup without it was restored."""
    try:
        return spool.read(spool.unread_path(row.source, row.name))
    except FileNotFoundError as error:
        raise SealBroken from error


@contextmanager
def _under_way(source: LogSource, names: Sequence[str], deaths: dict[str, int]) -> Iterator[None]:
    """Notes what is being read, for whoever comes after a worker that dies of it."""
    spool.note_under_way(source, names, deaths)
    try:
        yield
    except _ORDERLY_ENDS:
        spool.note_under_way(source, [], deaths)
        raise
    spool.note_under_way(source, [], deaths)


def _advance_spool(source: LogSource, end: int, read: Read) -> int:
    """What is counted waits to be judged; the row says so until that is done."""
    row = LogSource.objects.select_for_update().one(pk=source.pk)
    previous_offset = row.spool_offset
    if previous_offset < end:
        row.spool_offset = end
        _note_read(row, read, min(end - previous_offset, read.records))
    return previous_offset


def _advance_unread(batch: UnreadBatch, end: int, read: Read) -> int:
    """As for the spool, with a memory of its own: what came later was counted meanwhile."""
    source = LogSource.objects.select_for_update().one(pk=batch.source_id)
    row = UnreadBatch.objects.select_for_update().filter(pk=batch.pk).first()
    if row is None:
        raise BatchDropped
    previous_offset = row.counted_until
    if previous_offset < end:
        row.counted_until = end
        row.save(update_fields=["counted_until"])
        _note_read(source, read, end - previous_offset)
    return previous_offset


def _note_read(row: LogSource, read: Read, count: int) -> None:
    row.records_count += count
    row.misdated_records += read.misdated
    row.last_record_at = ingestion.later(row.last_record_at, read)
    row.unjudged_since = min(filter(None, (row.unjudged_since, read.first_time)), default=None)
    row.unjudged_until = max(filter(None, (row.unjudged_until, read.last_time)), default=None)
    row.save(
        update_fields=[
            "spool_offset",
            "records_count",
            "misdated_records",
            "last_record_at",
            "unjudged_since",
            "unjudged_until",
        ]
    )

"""From bytes to incidents: a file from its beginning to its end, a source as long as something comes."""

import io
import logging
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import UnsupportedContent, full_disk
from apps.jobs.runs import JobRun
from apps.log_analysis import template_naming
from apps.log_analysis.detection import services as detection
from apps.log_analysis.incidents import services as incidents
from apps.log_analysis.records import batch_formats, ingestion, masked_values
from apps.log_analysis.records.ingestion import Read
from apps.log_analysis.records.storage import log_store
from apps.log_analysis.sources import services as sources
from apps.log_analysis.sources import spool
from apps.log_analysis.sources.models import UNREAD_REASONS, LogFile, LogSource
from apps.log_analysis.sources.unpacking import Unpackable, plain_content, plain_streams
from apps.log_analysis.templates import services as templates
from apps.privacy import retention

logger = logging.getLogger(__name__)

# A stream that is silent for so long is set aside; the next batch wakes it.
IDLE_SECONDS = 3600.0
# Then a source that goes on and on makes way for other jobs, and comes again behind them.
MAX_TURN_SECONDS = 15.0
# While more waits, judging takes its share of the worker; when nothing does, what is left is judged at once.
JUDGE_SECONDS = 2.0
FULL_DISK_SECONDS = 30.0
# In a turn of the periodic task; the others have theirs a minute later.
MAX_SILENT_SOURCES = 200


def read_file(run: JobRun, *, log_file_id: str) -> dict[str, Any]:
    """Mines, stores and judges an uploaded file. What can be read of a damaged one is kept, and said. Raises
    UnsupportedContent where nothing can be.
    """
    file = LogFile.objects.within(run.job.organisation).select_related("source").one(pk=log_file_id)
    run.stage("mining")
    reason = ""

    def read_chunks() -> Iterator[pa.Table]:
        nonlocal reason
        try:
            with file.open_stored() as content:
                for stream in plain_streams(content):
                    yield from ingestion.blocks_of(stream, file.source, file.created_at)
        except Unpackable as error:
            reason = error.code

    advance = partial(_advance_file, file)
    try:
        read = ingestion.ingest(
            file.source, f"file-{file.pk.hex}", read_chunks, check=run.check, advance=advance
        )
    except (OSError, OperationalError) as error:
        if full_disk(error) is None:
            raise
        return _wait_for_room(run, LogFile.objects.filter(pk=file.pk))
    if not read.records:
        raise UnsupportedContent(UNREAD_REASONS[reason or "no_lines"], code=reason or "no_lines")
    run.stage("detecting")
    anomaly_count = detection.judge(file.source, since=read.first_time, until=read.last_time, check=run.check)
    incident_count = incidents.group(run.actor, since=read.first_time, until=read.last_time)
    result = {"log_file": log_file_id, "lines": read.lines, "records": read.records}
    result |= {"anomalies": anomaly_count, "incidents": incident_count}
    with run.finishing(result):
        row = LogSource.objects.select_for_update().one(pk=file.source.pk)
        LogFile.objects.filter(pk=file.pk).update(
            lines_count=read.lines,
            records_count=read.records,
            unread_reason=reason,
            first_record_at=ingestion.to_datetime(read.first_time) if read.first_time else None,
            last_record_at=ingestion.to_datetime(read.last_time) if read.last_time else None,
        )
        row.records_count += read.records
        row.last_record_at = _later(row.last_record_at, read)
        row.save(update_fields=["records_count", "last_record_at"])
    template_naming.request_names(run.actor)
    return result


def read_source(run: JobRun, *, log_source_id: str) -> dict[str, Any]:
    """Reads what waits in a source's spool, batch after batch, and makes way when nothing does, or when others wait.

    A full disk is waited out: what arrived stays in the spool, and the source's page says why nothing is read.
    """
    sources_of_organisation = LogSource.objects.within(run.job.organisation)
    started_at, judged_at = time.monotonic(), time.monotonic()
    try:
        while time.monotonic() < started_at + MAX_TURN_SECONDS:
            run.check()
            source = sources_of_organisation.one(pk=log_source_id)
            folder = spool.take(source)
            if folder is None:
                break
            run.stage("reading")
            _read_folder(run, source, folder)
            if time.monotonic() > judged_at + JUDGE_SECONDS:
                _judge_stream(run, log_source_id, learn_seconds=JUDGE_SECONDS)
                # From its end: a slow one takes no more than its share.
                judged_at = time.monotonic()
        _judge_stream(run, log_source_id, learn_seconds=math.inf)
    except (OSError, OperationalError) as error:
        if full_disk(error) is None:
            raise
        return _wait_for_room(run, sources_of_organisation.filter(pk=log_source_id))
    with transaction.atomic():
        row = sources_of_organisation.select_for_update().one(pk=log_source_id)
        # Whoever stores a batch holds the same lock: what came since the look is not left lying.
        run.suspend(seconds=0 if spool.is_waiting(row) else IDLE_SECONDS)
    return {}


def _wait_for_room(run: JobRun, row: QuerySet[LogFile] | QuerySet[LogSource]) -> dict[str, Any]:
    """What is stored and counted stays so; a later attempt goes on behind it."""
    logger.warning("the disk is full, log records wait to be stored")
    row.update(unread_reason="disk_full")
    run.suspend(seconds=FULL_DISK_SECONDS)
    return {}


def _read_folder(run: JobRun, source: LogSource, folder: Path) -> None:
    """Stores and counts what a folder of the spool holds. Read again after a crash, each record has its number again."""
    offset, size, reason = spool.first_offset(folder), 0, ""
    waiting: list[pa.Table] = []
    for batch in spool.read(folder):
        size += len(batch.content)
        try:
            for table in _batch_tables(source, batch):
                waiting.append(table)
                if sum(each.num_rows for each in waiting) >= ingestion.BLOCK_RECORDS:
                    offset, waiting = _store_block(run, source, waiting, offset), []
        except (Unpackable, batch_formats.BatchUnreadable) as error:
            reason = error.code
    _store_block(run, source, waiting, offset)
    with transaction.atomic():
        row = LogSource.objects.select_for_update().one(pk=source.pk)
        row.waiting_bytes = max(0, row.waiting_bytes - size)
        row.unread_reason = reason
        row.save(update_fields=["waiting_bytes", "unread_reason"])
    spool.remove(folder)


def _batch_tables(source: LogSource, batch: spool.Batch) -> Iterator[pa.Table]:
    """A batch in tables of bounded size, so that a packed one of short lines does not fill the memory."""
    content = plain_content(batch.content, batch.encoding)
    if batch.form == "lines":
        yield from ingestion.blocks_of(io.BufferedReader(io.BytesIO(content)), source, batch.arrived_at)
        return
    for table in batch_formats.tables(batch.form, content, source.time_zone):
        yield ingestion.with_times(ingestion.sample_records(table, source), batch.arrived_at)


def _store_block(run: JobRun, source: LogSource, tables: list[pa.Table], offset: int) -> int:
    """The number behind the last record."""
    if not tables:
        return offset
    block = pa.concat_tables(tables)
    ingestion.ingest(
        source,
        "spool",
        partial(iter, [block]),
        first_offset=offset,
        check=run.check,
        advance=partial(_advance_spool, source),
    )
    return offset + len(block)


def _advance_file(file: LogFile, end: int, _read: Read) -> int:
    # The source first, as all do: two workers must not wait for each other.
    LogSource.objects.select_for_update().one(pk=file.source_id)
    row = LogFile.objects.select_for_update().one(pk=file.pk)
    previous_count, row.records_count = row.records_count, max(end, row.records_count)
    row.save(update_fields=["records_count"])
    return previous_count


def _advance_spool(source: LogSource, end: int, read: Read) -> int:
    """What is counted waits to be judged; the row says so until that is done."""
    row = LogSource.objects.select_for_update().one(pk=source.pk)
    previous_offset = row.spool_offset
    if previous_offset < end:
        row.spool_offset, row.records_count = end, row.records_count + end - previous_offset
        row.last_record_at = _later(row.last_record_at, read)
        row.unjudged_since = min(filter(None, (row.unjudged_since, read.first_time)), default=None)
        row.unjudged_until = max(filter(None, (row.unjudged_until, read.last_time)), default=None)
        row.save(
            update_fields=[
                "spool_offset",
                "records_count",
                "last_record_at",
                "unjudged_since",
                "unjudged_until",
            ]
        )
    return previous_offset


def _judge_stream(run: JobRun, log_source_id: str, *, learn_seconds: float) -> None:
    """What was counted since it was judged last. The times stand in the row, so that a crash leaves nothing unjudged."""
    row = LogSource.objects.within(run.job.organisation).one(pk=log_source_id)
    since, until = row.unjudged_since, row.unjudged_until
    if since is None or until is None:
        return
    run.stage("detecting")
    if detection.judge_alert_lines(row, since=since, until=until):
        incidents.group(run.actor, since=since, until=until)
    has_learnt = detection.judge_stream(
        row, since=since, until=until, check=run.check, learn_seconds=learn_seconds
    )
    if not has_learnt:
        return
    incidents.group(run.actor, since=since, until=until)
    template_naming.request_names(run.actor)
    LogSource.objects.filter(pk=row.pk, unjudged_since=since, unjudged_until=until).update(
        unjudged_since=None, unjudged_until=None
    )


def merge_records() -> None:
    """A stream adds a segment every second or two; a reader opens them all, so small ones become large ones."""
    store = log_store()
    for organisation_id, source_id in LogSource.objects.values_list("organisation_id", "pk"):
        store.merge(str(organisation_id), str(source_id))


def judge_silent_sources() -> None:
    """What should have come and did not, though nothing came that would have made anybody look."""
    now = timezone.now()
    silent = LogSource.objects.silent().select_related("organisation").order_by("heartbeat_due_at")
    for source in silent[:MAX_SILENT_SOURCES]:
        if detection.judge_silence(source, now):
            until = ingestion.now_us()
            incidents.group(Actor(source.organisation), since=until, until=until)


def drop_old_records() -> None:
    """Takes away the days that each source does not keep any more, and what a source that is gone has left."""
    store = log_store()
    for source in LogSource.objects.select_related("organisation"):
        first_day = (timezone.now() - timedelta(days=source.keep_days)).date()
        store.drop_before(str(source.organisation_id), str(source.pk), first_day)
        masked_values.drop_before(str(source.organisation_id), str(source.pk), first_day)
        templates.drop_counts_before(source, datetime.combine(first_day, datetime.min.time(), UTC))
    for organisation in Organisation.objects.all():
        # The store is asked first: a source that is made meanwhile is not among what it names.
        source_ids = {*store.sources(str(organisation.pk)), *masked_values.sources(str(organisation.pk))}
        present = LogSource.objects.within(organisation).values_list("pk", flat=True)
        for source_id in source_ids - {str(key) for key in present}:
            store.delete_source(str(organisation.pk), source_id)
            masked_values.delete_source(str(organisation.pk), source_id)


def _later(moment: datetime | None, read: Read) -> datetime | None:
    """The last time that is known of a source's records."""
    last = ingestion.to_datetime(read.last_time) if read.last_time else None
    return max(filter(None, (moment, last)), default=None)


def give_up_uploads() -> None:
    """Half a file is of no use and goes."""
    given_up = LogFile.objects.given_up()
    for file in given_up.filter(organisation__in=list(retention.organisations_to_sweep(given_up))):
        sources.give_up_file(file)

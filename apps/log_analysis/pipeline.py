"""From bytes to incidents: a file from its beginning to its end, a source as long as something comes."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core.errors import NotFound, UnsupportedContent
from apps.jobs.runs import JobRun
from apps.log_analysis.detection import services as detection
from apps.log_analysis.incidents import services as incidents
from apps.log_analysis.records import batch_formats, ingestion, masked_values
from apps.log_analysis.records.ingestion import Read
from apps.log_analysis.records.storage import log_store
from apps.log_analysis.sources import services as sources
from apps.log_analysis.sources import spool
from apps.log_analysis.sources.models import UNREAD_REASONS, LogFile, LogSource
from apps.log_analysis.sources.unpacking import Unpackable, plain_content, plain_streams
from apps.privacy import retention
from logmining.parsing.lines import column_of_lines

# A stream that is silent for so long is set aside; the next batch wakes it.
IDLE_SECONDS = 3600.0


def read_file(run: JobRun, *, log_file_id: str) -> dict[str, Any]:
    """Mines, stores and judges an uploaded file. What can be read of a damaged one is kept, and said."""
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

    read = ingestion.ingest(file.source, f"file-{file.pk.hex}", read_chunks, check=run.check)
    if not read.records:
        raise UnsupportedContent(UNREAD_REASONS[reason or "no_lines"], code=reason or "no_lines")
    run.stage("detecting")
    found = detection.judge(file.source, since=read.first_time, until=read.last_time, check=run.check)
    opened = incidents.group(run.actor, since=read.first_time, until=read.last_time)
    result = {"log_file": log_file_id, "lines": read.lines, "records": read.records}
    result |= {"anomalies": found, "incidents": opened}
    with run.finishing(result):
        LogFile.objects.filter(pk=file.pk).update(
            lines_count=read.lines,
            records_count=read.records,
            unread_reason=reason,
            **_bounds(read, "first_record_at"),
        )
        _count_source(file.source, read)
    return result


def read_source(run: JobRun, *, log_source_id: str) -> dict[str, Any]:
    """Reads what waits in a source's spool, batch after batch, and makes way when nothing does."""
    while True:
        run.check()
        source = LogSource.objects.within(run.job.organisation).one(pk=log_source_id)
        folder = spool.take(source)
        if folder is None:
            break
        run.stage("reading")
        table, size, reason = _batch_records(source, folder)
        read = ingestion.ingest(
            source, "spool", partial(iter, [table]), first_offset=source.spool_offset, check=run.check
        )
        detection.judge(source, since=read.first_time, until=read.last_time, check=run.check)
        incidents.group(run.actor, since=read.first_time, until=read.last_time)
        with transaction.atomic():
            row = LogSource.objects.select_for_update().one(pk=source.pk)
            row.spool_offset += read.records
            row.waiting_bytes = max(0, row.waiting_bytes - size)
            row.unread_reason = reason
            row.save(update_fields=["spool_offset", "waiting_bytes", "unread_reason"])
            _count_source(row, read)
        spool.remove(folder)
    with transaction.atomic():
        row = LogSource.objects.select_for_update().one(pk=source.pk)
        # Whoever stores a batch holds the same lock: what came since the look is not left lying.
        run.suspend(seconds=0 if spool.is_waiting(row) else IDLE_SECONDS)
    return {}


def drop_old_records() -> None:
    """Takes away the days that each source does not keep any more, and what a source that is gone has left."""
    store = log_store()
    for source in LogSource.objects.select_related("organisation"):
        first_day = (timezone.now() - timedelta(days=source.keep_days)).date()
        store.drop_before(str(source.organisation_id), str(source.pk), first_day)
        masked_values.drop_before(str(source.organisation_id), str(source.pk), first_day)
        store.merge(str(source.organisation_id), str(source.pk))
    for organisation in Organisation.objects.all():
        # The store is asked first: a source that is made meanwhile is not among what it names.
        stored = {*store.sources(str(organisation.pk)), *masked_values.sources(str(organisation.pk))}
        present = LogSource.objects.within(organisation).values_list("pk", flat=True)
        for source_id in stored - {str(key) for key in present}:
            store.delete_source(str(organisation.pk), source_id)
            masked_values.delete_source(str(organisation.pk), source_id)


def _batch_records(source: LogSource, folder: Path) -> tuple[pa.Table, int, str]:
    """All batches of a folder as one table, the bytes that came, and why some of it could not be read."""
    tables, size, reason = [], 0, ""
    for batch in spool.read(folder):
        size += len(batch.content)
        try:
            content = plain_content(batch.content, batch.encoding)
            if batch.form == "lines":
                tables.append(ingestion.records_of_lines(column_of_lines(content), source))
            else:
                tables.append(batch_formats.READERS[batch.form](content).table())
        except (Unpackable, batch_formats.BatchUnreadable) as error:
            reason = error.code
    return (pa.concat_tables(tables) if tables else ingestion.empty_block()), size, reason


def _bounds(read: Read, first: str) -> dict[str, Any]:
    return {
        first: ingestion.to_datetime(read.first_time) if read.first_time else None,
        "last_record_at": ingestion.to_datetime(read.last_time) if read.last_time else None,
    }


def _count_source(source: LogSource, read: Read) -> None:
    row = LogSource.objects.select_for_update().filter(pk=source.pk).first()
    if row is None:
        raise NotFound
    row.records_count += read.records
    if read.last_time:
        row.last_record_at = max(filter(None, (row.last_record_at, ingestion.to_datetime(read.last_time))))
    row.save(update_fields=["records_count", "last_record_at"])


def give_up_uploads() -> None:
    """Half a file is of no use and goes."""
    given_up = LogFile.objects.given_up()
    for file in given_up.filter(organisation__in=list(retention.organisations_to_sweep(given_up))):
        sources.give_up_file(file)

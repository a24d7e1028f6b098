"""From bytes to incidents: a file from its beginning to its end, a source as long as something comes."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pyarrow as pa
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import UnsupportedContent, full_disk
from apps.core.rounds import tend_each
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.log_analysis import stream_reading, template_naming
from apps.log_analysis.detection import services as detection
from apps.log_analysis.incidents import services as incidents
from apps.log_analysis.records import ingestion, masked_values
from apps.log_analysis.records.ingestion import Read, StreamPlace
from apps.log_analysis.records.record_times import DayBudget, TimeBounds
from apps.log_analysis.records.storage import log_store
from apps.log_analysis.records.worker_turns import TurnOver, WorkerTurn
from apps.log_analysis.sources import services as sources
from apps.log_analysis.sources import spool
from apps.log_analysis.sources.models import UNREAD_REASONS, LogFile, LogSource
from apps.log_analysis.sources.packed_files import plain_streams
from apps.log_analysis.sources.unpacking import Unpackable
from apps.log_analysis.sources.unread_batches import UnreadFull
from apps.log_analysis.templates import services as templates

logger = logging.getLogger(__name__)

# A stream that is silent for so long is set aside; the next batch wakes it.
IDLE_SECONDS = 3600.0
# Then a source that goes on and on makes way for other jobs, and comes again behind them.
MAX_TURN_SECONDS = 15.0
# While more waits, judging takes its share of the worker; when nothing does, what is left is judged at once.
JUDGE_SECONDS = 2.0
FULL_DISK_SECONDS = 30.0
# A source whose job has failed is tried again so long after that.
WAKE_SECONDS = 300
# In a turn of the periodic task; the others have theirs a minute later.
MAX_SILENT_SOURCES = 200


@dataclass
class FileReading:
    """An uploaded file, to be gone through twice. `unread_reason`: why its end, or all of it, could not be read."""

    file: LogFile
    check: Callable[[], None]
    unread_reason: str = ""

    def read_blocks(self) -> Iterator[pa.Table]:
        bounds = TimeBounds.of_file(self.file.received_at or self.file.created_at)
        budget = DayBudget(bounds)
        try:
            with self.file.open_stored() as content:
                for stream in plain_streams(content, self.check):
                    for block in ingestion.blocks_of(stream, self.file.source, bounds):
                        yield budget.apply(block)
        except Unpackable as error:
            self.unread_reason = error.code


@sources.READ_FILE.service
def read_file(run: JobRun, *, log_file_id: str) -> dict[str, Any]:
    """Mines, stores and judges an uploaded file. What can be read of a damaged one is kept, and said. Raises
    UnsupportedContent where nothing can be.
    """
    file = LogFile.objects.within(run.job.organisation).select_related("source").one(pk=log_file_id)
    run.stage("mining")
    reading = FileReading(file, run.check)
    place = StreamPlace(f"file-{file.pk.hex}", counted=file.records_count)
    turn, advance = WorkerTurn(run.check, MAX_TURN_SECONDS), partial(_advance_file, file)
    try:
        read = ingestion.ingest(file.source, place, reading.read_blocks, turn=turn, advance=advance)
    except TurnOver:
        run.suspend(seconds=0)
        return {}
    except (OSError, OperationalError) as error:
        if full_disk(error) is None:
            raise
        return _wait_for_room(run, LogFile.objects.filter(pk=file.pk))
    if not read.records:
        code = reading.unread_reason or "no_lines"
        raise UnsupportedContent(UNREAD_REASONS[code], code=code)
    run.stage("detecting")
    anomaly_count = detection.judge(file.source, since=read.first_time, until=read.last_time, check=run.check)
    incident_count = incidents.group(run.actor, since=read.first_time, until=read.last_time, is_whole=True)
    result = {"log_file": log_file_id, "lines": read.lines, "records": read.records}
    result |= {"anomalies": anomaly_count, "incidents": incident_count}
    with run.finishing(result):
        _note_file(file, read, reading.unread_reason)
    template_naming.request_names(run.actor)
    return result


def _note_file(file: LogFile, read: Read, reason: str) -> None:
    row = LogSource.objects.select_for_update().one(pk=file.source.pk)
    LogFile.objects.filter(pk=file.pk).update(
        lines_count=read.lines,
        records_count=read.records,
        unread_reason=reason,
        first_record_at=ingestion.to_datetime(read.first_time) if read.first_time else None,
        last_record_at=ingestion.to_datetime(read.last_time) if read.last_time else None,
    )
    row.records_count += read.records
    row.misdated_records += read.misdated
    row.last_record_at = ingestion.later(row.last_record_at, read)
    row.save(update_fields=["records_count", "misdated_records", "last_record_at"])


@sources.READ_SOURCE.service
def read_source(run: JobRun, *, log_source_id: str) -> dict[str, Any]:
    """Reads what waits in a source's spool, batch after batch, and makes way when nothing does, or when others wait.

    A full disk is waited out: what arrived stays in the spool, and the source's page says why nothing is read.
    """
    sources_of_organisation = LogSource.objects.within(run.job.organisation)
    turn = WorkerTurn(run.check, MAX_TURN_SECONDS)
    turn.begin()
    try:
        is_more = _read_spool(run, turn, log_source_id)
        # While more waits, judging takes its share of the worker.
        _judge_stream(run, log_source_id, learn_seconds=JUDGE_SECONDS if is_more else math.inf)
    except (OSError, OperationalError) as error:
        if full_disk(error) is None:
            raise
        return _wait_for_room(run, sources_of_organisation.filter(pk=log_source_id))
    except UnreadFull as error:
        sources_of_organisation.filter(pk=log_source_id).update(unread_reason=error.code)
        raise
    with transaction.atomic():
        row = sources_of_organisation.select_for_update().one(pk=log_source_id)
        # Whoever stores a batch holds the same lock: what came since the look is not left lying.
        run.suspend(seconds=0 if _is_waiting(row) else IDLE_SECONDS)
    return {}


def _read_spool(run: JobRun, turn: WorkerTurn, log_source_id: str) -> bool:
    """Whether the turn was over before all was read."""
    judged_at = time.monotonic()
    while not turn.is_over:
        run.check()
        source = LogSource.objects.within(run.job.organisation).one(pk=log_source_id)
        unread_batch = source.unread_batches.filter(is_due=True).select_related("source").first()
        folder = None if unread_batch else spool.take(source)
        run.stage("reading")
        try:
            if unread_batch:
                stream_reading.read_unread(turn, unread_batch)
            elif folder:
                stream_reading.read_folder(turn, source, folder)
            else:
                return False
        except TurnOver:
            break
        if time.monotonic() > judged_at + JUDGE_SECONDS:
            _judge_stream(run, log_source_id, learn_seconds=JUDGE_SECONDS)
            # From its end: a slow one takes no more than its share.
            judged_at = time.monotonic()
    return _is_waiting(LogSource.objects.within(run.job.organisation).one(pk=log_source_id))


def _is_waiting(source: LogSource) -> bool:
    return spool.is_waiting(source) or source.unread_batches.filter(is_due=True).exists()


def _wait_for_room(run: JobRun, row: QuerySet[LogFile] | QuerySet[LogSource]) -> dict[str, Any]:
    """What is stored and counted stays so; a later attempt goes on behind it."""
    logger.warning("the disk is full, log records wait to be stored")
    row.update(unread_reason="disk_full")
    run.suspend(seconds=FULL_DISK_SECONDS)
    return {}


def _advance_file(file: LogFile, end: int, _read: Read) -> int:
    # The source first, as all do: two workers must not wait for each other.
    LogSource.objects.select_for_update().one(pk=file.source_id)
    row = LogFile.objects.select_for_update().one(pk=file.pk)
    previous_count, row.records_count = row.records_count, max(end, row.records_count)
    row.save(update_fields=["records_count"])
    return previous_count


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


def wake_sources() -> None:
    """Those whose job has failed while something waits: what comes next wakes them too, but nothing may come."""
    now = timezone.now()
    # A clock may have been ahead when it failed.
    just_failed = (now - timedelta(seconds=WAKE_SECONDS), now)
    waiting = LogSource.objects.filter(waiting_bytes__gt=0, deletion_job=None).exclude(
        job__state__in=Job.ACTIVE
    )
    for source in waiting.exclude(job__finished_at__range=just_failed).select_related("organisation"):
        sources.announce(Actor(source.organisation), source, 0)


def judge_silent_sources() -> None:
    """What should have come and did not, though nothing came that would have made anybody look."""
    now = timezone.now()
    silent = LogSource.objects.silent().select_related("organisation").order_by("heartbeat_due_at")
    for source in silent[:MAX_SILENT_SOURCES]:
        if detection.judge_silence(source, now):
            until = ingestion.now_us()
            incidents.group(Actor(source.organisation), since=until, until=until)


def drop_old_records(organisation: Organisation) -> None:
    """Takes away the days that each source does not keep any more, and what a source that is gone has left."""
    store = log_store()
    # The store is asked first: a source that is made meanwhile is not among what it names.
    stored_ids = {*store.sources(str(organisation.pk)), *masked_values.sources(str(organisation.pk))}
    present = LogSource.objects.within(organisation)

    def drop(source: LogSource) -> None:
        first_day = (timezone.now() - timedelta(days=source.keep_days)).date()
        store.drop_before(str(source.organisation_id), str(source.pk), first_day)
        masked_values.drop_before(str(source.organisation_id), str(source.pk), first_day)
        templates.drop_counts_before(source, datetime.combine(first_day, datetime.min.time(), UTC))

    tend_each(present, drop, name="log sources")
    for source_id in stored_ids - {str(key) for key in present.values_list("pk", flat=True)}:
        store.delete_source(str(organisation.pk), source_id)
        masked_values.delete_source(str(organisation.pk), source_id)

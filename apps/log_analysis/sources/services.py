"""Where records come from, and taking them in. Nothing is unpacked or parsed here: a job does that."""

from pathlib import PurePath

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core import disk
from apps.core.errors import Conflict, LimitExceeded
from apps.files import services as files
from apps.files.parts import Checksum, Readable
from apps.inference import storage
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.subjects import Subject, of_rows
from apps.log_analysis.sources import spool
from apps.log_analysis.sources.models import LogFile, LogSource

# A sender that is told to wait comes back after the source's worker had a turn.
RETRY_SECONDS = 2

READ_FILE = JobType(
    "log_analysis.read_file",
    queue="ingest",
    label=_("Analyse a log file"),
    stages={
        "reading": _("Reading"),
        "mining": _("Finding templates"),
        "storing": _("Storing records"),
        "detecting": _("Detecting anomalies"),
    },
    may_see=holders_of("logs.view"),
    may_cancel=holders_of("logs.manage"),
    subject=of_rows(
        LogFile.objects.within,
        lambda file: Subject(file.file_name, reverse("log_analysis:log_source", args=[file.source_id])),
    ),
    # Admitted when its upload began.
    is_free=True,
)
READ_SOURCE = JobType(
    "log_analysis.read_source",
    queue="ingest",
    label=_("Read logs from a source"),
    stages=READ_FILE.stages,
    # A batch that workers die of shows itself by the third; what they read before is not its fault.
    max_attempts=8,
    may_see=holders_of("logs.view"),
    may_cancel=holders_of("logs.manage"),
    subject=of_rows(LogSource.objects.within),
    # Machines send, nobody asks; what is too much is refused for want of room.
    is_free=True,
)


@requires_permission("logs.manage")
@transaction.atomic
def pause_source(actor: Actor, source: LogSource, *, is_paused: bool) -> LogSource:
    """While it is paused nothing new is taken in; what waits is still read. Raises Conflict for one that goes."""
    if source.is_being_deleted:
        raise Conflict(_("This source is being deleted."), code="source_being_deleted")
    source.is_paused = is_paused
    source.save(update_fields=["is_paused"])
    action = "log_source.paused" if is_paused else "log_source.continued"
    audit.record(actor, action=action, target=source, details={"name": source.name})
    return source


def begin_file(actor: Actor, source: LogSource, *, file_name: str, length: int | None) -> LogFile:
    """Makes a place for the bytes that follow. Raises Conflict for a paused source, and what `begin_upload` raises."""
    _require_running(source)
    file = LogFile(
        organisation=actor.organisation,
        source=source,
        file_name=PurePath(file_name).name[:200],
        length=length,
        member=actor.member,
        api_key=actor.api_key,
    )
    files.begin_upload(actor, file, action="log_file.begun")
    return file


@transaction.atomic
def append_part(
    actor: Actor,
    file: LogFile,
    *,
    offset: int,
    content: Readable,
    length: int | None = None,
    checksum: Checksum | None = None,
) -> LogFile:
    """Stores a part for good; the last one queues the analysis. Raises what `files.append_part` raises."""
    row = LogFile.objects.select_for_update().one(pk=file.pk)
    if files.append_part(row, offset=offset, content=content, length=length, checksum=checksum):
        row.job = jobs.create_job(
            actor, kind=READ_FILE, inputs={"log_file_id": str(row.pk)}, subject=f"log_file:{row.pk}"
        )
        audit.record(actor, action="log_file.received", target=row, details={"bytes": row.offset})
    row.save()
    return row


@requires_permission("logs.manage")
@transaction.atomic
def delete_file(actor: Actor, file: LogFile) -> None:
    """Deletes what was uploaded. Records that were read of it stay until the source's days are over."""
    audit.record(actor, action="log_file.deleted", target=file, details={"bytes": file.offset})
    remove_file(file)


@transaction.atomic
def give_up_file(file: LogFile) -> None:
    """An upload that nobody goes on with."""
    row = LogFile.objects.given_up().select_for_update().filter(pk=file.pk).first()
    if row is not None:
        audit.record(
            Actor(row.organisation, member=row.member, api_key=row.api_key),
            action="log_file.given_up",
            target=row,
        )
        remove_file(row)


def remove_file(file: LogFile) -> None:
    """Removes a file with its job and its bytes; for deletions that have their own line in the audit trail."""
    if file.job:
        lifecycle.erase(Job.objects.filter(pk=file.job.pk))
    path = file.stored_path
    file.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


@requires_permission("logs.manage")
@transaction.atomic
def renew_sender_token(actor: Actor, source: LogSource) -> LogSource:
    """From now on lines with the token that was are refused."""
    source.sender_token_number = F("sender_token_number") + 1
    source.save(update_fields=["sender_token_number"])
    source.refresh_from_db(fields=["sender_token_number"])
    audit.record(actor, action="log_source.token_renewed", target=source, details={"name": source.name})
    return source


@requires_permission("logs.write")
def receive_batch(actor: Actor, source: LogSource, batch: spool.Batch) -> int:
    """Stores what a system sent and wakes the source's worker. Answers how many bytes are stored for good.

    Raises what `require_acceptance` raises, and StorageFull.
    """
    require_acceptance(actor, source, len(batch.content))
    if not batch.content:
        return 0
    stored_bytes = spool.put(source, batch)
    # The file is there before the row says so: a crash between the two leaves work that the next batch finds.
    announce(actor, source, stored_bytes)
    return stored_bytes


def require_acceptance(actor: Actor, source: LogSource, size: int) -> None:
    """Raises Conflict for a paused source, LimitExceeded with the seconds to wait while too much waits to be read, and
    StorageFull.
    """
    _require_running(source)
    if source.waiting_bytes > settings.LOG_WAITING_MAX_BYTES:
        raise LimitExceeded(
            _("Data arrives faster than it can be read. Nothing was saved; send it again later."),
            retry_after_seconds=RETRY_SECONDS,
        )
    disk.require_free(source.spool, size)
    storage.require_room(actor.organisation, size)


@transaction.atomic
def announce(actor: Actor, source: LogSource, stored_bytes: int) -> None:
    """Counts what was put into the spool and wakes the source's worker."""
    row = LogSource.objects.select_for_update(of=("self",)).select_related("job").get(pk=source.pk)
    row.waiting_bytes = F("waiting_bytes") + stored_bytes
    row.job = _reading_job(actor, row)
    row.save(update_fields=["waiting_bytes", "job"])


def _reading_job(actor: Actor, source: LogSource) -> Job:
    """The job that reads the source: woken where it was set aside, made anew where it has ended."""
    if source.job is None or source.job.is_terminal:
        return jobs.create_job(
            actor,
            kind=READ_SOURCE,
            inputs={"log_source_id": str(source.pk)},
            subject=f"log_source:{source.pk}",
        )
    jobs.resume_job(source.job)
    return source.job


def _require_running(source: LogSource) -> None:
    if source.is_being_deleted:
        raise Conflict(_("This source is being deleted."), code="source_being_deleted")
    if source.is_paused or switches.is_closed(source.organisation_id):
        raise Conflict(_("This source is paused. Resume it first."), code="source_paused")

"""Batches that could not be read: kept aside, so that those behind them are; read again or dropped by people."""

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.core.errors import ApplicationError, Conflict
from apps.core.models import OrganisationQuerySet
from apps.log_analysis.sources import services, spool
from apps.log_analysis.sources.models import UNREAD_REASONS, LogSource, UnreadBatch
from apps.log_analysis.sources.spool import UnreadMark
from apps.log_analysis.sources.unpacking import MAX_BATCH_RECORDS

# Of one source. What its senders made unreadable is dropped beyond that, and counted.
MAX_BATCHES, MAX_BYTES = 100, 128 * 2**20
# What may be our fault is not: nothing more is read, then.
OWN_REASONS = ("reading_failed", "seal_broken", "worker_died")


def batch_list(organisation: Organisation) -> OrganisationQuerySet[UnreadBatch]:
    return UnreadBatch.objects.within(organisation).select_related("source")


class UnreadFull(ApplicationError):
    """As many batches are kept aside as may be, and the next one is not the fault of who sent it."""

    status = 503
    code = "unread_full"
    message = UNREAD_REASONS["unread_full"]


@dataclass(frozen=True)
class BatchPlace:
    """A batch in a folder of the spool. `first`: the number that its first record has, for ever."""

    folder: Path
    name: str
    first: int

    @property
    def path(self) -> Path:
        return self.folder / self.name

    @property
    def end(self) -> int:
        """What comes behind it has numbers from here on, however many of its own are in use."""
        return self.first + MAX_BATCH_RECORDS


def require_room(source: LogSource, reason: str, size: int) -> None:
    """Raises UnreadFull where the batch cannot be kept and must not be dropped: it has to wait where it is."""
    if reason in OWN_REASONS and not _has_room(source, size):
        raise UnreadFull


def keep(source: LogSource, place: BatchPlace, mark: UnreadMark) -> None:
    """Keeps a batch that is marked as unread aside, or drops it where there is no room.

    Called again it does what a crash left undone.
    """
    with transaction.atomic():
        row = LogSource.objects.select_for_update().one(pk=source.pk)
        has_room = row.unread_batches.filter(name=place.name).exists()
        if not has_room:
            has_room = _has_room(row, mark.size)
            _note_unread(row, place, mark, is_kept=has_room)
    if has_room:
        spool.keep_unread(source, place.folder, place.name)
    else:
        place.path.unlink()
        # Nothing of it is stored, so it needs no numbers, and nobody has to know that it was there.
        spool.unmark(place.folder, place.name)


def _has_room(source: LogSource, size: int) -> bool:
    kept = source.unread_batches.aggregate(count=Count("pk"), bytes=Coalesce(Sum("bytes"), 0))
    return bool(kept["count"] < MAX_BATCHES and kept["bytes"] + size <= MAX_BYTES)


def _note_unread(row: LogSource, place: BatchPlace, mark: UnreadMark, *, is_kept: bool) -> None:
    counted_until = max(place.first, row.spool_offset)
    if is_kept:
        row.spool_offset = max(place.end, row.spool_offset)
    row.waiting_bytes = max(0, row.waiting_bytes - mark.size)
    row.dropped_batches += not is_kept
    row.save(update_fields=["spool_offset", "waiting_bytes", "dropped_batches"])
    if is_kept:
        row.unread_batches.create(
            organisation_id=row.organisation_id,
            name=place.name,
            reason=mark.reason,
            bytes=mark.size,
            first_number=place.first,
            counted_until=counted_until,
        )


@requires_permission("logs.manage")
@transaction.atomic
def read_again(actor: Actor, batch: UnreadBatch) -> UnreadBatch:
    """Lets the source's worker try once more. Raises Conflict for a source that goes, PermissionDenied."""
    row = batch_list(actor.organisation).select_for_update(of=("self",)).one(pk=batch.pk)
    if row.source.is_being_deleted:
        raise Conflict(_("This source is being deleted."), code="source_being_deleted")
    if not row.is_due:
        row.is_due = True
        row.save(update_fields=["is_due"])
        services.announce(actor, row.source, row.bytes)
        audit.record(actor, action="unread_batch.read_again", target=row, details=_details(row))
    return row


@requires_permission("logs.manage")
@transaction.atomic
def drop(actor: Actor, batch: UnreadBatch) -> None:
    """Deletes it for good. Raises PermissionDenied."""
    row = batch_list(actor.organisation).select_for_update(of=("self",)).one(pk=batch.pk)
    audit.record(actor, action="unread_batch.dropped", target=row, details=_details(row))
    remove(row)


@transaction.atomic
def remove(row: UnreadBatch) -> None:
    """The row and its bytes, also where they were waiting to be read again."""
    path = spool.unread_path(row.source, row.name)
    if row.is_due:
        # Less is not counted: what was read meanwhile has taken it away.
        waiting = LogSource.objects.filter(pk=row.source_id, waiting_bytes__gte=row.bytes)
        waiting.update(waiting_bytes=F("waiting_bytes") - row.bytes)
    row.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def refuse(row: UnreadBatch, reason: str) -> None:
    """It could not be read once more."""
    with transaction.atomic():
        source = LogSource.objects.select_for_update().one(pk=row.source_id)
        source.waiting_bytes = max(0, source.waiting_bytes - row.bytes)
        source.save(update_fields=["waiting_bytes"])
        UnreadBatch.objects.filter(pk=row.pk).update(is_due=False, reason=reason)


def _details(row: UnreadBatch) -> dict[str, object]:
    return {"source": row.source.name, "reason": row.reason, "bytes": row.bytes}

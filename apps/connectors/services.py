"""Places where documents live: setting them up, looking into them now, pausing and taking them away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.connectors import document_rows, selectors
from apps.connectors.models import DocumentSource
from apps.connectors.syncing import SYNC_SOURCE
from apps.core.errors import Conflict, InvalidInput, PermissionDenied, Text
from apps.core.rounds import tend_each
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.knowledge import rights
from apps.knowledge.models import Collection

SOURCES_AT_ONCE = 100
# Where a key is sent, by kind: whoever changes it enters the key again, or could read it on a server of their own.
GOES_TO = ("address", "host", "port", "is_encrypted")
NAME_TAKEN: Text = _("A source with this name already exists. Choose another name.")


@dataclass(frozen=True)
class SourceSettings:
    """`settings`: as the form of the kind has checked them. An empty secret keeps the one that is stored."""

    name: str
    interval: int
    settings: Mapping[str, Any]
    secret: str = field(default="", repr=False)


@requires_permission("knowledge.edit")
@transaction.atomic
def create_source(
    actor: Actor, *, kind: str, collection: Collection, wanted: SourceSettings
) -> DocumentSource:
    """Sets it up and begins to fetch. Raises PermissionDenied and InvalidInput."""
    rights.require_editor(actor, collection)
    source = DocumentSource(
        organisation=actor.organisation,
        name=wanted.name,
        kind=kind,
        collection=collection,
        interval=wanted.interval,
        settings=dict(wanted.settings),
        secret=wanted.secret,
        member=actor.responsible_member,
    )
    _save(source)
    audit.record(actor, action="document_source.created", target=source, details=_details(source))
    return start_sync(actor, source)


@requires_permission("knowledge.edit")
@transaction.atomic
def change_source(actor: Actor, source: DocumentSource, *, wanted: SourceSettings) -> DocumentSource:
    """What it writes from now on, it writes with the rights of the actor. Raises PermissionDenied and InvalidInput."""
    row = _locked(actor, source)
    is_elsewhere = any(row.settings.get(part) != wanted.settings.get(part) for part in GOES_TO)
    if row.secret and not wanted.secret and is_elsewhere:
        raise InvalidInput(
            fields={"secret": [_("The address points to another server. Enter the key again.")]}
        )
    if row.settings != wanted.settings:
        # What was listed under way was listed elsewhere.
        row.began_at = None
    row.name, row.interval, row.settings = wanted.name, wanted.interval, dict(wanted.settings)
    row.secret, row.member, row.error = wanted.secret or row.secret, actor.responsible_member, ""
    row.next_sync_at = _next_time(row)
    _save(row)
    audit.record(actor, action="document_source.changed", target=row, details=_details(row))
    return row


@requires_permission("knowledge.edit")
@transaction.atomic
def start_sync(actor: Actor, source: DocumentSource, *, deletes_many: bool = False) -> DocumentSource:
    """Looks into it now. `deletes_many`: also where much of it is gone at once. Raises PermissionDenied, and Conflict while
    it is under way.
    """
    row = _locked(actor, source)
    if row.is_running:
        raise Conflict(_("It is already being synchronised."), code="sync_under_way")
    row.next_sync_at = _next_time(row)
    row.job = jobs.create_row_job(actor, SYNC_SOURCE, row, deletes_many=deletes_many)
    row.save(update_fields=["job", "next_sync_at"])
    audit.record(actor, action="document_source.sync_started", target=row, details={"name": row.name})
    return row


@requires_permission("knowledge.edit")
def delete_missing(actor: Actor, source: DocumentSource) -> DocumentSource:
    """Deletes what is no longer at the source although that is much; it is looked at once more. Raises as `start_sync`."""
    audit.record(
        actor,
        action="document_source.deletions_confirmed",
        target=source,
        details={"name": source.name, "documents": source.held_deletions},
    )
    return start_sync(actor, source, deletes_many=True)


@requires_permission("knowledge.edit")
@transaction.atomic
def pause_source(actor: Actor, source: DocumentSource, *, is_paused: bool) -> DocumentSource:
    """Paused, it is not looked into by itself, and what is under way stops; later it goes on from there."""
    row = _locked(actor, source)
    row.is_paused = is_paused
    row.next_sync_at = _next_time(row, is_now=True)
    row.save(update_fields=["is_paused", "next_sync_at"])
    if is_paused and row.job and row.is_running:
        jobs.cancel_if_running(row.job)
    action = "document_source.paused" if is_paused else "document_source.continued"
    audit.record(actor, action=action, target=row, details={"name": row.name})
    return row


@requires_permission("knowledge.edit")
@transaction.atomic
def delete_source(actor: Actor, source: DocumentSource, *, keeps_documents: bool) -> None:
    """Takes it away, with the documents that it brought or without them. Raises PermissionDenied."""
    row = _locked(actor, source)
    brought = selectors.items_of(row).exclude(document=None).select_related("document")
    readable = rights.readable_documents(actor).values("pk")
    if not keeps_documents and brought.exclude(document__in=readable).exists():
        raise PermissionDenied(_("It brought documents that you may not see. Ask an owner to delete it."))
    if row.job:
        lifecycle.erase(Job.objects.filter(pk=row.job.pk))
    details = {**_details(row), "keeps_documents": keeps_documents}
    audit.record(actor, action="document_source.deleted", target=row, details=details)
    if not keeps_documents:
        for item in brought:
            document_rows.withdraw(actor, item)
    row.delete()


def sync_due() -> int:
    """Makes the job of each source whose time has come, once, however many workers look."""
    due = selectors.due_sources(timezone.now())
    return tend_each(due[:SOURCES_AT_ONCE], _sync_due, name="document_sources")


@transaction.atomic
def _sync_due(source: DocumentSource) -> bool:
    ours = DocumentSource.objects.filter(pk=source.pk)
    # Whoever moves the time first makes the job.
    if not ours.filter(next_sync_at=source.next_sync_at).update(next_sync_at=_next_time(source)):
        return False
    member = source.member
    actor = Actor.from_member(member) if member and member.is_active and member.user.is_active else None
    if actor is None or not selectors.editable_sources(actor).filter(pk__in=ours.values("pk")).exists():
        ours.update(error="owner_gone", is_paused=True, next_sync_at=None)
        return False
    if source.is_running or not switches.is_on(actor.organisation.pk, SYNC_SOURCE.name):
        return False
    job = jobs.create_row_job(actor, SYNC_SOURCE, source, deletes_many=False)
    ours.update(job=job)
    return True


def _locked(actor: Actor, source: DocumentSource) -> DocumentSource:
    """Raises NotFound for one that was deleted meanwhile, and PermissionDenied."""
    rows = DocumentSource.objects.within(actor.organisation).select_for_update(of=("self",))
    row = rows.select_related("collection", "job").one(pk=source.pk)
    rights.require_editor(actor, row.collection)
    return row


def _save(source: DocumentSource) -> None:
    try:
        with transaction.atomic():
            source.save()
    except IntegrityError as error:
        raise InvalidInput(fields={"name": [NAME_TAKEN]}) from error


def _next_time(source: DocumentSource, *, is_now: bool = False) -> datetime | None:
    if not source.interval or source.is_paused:
        return None
    return timezone.now() + timedelta(minutes=0 if is_now else source.interval)


def _details(source: DocumentSource) -> dict[str, object]:
    return {"name": source.name, "kind": source.kind, "collection": str(source.collection_id)}

"""One round through a source: list, fetch what differs, delete what is gone. What was done is stored item by item.

A killed attempt loses one item. A round that is not over when its turn ends goes on in a later one, behind the documents
that it brought; so do rounds that were cancelled or that met a server which is busy.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.connectors import document_rows, selectors
from apps.connectors.models import MAX_KEY_CHARACTERS, MAX_TEXT_CHARACTERS, DocumentSource, SourceItem
from apps.connectors.reasons import REASONS, Busy, ItemClosed, ItemGone, SourceError
from apps.connectors.sources import CONNECTORS
from apps.connectors.sources.interface import Connector, Fetched, ItemMoved, Listed, Rights
from apps.core.connector_errors import ConnectorError
from apps.core.errors import (
    ApplicationError,
    Conflict,
    LimitExceeded,
    PermissionDenied,
    ServiceUnavailable,
    StorageFull,
    TooLarge,
    UnsupportedContent,
)
from apps.jobs.job_types import JobType, holders_of, holders_of_rows
from apps.jobs.runs import JobRun
from apps.jobs.subjects import Subject
from apps.knowledge import rights

# A turn, after which the documents that came are read, and others come first.
TURN_SECONDS = 45.0
# So many in a row that could not be reached: the server is away, not the items.
MAX_UNREACHABLE = 5
UNREACHABLE = ("connection", "timeout", "dns", "tls")
# More than half of so many are not deleted before a person said so.
MIN_DOUBTED = 5
# What a quota of jobs at once frees again; a longer wait is a person's matter.
MAX_QUOTA_SECONDS = 300.0
MAX_ROUND = timedelta(days=1)
CONFLICT_SECONDS = 5.0
State = SourceItem.State
_FETCHED = (
    *("name", "state", "error", "fingerprint", "digest"),
    *("file_name", "document", "is_copy", "done_round", "changed_at"),
)


def _subjects(actor: Actor, asked: Any) -> dict[UUID, Subject]:
    rows = selectors.editable_sources(actor).in_bulk([UUID(each.subject_id) for each in asked])
    found = {each.job_id: rows.get(UUID(each.subject_id)) for each in asked}
    return {job_id: Subject(row.name, row.get_absolute_url()) for job_id, row in found.items() if row}


SYNC_SOURCE = JobType(
    "connectors.sync_source",
    queue="batch",
    label=_("Synchronise a document source"),
    stages={
        "listing": _("Looking at what is there"),
        "fetching": _("Fetching %(number)s of %(total)s"),
        "deleting": _("Deleting what is no longer there"),
    },
    may_see=holders_of_rows("knowledge.edit", selectors.editable_sources),
    may_cancel=holders_of("knowledge.edit"),
    subject=_subjects,
    # Each document that it brings is admitted by itself.
    is_free=True,
)


@SYNC_SOURCE.service
def sync_source(run: JobRun, *, document_source_id: UUID, deletes_many: bool) -> dict[str, Any]:
    source = selectors.source_to_sync(run.job.organisation, document_source_id)
    try:
        actor = run.actor_today()
        actor.require("knowledge.edit")
        rights.require_editor(actor, source.collection)
        with closing(CONNECTORS[source.kind](run, source.settings, source.secret)) as connector:
            sync = SyncRound(run, source, actor, connector)
            if not sync.go():
                run.suspend(seconds=0)
                return {}
            return sync.end(deletes_many=deletes_many)
    except (Busy, Conflict) as error:
        # A conflict: somebody uploads the same file in this moment.
        return _wait(run, source, error.seconds if isinstance(error, Busy) else CONFLICT_SECONDS)
    except ConnectorError as error:
        _note(source, error.stored)
        raise _job_error(error) from error
    except PermissionDenied:
        _note(source, "owner_gone")
        raise
    except LimitExceeded as error:
        if (error.retry_after_seconds or 0) <= MAX_QUOTA_SECONDS:
            return _wait(run, source, error.retry_after_seconds or MAX_QUOTA_SECONDS)
        _note(source, "quota")
        raise
    except StorageFull:
        _note(source, "storage")
        raise


def _wait(run: JobRun, source: DocumentSource, seconds: float) -> dict[str, Any]:
    """Gives the worker back for so long. Raises ServiceUnavailable where that has gone on for a day."""
    if _is_overdue(source):
        source.began_at = None
        _save(source, "began_at")
        _note(source, "busy")
        raise ServiceUnavailable(REASONS["busy"], code="busy")
    run.suspend(seconds=seconds)
    return {}


def _is_overdue(source: DocumentSource) -> bool:
    return source.began_at is not None and source.began_at < timezone.now() - MAX_ROUND


class SyncRound:
    """`go` until it says that the round is through, then `end`."""

    def __init__(self, run: JobRun, source: DocumentSource, actor: Actor, connector: Connector) -> None:
        self.run, self.source, self.actor, self.connector = run, source, actor, connector
        self.items = selectors.items_of(source)
        self.ends_at = time.monotonic() + TURN_SECONDS
        self.unreachable = 0

    def go(self) -> bool:
        """False where the turn is over before the round is."""
        if self.source.began_at is None:
            self._begin()
        if not self.source.is_listed:
            self.run.stage("listing")
        while not self.source.is_listed:
            self.run.checkpoint()
            self._list_part()
            if time.monotonic() > self.ends_at:
                return False
        total = self._seen_count()
        number = total - self._waiting().count()
        while item := self._waiting().order_by("pk").first():
            self.run.checkpoint()
            number += 1
            self.run.part("fetching", number, total)
            if self._tend(item):
                total = self._seen_count()
            if time.monotonic() > self.ends_at:
                return False
            self._be_polite()
        return True

    def end(self, *, deletes_many: bool) -> dict[str, Any]:
        """Deletes what is gone, unless that is suspiciously much, and says what came of the round."""
        self.run.stage("deleting")
        is_missing = Q(state=State.GONE)
        # A list that was cut short says nothing of what it leaves out.
        if self.connector.absence == "gone" and self._seen_count() < self.connector.limit:
            is_missing |= Q(seen_round__lt=self.source.round)
        missing = self.items.filter(is_missing)
        known = self.items.exclude(document=None).count()
        count = missing.exclude(document=None).count()
        is_doubted = known >= MIN_DOUBTED and count * 2 > known and not deletes_many
        if is_doubted:
            missing.update(state=State.GONE, error="")
        else:
            for item in missing.select_related("document__collection", "source"):
                self.run.checkpoint()
                document_rows.withdraw(self.actor, item)
        now = timezone.now()
        self.source.held_deletions = count if is_doubted else 0
        self.source.began_at, self.source.error, self.source.synced_at = None, "", now
        _save(self.source, "held_deletions", "began_at", "error", "synced_at")
        failed = self.items.filter(state=State.FAILED).count()
        return {"items": self.items.count(), "failed": failed, "deleted": 0 if is_doubted else count}

    def _begin(self) -> None:
        source = self.source
        source.round, source.began_at = source.round + 1, timezone.now()
        source.is_listed, source.left_out, source.cursor = False, 0, ""
        _save(source, "round", "began_at", "is_listed", "left_out", "cursor")
        if self.connector.absence == "asked":
            # What a site links to no more is asked for all the same: only the site can say that it is gone.
            self.items.update(seen_round=source.round)

    def _list_part(self) -> None:
        try:
            listing = self.connector.list_items(self.source.cursor)
        except ConnectorError:
            # The cursor may be what is wrong, as some hold for minutes only: the next attempt begins anew.
            self.source.began_at = None
            _save(self.source, "began_at")
            raise
        with transaction.atomic():
            self._see(listing.items)
            self.source.cursor, self.source.is_listed = listing.cursor, not listing.cursor
            _save(self.source, "cursor", "is_listed", "left_out")

    def _see(self, listed: Sequence[Listed]) -> None:
        """Known items are marked as there, and as done where nothing changed; new ones wait to be fetched."""
        by_key = {each.key: each for each in listed if _is_storable(each.key)}
        known = list(self.items.filter(key__in=by_key).select_related("document__collection", "source"))
        lacking = document_rows.lacking_readers(self.source.organisation, known)
        for item in known:
            if item.pk in lacking and _as_json(by_key[item.key]) == item.rights:
                document_rows.apply_rights(self.actor, item)
        unchanged = [item.pk for item in known if not self._see_known(item, by_key.pop(item.key))]
        self.items.filter(pk__in=unchanged).update(seen_round=self.source.round, done_round=self.source.round)
        room = max(0, self.connector.limit - self._seen_count())
        new = list(by_key.values())
        not_storable = sum(not _is_storable(each.key) for each in listed)
        self.source.left_out += max(0, len(new) - room) + not_storable
        rows = [self._new(each) for each in new[:room]]
        SourceItem.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)

    def _see_known(self, item: SourceItem, listed: Listed) -> bool:
        """Whether it has to be fetched again."""
        told = _as_json(listed)
        if told != item.rights:
            document_rows.change_rights(self.actor, item, told)
            _save_item(item, "rights")
        fingerprint = _storable(listed.fingerprint)
        is_same = bool(fingerprint) and fingerprint == item.fingerprint
        # What cannot be read stays so until it changes.
        if is_same and (item.state == State.FAILED or (item.state == State.CURRENT and item.document_id)):
            return False
        item.seen_round, item.listed_fingerprint = self.source.round, fingerprint
        item.name = _storable(listed.name) or item.name
        item.state = State.WAITING if item.state == State.GONE else item.state
        _save_item(item, "seen_round", "listed_fingerprint", "name", "state")
        return True

    def _new(self, listed: Listed) -> SourceItem:
        return SourceItem(
            organisation=self.source.organisation,
            source=self.source,
            key=listed.key,
            name=_storable(listed.name or listed.key),
            listed_fingerprint=_storable(listed.fingerprint),
            rights=_as_json(listed),
            seen_round=self.source.round,
        )

    def _waiting(self) -> Any:
        waiting = self.items.filter(seen_round=self.source.round, done_round__lt=F("seen_round"))
        return waiting.select_related("document__collection", "source__collection")

    def _seen_count(self) -> int:
        return self.items.filter(seen_round=self.source.round).count()

    def _tend(self, item: SourceItem) -> bool:
        """Fetches one, and answers whether it told of others. What fails of it stands beside it, and the next gets its
        turn.
        """
        links: Sequence[Listed] = ()
        try:
            fetched = self._fetch(item)
            item.state, item.error = State.CURRENT, ""
            if fetched:
                self._store(item, fetched)
                links = fetched.links
            self.unreachable = 0
        except ItemGone as gone:
            item.state, item.error, self.unreachable = State.GONE, "", 0
            links = gone.links if isinstance(gone, ItemMoved) else ()
        except ConnectorError as error:
            self._fail(item, error)
        except (UnsupportedContent, TooLarge) as error:
            item.state, item.error, item.fingerprint = State.FAILED, error.code, item.listed_fingerprint
        with transaction.atomic():
            item.done_round = self.source.round
            _save_item(item, *_FETCHED)
            if links:
                self._see_links(links)
        return bool(links)

    def _fetch(self, item: SourceItem) -> Fetched | None:
        if not connection.in_atomic_block:
            connection.close()  # servers may be slow; others need the connection meanwhile
        try:
            return self.connector.fetch(item.key, item.fingerprint if item.document_id else "")
        except Busy as busy:
            if not _is_overdue(self.source):
                raise
            # One address that is always busy does not keep the others away for ever.
            raise SourceError("busy") from busy

    def _store(self, item: SourceItem, fetched: Fetched) -> None:
        document_rows.store(self.actor, item, fetched)
        item.name = _storable(fetched.title) or item.name
        # That of the list, where it has one: it is what the next list is compared with.
        item.fingerprint = item.listed_fingerprint or _storable(fetched.fingerprint)

    def _fail(self, item: SourceItem, error: ConnectorError) -> None:
        """Raises it again where the server does not answer for anything any more."""
        self.unreachable = self.unreachable + 1 if error.code in UNREACHABLE else 0
        if self.unreachable >= MAX_UNREACHABLE:
            raise error
        item.state, item.error = State.FAILED, error.stored
        if isinstance(error, ItemClosed):
            # Fetched anew, and opened, once it is listed again.
            item.fingerprint = ""
            document_rows.change_rights(self.actor, item, _as_json(Listed(item.key, rights=Rights())))
            _save_item(item, "rights")

    def _see_links(self, links: Sequence[Listed]) -> None:
        """What an item tells of is there; what is known by now is left as it is."""
        known = set(self.items.filter(key__in=[each.key for each in links]).values_list("key", flat=True))
        self._see([each for each in links if each.key not in known])
        _save(self.source, "left_out")

    def _be_polite(self) -> None:
        """Seconds between two requests, during which another job has this place."""
        if self.connector.delay:
            self.run.wait_for(asyncio.sleep(self.connector.delay))


def _as_json(listed: Listed) -> dict[str, list[str]] | None:
    if listed.rights is None:
        return None
    return {name: list(map(_storable, values)) for name, values in asdict(listed.rights).items()}


def _is_storable(key: str) -> bool:
    """Names of files may be no text at all."""
    return 0 < len(key) <= MAX_KEY_CHARACTERS and _storable(key, MAX_KEY_CHARACTERS) == key


def _storable(text: str, most: int = MAX_TEXT_CHARACTERS) -> str:
    """What the database takes: without NUL and half pairs of surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:most]


def _note(source: DocumentSource, error: str) -> None:
    DocumentSource.objects.filter(pk=source.pk).update(error=error[:400])


def _save_item(item: SourceItem, *fields: str) -> None:
    """As `_save`."""
    SourceItem.objects.filter(pk=item.pk).update(**{name: getattr(item, name) for name in fields})


def _save(source: DocumentSource, *fields: str) -> None:
    """Nothing is brought back that somebody deleted meanwhile, and nobody's settings are overwritten."""
    DocumentSource.objects.filter(pk=source.pk).update(**{name: getattr(source, name) for name in fields})


def _job_error(error: ConnectorError) -> ApplicationError:
    """As the job's page tells it. What passes by itself is tried again."""
    message = REASONS.get(error.code, REASONS["protocol"])
    is_passing = error.code in ("connection", "timeout", "dns", "status")
    return ServiceUnavailable(message, code=error.code) if is_passing else Conflict(message, code=error.code)

"""Writing the trail and proving that nobody changed it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any, Protocol
from uuid import UUID

import pgtrigger
from django.db import connection, models, transaction
from django.utils import timezone

from apps.audit import keys, selectors
from apps.audit.models import AuditEntry
from apps.audit.target_types import target_type
from apps.core.locks import lock_until_commit

FIRST_PREVIOUS_HASH = ""
LAST = "SELECT sequence, hash FROM audit_auditentry WHERE organisation_id = %s ORDER BY sequence DESC LIMIT 1"
CHAINED_FIELDS = (
    "sequence",
    "actor",
    "actor_name",
    "action",
    "target_type",
    "target_id",
    "details",
    "previous_hash",
)


class AuditActor(Protocol):
    """What the trail needs to know of who acts; `apps.accounts.actors.Actor` is one."""

    @property
    def organisation(self) -> models.Model: ...
    @property
    def label(self) -> str: ...
    @property
    def name(self) -> str: ...


# Nested, it needs no savepoint: an act whose line cannot be written is not done.
@transaction.atomic(savepoint=False)
def record(
    actor: AuditActor,
    *,
    action: str,
    target: models.Model | None = None,
    subjects: Iterable[UUID] = (),
    details: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Appends one line in the caller's transaction: what is rolled back leaves none.

    `subjects`: ids of the people whom it is about; each of them finds the line in the report about themselves.
    """
    organisation_id = actor.organisation.pk
    # One writer per organisation until its transaction ends, or two lines would follow the same one.
    lock_until_commit(f"audit:{organisation_id}")
    number, last_hash = _last(organisation_id)
    entry = AuditEntry(
        organisation_id=organisation_id,
        sequence=number + 1,
        actor=actor.label,
        actor_name=actor.name[:200],
        action=action,
        target_type=target_type(target) if target else "",
        target_id=str(target.pk) if target else "",
        subjects=list(subjects),
        details=_plain(dict(details or {})),
        created_at=timezone.now(),
        previous_hash=last_hash,
    )
    entry.hash = hash_of(entry)
    entry.mac = keys.mac_of(entry.hash)
    entry.save(force_insert=True)
    return entry


def _last(organisation_id: UUID) -> tuple[int, str]:
    """Number and hash of the newest entry, asked for with every act."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, [organisation_id])
        return cursor.fetchone() or (0, FIRST_PREVIOUS_HASH)


def verify(organisation: models.Model) -> AuditEntry | None:
    """The first entry that was changed, or whose predecessor is missing. None when the chain is whole."""
    sequence, previous_hash = 1, FIRST_PREVIOUS_HASH
    for entry in selectors.trail(organisation).order_by("sequence").iterator(chunk_size=2000):
        follows = entry.sequence == sequence and entry.previous_hash == previous_hash
        is_own = entry.hash == hash_of(entry) and keys.is_authentic(entry.mac, entry.hash)
        if not (follows and is_own):
            return entry
        sequence, previous_hash = sequence + 1, entry.hash
    return None


def authenticate_anew() -> int:
    """Signs every line that one of FIELD_KEYS vouches for with the first of them. The hashes stay as they are."""
    count = 0
    with pgtrigger.ignore("audit.AuditEntry:append_only"):
        for entry in AuditEntry.objects.only("hash", "mac").iterator(chunk_size=2000):
            mac = keys.mac_of(entry.hash)
            # What nobody vouches for stays as it is: it has to be found by the next check too.
            if entry.mac != mac and keys.is_authentic(entry.mac, entry.hash):
                count += AuditEntry.objects.filter(pk=entry.pk, hash=entry.hash).update(mac=mac)
    return count


def hash_of(entry: AuditEntry) -> str:
    """SHA-256 over every field in one canonical spelling."""
    content: dict[str, Any] = {name: getattr(entry, name) for name in CHAINED_FIELDS}
    content["id"] = str(entry.pk)
    content["organisation"] = str(entry.organisation_id)
    content["created_at"] = entry.created_at.astimezone(UTC).isoformat()
    if entry.subjects:
        content["subjects"] = [str(subject) for subject in entry.subjects]
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: object) -> Any:
    """JSON that PostgreSQL gives back exactly as it was hashed: no floats, no NUL characters."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, bool | int):
        return value
    return str(value).replace("\x00", "")

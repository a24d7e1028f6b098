"""Changing, reviewing and returning records. Signing is in `signing`.

Every change happens under the record's row lock and names the revision it was made from.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import selectors as trail
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, PermissionDenied
from apps.jobs import services as jobs
from apps.medical_records.coding import selectors as catalogues
from apps.medical_records.coding import services as coding
from apps.medical_records.records import editing, selectors, versions
from apps.medical_records.records.editing import DraftEdit, StatementPatch
from apps.medical_records.records.errors import ChangedMeanwhile
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from domain.clinical.records.record import Code, Statement

State, Kind = MedicalRecord.State, RecordVersion.Kind
DRAFTS = frozenset({State.DRAFT, State.REVIEWED})
EDITABLE = DRAFTS | {State.AMENDING}
SHOWN_CHANGES = 20
CHANGED = "record.changed"


@dataclass
class RecordChange:
    """What a change left behind: the record, what it says now, and where ("section.field") something moved."""

    record: MedicalRecord
    copy: DraftEdit
    places: list[str] = field(default_factory=list)
    statement_id: str = ""


def change_statement(
    actor: Actor, record: MedicalRecord, *, revision: int, statement_id: str, patch: StatementPatch
) -> RecordChange:
    """Raises what `editing.change` raises, Conflict for a record that is locked, and ChangedMeanwhile at another
    revision, as all of these do.
    """
    with _editing(actor, record, revision=revision, operation="change", statement=statement_id) as changed:
        changed.places = [editing.change(changed.copy, statement_id, patch)]
    return changed


def add_statement(
    actor: Actor, record: MedicalRecord, *, revision: int, section: str, key: str, patch: StatementPatch
) -> RecordChange:
    """Entered by the actor, who answers for it by name."""
    with _editing(actor, record, revision=revision, operation="add", place=f"{section}.{key}") as changed:
        added = editing.add(changed.copy, section, key, patch)
        changed.places, changed.statement_id = [f"{section}.{key}"], added.id
    return changed


def remove_statement(
    actor: Actor, record: MedicalRecord, *, revision: int, statement_id: str
) -> RecordChange:
    with _editing(actor, record, revision=revision, operation="remove", statement=statement_id) as changed:
        changed.places = [editing.remove(changed.copy, statement_id)]
    return changed


@requires_permission("records.write")
def put_back_statement(
    actor: Actor, record: MedicalRecord, *, revision: int, removed: editing.RemovedStatement
) -> RecordChange:
    """What was removed a moment ago, as it was."""
    statement_id = str(removed.statement["id"])
    with _editing(actor, record, revision=revision, operation="put_back", statement=statement_id) as changed:
        changed.places = [editing.put_back(changed.copy, removed)]
        changed.statement_id = statement_id
    return changed


def move_statement(
    actor: Actor, record: MedicalRecord, *, revision: int, statement_id: str, to: str = "", step: int = 0
) -> RecordChange:
    """To the end of the field `to` ("section.field"), or up and down in its own."""
    section, _dot, key = to.partition(".")
    with _editing(actor, record, revision=revision, operation="move", statement=statement_id) as changed:
        changed.places = editing.move(changed.copy, statement_id, section=section, key=key, step=step)
    return changed


def accept_statement(
    actor: Actor, record: MedicalRecord, *, revision: int, statement_id: str
) -> RecordChange:
    """The actor answers for what was not found in what was said."""
    with _editing(actor, record, revision=revision, operation="accept", statement=statement_id) as changed:
        changed.places = [editing.accept(changed.copy, statement_id)]
    return changed


def dismiss_problem(
    actor: Actor, record: MedicalRecord, *, revision: int, statement_id: str, code: str
) -> RecordChange:
    with _editing(
        actor, record, revision=revision, operation="dismiss", statement=statement_id, problem=code
    ) as changed:
        changed.places = editing.dismiss(changed.copy, statement_id, code)
    return changed


def confirm_code(
    actor: Actor, record: MedicalRecord, *, revision: int, statement_id: str, code: Code | None
) -> RecordChange:
    """None says that no code fits. Raises InvalidInput for one that neither catalogue nor proposal knows."""
    with _editing(actor, record, revision=revision, operation="code", statement=statement_id) as changed:
        _section, statement, _place = changed.copy.find(statement_id)
        chosen = _known_code(actor, statement, code) if code else None
        changed.places = [editing.confirm_code(changed.copy, statement_id, chosen)]
        if chosen:
            coding.remember(actor, written=statement.text, code=chosen, record=record)
    return changed


@requires_permission("records.write")
@transaction.atomic
def take_newest_draft(actor: Actor, record: MedicalRecord, *, revision: int) -> MedicalRecord:
    """What people wrote gives way to a draft that was made after it. Raises Conflict where there is none."""
    held = held_for(record, DRAFTS, revision=revision)
    working, drafted = selectors.working_version(held), selectors.newer_draft(held)
    if drafted is None:
        raise Conflict(_("This is the newest draft."), code="no_newer_draft")
    versions.take_draft(held, drafted, working)
    _store(held)
    details = {"operation": "take_draft", "revision": held.revision}
    audit.record(actor, action=CHANGED, target=held, details=details)
    return held


@requires_permission("records.write")
@transaction.atomic
def mark_reviewed(actor: Actor, record: MedicalRecord, *, revision: int) -> MedicalRecord:
    """Somebody read all of it and stands by it; a later change takes the mark away."""
    require_person(actor)
    held = held_for(record, EDITABLE, revision=revision)
    held.reviewed_by, held.reviewed_at, held.return_note = actor.member, timezone.now(), None
    held.state = State.AMENDING if held.state == State.AMENDING else State.REVIEWED
    _store(held)
    audit.record(actor, action="record.reviewed", target=held, details={"revision": held.revision})
    return held


@requires_permission("records.sign")
@transaction.atomic
def return_to_author(actor: Actor, record: MedicalRecord, *, revision: int, note: str) -> MedicalRecord:
    """Whoever signs gives it back to whoever drafted it and says why. Raises PermissionDenied for a key, InvalidInput
    without a note, and Conflict.
    """
    require_person(actor)
    if not note.strip():
        raise InvalidInput(fields={"note": [_("Describe what to change.")]})
    held = held_for(record, EDITABLE, revision=revision)
    held.reviewed_by, held.reviewed_at, held.return_note = None, None, note.strip()
    held.state = State.AMENDING if held.state == State.AMENDING else State.DRAFT
    _store(held)
    audit.record(actor, action="record.returned", target=held, details={"revision": held.revision})
    return held


@requires_permission("records.write")
@transaction.atomic
def retry_draft(actor: Actor, record: MedicalRecord) -> MedicalRecord:
    """Runs the drafting job again. Raises Conflict unless it failed."""
    held = held_for(record, frozenset({State.FAILED, State.DRAFTING}))
    if held.job is None:
        raise Conflict(_("The job of this record no longer exists. Create a new record."), code="job_gone")
    jobs.retry_job(held.job, requested_by=actor)
    held.state = State.DRAFTING
    _store(held)
    return held


def require_person(actor: Actor) -> None:
    """A key answers for nothing: who reviews and signs is a person with a name. Raises PermissionDenied."""
    if actor.member is None:
        raise PermissionDenied(_("Only a signed-in member can do this, not an API key."))


def held_for(
    record: MedicalRecord, states: frozenset[MedicalRecord.State], *, revision: int | None = None
) -> MedicalRecord:
    """The record under its lock. Raises Conflict in another state, ChangedMeanwhile at another revision."""
    held = versions.lock_record(record)
    if held.state not in states:
        raise Conflict(
            _REFUSALS.get(State(held.state), _REFUSALS[State.DRAFTING]), code=f"record_{held.state}"
        )
    if revision is not None and held.revision != revision:
        raise ChangedMeanwhile(revision=held.revision, changes=changes_since(held, revision))
    return held


def changes_since(record: MedicalRecord, revision: int) -> list[dict[str, Any]]:
    """Who did what since then, as the trail tells it: never the words."""
    entries = trail.trail(record.organisation).filter(target_id=str(record.pk), action__startswith="record.")
    entries = entries.filter(details__revision__gt=revision)[:SHOWN_CHANGES]
    return [
        {
            "by": entry.actor_name,
            "action": entry.details.get("operation", entry.action.removeprefix("record.")),
            "statement": entry.details.get("statement", ""),
            "place": entry.details.get("place", ""),
        }
        for entry in entries
    ]


@contextmanager
def _editing(
    actor: Actor, record: MedicalRecord, *, revision: int, operation: str, **where: str
) -> Iterator[RecordChange]:
    """The working copy, changed inside and stored after. What changes nothing leaves no trace."""
    with transaction.atomic():
        held = held_for(record, EDITABLE, revision=revision)
        version = selectors.working_version(held)
        if version is None:
            raise Conflict(_REFUSALS[State.DRAFTING], code="no_draft")
        changed = RecordChange(held, DraftEdit(version.document, held.template_version.schema, by=actor.name))
        yield changed
        content = changed.copy.content.model_dump(mode="json")
        # The revision stays as well: others who edit would be told of a change that they cannot find.
        if content == version.content:
            return
        version.content = content
        version.save(update_fields=["content"])
        # A review is about what was read: other words need another one.
        held.reviewed_by = held.reviewed_at = None
        if held.state == State.REVIEWED:
            held.state = State.DRAFT
        _store(held)
        details = {"operation": operation, "revision": held.revision, "place": " ".join(changed.places)}
        details |= where if not changed.statement_id else where | {"statement": changed.statement_id}
        audit.record(actor, action=CHANGED, target=held, details=details)


def _store(held: MedicalRecord) -> None:
    held.revision += 1
    held.save(update_fields=["state", "reviewed_by", "reviewed_at", "return_note", "revision", "updated_at"])


def _known_code(actor: Actor, statement: Statement, code: Code) -> Code:
    if statement.code and (statement.code.system, statement.code.code) == (code.system, code.code):
        return statement.code
    entry = catalogues.entry_with_code(actor.organisation, code.system, code.code)
    if entry is None:
        raise InvalidInput(
            fields={"code": [_("This code is not in the catalogue. Choose one from the list.")]}
        )
    return Code(system=code.system, code=entry.code, display=entry.name)


_REFUSALS = {
    State.DRAFTING: _("This record is still being drafted."),
    State.DRAFT: _("This record is not signed yet."),
    State.REVIEWED: _("This record is not signed yet."),
    State.SIGNED: _("This record is signed and locked. Amend it to make changes."),
    State.AMENDING: _("This record is already being amended."),
    State.NO_SPEECH: _("No speech was detected, so there is no record."),
    State.FAILED: _("Drafting failed. Try again first."),
}

"""The signature: what is signed is locked, and anybody can see that it is still what was signed."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.medical_records.patients import selectors as patients
from apps.medical_records.records import diff, services, validation, versions
from apps.medical_records.records import selectors as records
from apps.medical_records.records.errors import NotSignable
from apps.medical_records.records.models import MedicalRecord, RecordVersion, SigningFigures
from apps.medical_records.signing import signals
from apps.vault.errors import SealBroken
from domain.clinical.records.record import RecordContent

State, Kind = MedicalRecord.State, RecordVersion.Kind
MIN_REASON_CHARACTERS = 5


@requires_permission("records.sign")
@transaction.atomic
def sign(
    actor: Actor, record: MedicalRecord, *, revision: int, leaves_out_unsupported: bool = False
) -> RecordVersion:
    """Locks what the actor read at `revision`. Of two at once, one signs and the other gets a Conflict.

    What was not found in what was said blocks the signature: each is accepted, changed or removed, or all of them are
    left out by the signer's own word. They stay in the model's draft. Raises PermissionDenied, NotSignable with
    everything that is in the way, and Conflict where the hospital wants another person's review first.
    """
    services.require_person(actor)
    held = services.held_for(record, services.EDITABLE, revision=revision)
    _require_review(actor, held)
    version = records.working_version(held)
    if version is None:
        raise Conflict(_("There is nothing to sign."), code="no_draft")
    content = _signable(held, version.document, leaves_out=leaves_out_unsupported)
    signed = _seal(actor, held, version, content)
    held.signed_at, held.return_note = signed.signed_at, None
    _change_state(held, State.SIGNED)
    figures = _count(held, signed, content)
    audit.record(
        actor,
        action="record.signed",
        target=held,
        details={
            "version": signed.number,
            "kind": signed.kind,
            "fingerprint": signed.fingerprint,
            "revision": held.revision,
            "statements": figures.statements,
            "entered": figures.entered,
        },
    )
    signals.record_signed.send(sender=RecordVersion, actor=actor, record=held, version=signed)
    return signed


@requires_permission("records.write")
@transaction.atomic
def begin_amendment(actor: Actor, record: MedicalRecord, *, reason: str) -> RecordVersion:
    """A copy of what is signed to work on. The signed version stays as it is and holds until the next signature. Raises
    PermissionDenied for a key, InvalidInput without a reason, and Conflict where nothing is signed.
    """
    services.require_person(actor)
    if len(reason.strip()) < MIN_REASON_CHARACTERS:
        raise InvalidInput(fields={"reason": [_("Enter the reason for the amendment.")]})
    held = services.held_for(record, frozenset({State.SIGNED}))
    signed = records.signed_versions(held).first()
    if signed is None:
        raise Conflict(_("There is no signed version to amend."), code="not_signed")
    copy = versions.add(held, Kind.EDIT, signed.document)
    copy.reason, copy.author = reason.strip(), actor.member
    copy.save(update_fields=["reason", "author"])
    _change_state(held, State.AMENDING)
    audit.record(actor, action="record.amendment_begun", target=held, details={"revision": held.revision})
    return copy


@requires_permission("records.write")
@transaction.atomic
def discard_amendment(actor: Actor, record: MedicalRecord, *, revision: int) -> MedicalRecord:
    """What is signed holds, as if nothing had been begun."""
    held = services.held_for(record, frozenset({State.AMENDING}), revision=revision)
    copy = records.working_version(held)
    if copy is not None:
        copy.delete()
    # It asked for a change of what is gone.
    held.return_note = None
    _change_state(held, State.SIGNED)
    audit.record(actor, action="record.amendment_discarded", target=held, details={"revision": held.revision})
    return held


@dataclass(frozen=True)
class Verification:
    """What was found of one signed version. `is_whole`: it says what was signed, by whom and when, after the version
    before it.
    """

    number: int
    kind: str
    signer_name: str
    signed_at: datetime | None
    fingerprint: str
    is_whole: bool


def verify(record: MedicalRecord) -> list[Verification]:
    """Every signed version from the first on, its fingerprint computed anew. Raises KeyLost."""
    signed_versions = records.signed_versions(record).order_by("number")
    verifications: list[Verification] = []
    previous = ""
    for version in signed_versions.defer("content", "reason"):
        try:
            is_whole = (
                version.previous_fingerprint == previous
                and version.fingerprint == versions.content_hash(version)
            )
        except SealBroken:
            # Somebody wrote into the sealed column: the very thing that a fingerprint is there to show.
            is_whole = False
        verifications.append(
            Verification(
                version.number,
                version.kind,
                version.signer_name,
                version.signed_at,
                version.fingerprint,
                is_whole,
            )
        )
        # A chain: a version that was taken out, or put in between, is seen at the one behind it.
        previous = version.fingerprint
    return verifications


def _require_review(actor: Actor, held: MedicalRecord) -> None:
    """Four eyes, where the hospital wants them."""
    if patients.preferences_of(actor.organisation).signs_own_drafts:
        return
    if held.reviewed_at is None or held.reviewed_by == actor.member:
        raise Conflict(
            _("Your hospital requires a review by someone else before signing."),
            code="not_reviewed",
        )


def _signable(held: MedicalRecord, content: RecordContent, *, leaves_out: bool) -> RecordContent:
    """Raises NotSignable with everything that is in the way at once."""
    unsupported = [] if leaves_out else validation.unsupported_statements(content)
    missing = validation.missing_fields(content, records.template_for(held, content))
    if unsupported or missing:
        raise NotSignable(missing_fields=missing, unsupported=unsupported)
    return validation.without_unsupported(content)


def _seal(actor: Actor, held: MedicalRecord, version: RecordVersion, content: RecordContent) -> RecordVersion:
    """The working copy becomes the signed version: from here on the database refuses to change it."""
    before = records.signed_versions(held).first()
    version.kind = Kind.AMENDMENT if before else Kind.SIGNED
    version.content = content.model_dump(mode="json")
    version.previous_fingerprint = before.fingerprint if before else ""
    version.signed_by, version.signer_name = actor.member, actor.name[:200]
    version.signed_at = timezone.now()
    # Last, as it covers all that was set above.
    version.fingerprint = versions.content_hash(version)
    version.save()
    return version


def _change_state(held: MedicalRecord, state: MedicalRecord.State) -> None:
    held.state = state
    # What comes next has not been reviewed, whoever reviewed what was signed.
    if state != State.SIGNED:
        held.reviewed_by = held.reviewed_at = None
    held.revision += 1
    held.save(
        update_fields=[
            "state", "reviewed_by", "reviewed_at", "return_note", "signed_at", "revision", "updated_at",
        ]
    )  # fmt: skip


def _count(held: MedicalRecord, signed: RecordVersion, content: RecordContent) -> SigningFigures:
    """What the draft was worth, counted now and kept without its words."""
    drafted = records.model_version(held)
    draft = drafted.document if drafted else None
    edits = diff.edits(draft, content) if draft else diff.Edits({}, 0.0)
    statements = [statement for _section, _key, statement in draft.statements()] if draft else []
    recording = held.encounter.recording
    recorded_at = recording.received_at if recording else None
    return SigningFigures.objects.create(
        organisation_id=held.organisation_id,
        version=signed,
        fields=edits.fields,
        edit_ratio=edits.ratio,
        statements=len(statements),
        unsupported=sum(not statement.is_exported for statement in statements),
        entered=diff.count_entered(content),
        audio_seconds=(recording.seconds if recording else None) or 0,
        draft_seconds=_seconds(recorded_at, held.drafted_at),
        turnaround_seconds=_seconds(recorded_at, signed.signed_at),
        signed_at=signed.signed_at or timezone.now(),
    )


def _seconds(begin: datetime | None, end: datetime | None) -> float | None:
    return None if begin is None or end is None else max(0.0, (end - begin).total_seconds())

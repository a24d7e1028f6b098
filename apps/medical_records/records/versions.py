"""What the record said at which time: the one place that writes versions."""

import hashlib
import json
from datetime import UTC

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict
from apps.medical_records.records import selectors
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from domain.clinical.records.record import RecordContent

State, Kind = MedicalRecord.State, RecordVersion.Kind


def lock_record(record: MedicalRecord) -> MedicalRecord:
    """Every change of a record happens under its row lock."""
    return MedicalRecord.objects.select_for_update().get(pk=record.pk)


@transaction.atomic
def store_draft(
    record: MedicalRecord, content: RecordContent, *, model_name: str, prompt_hash: str = ""
) -> RecordVersion:
    """The model's draft as it was, and the copy that people change. A copy that people changed stays as it is.

    Called while the drafting job finishes, so that the draft and the job's end are stored together.
    Raises Conflict for a record that was signed meanwhile: what is signed has one draft for good.
    """
    held = lock_record(record)
    if held.is_signed:
        raise Conflict(_("This record is signed and cannot be drafted again."), code="already_signed")
    working, before = selectors.working_version(held), selectors.model_version(held)
    drafted = add(held, Kind.MODEL, content, model_name=model_name, prompt_hash=prompt_hash)
    held.drafted_at = timezone.now()
    # Nobody has touched the copy of the draft before: the new draft takes its place.
    if working is None or (before and working.content == before.content):
        take_draft(held, drafted, working)
    held.revision += 1
    held.save(update_fields=["state", "reviewed_by", "reviewed_at", "drafted_at", "revision", "updated_at"])
    return drafted


def take_draft(held: MedicalRecord, drafted: RecordVersion, working: RecordVersion | None) -> None:
    """The copy that people change begins anew from a draft. The caller saves the record."""
    if working:
        RecordVersion.objects.within(held.organisation_id).filter(pk=working.pk).delete()
    add(held, Kind.EDIT, drafted.document)
    held.state, held.reviewed_by, held.reviewed_at = State.DRAFT, None, None


def add(record: MedicalRecord, kind: str, content: RecordContent, **details: str) -> RecordVersion:
    return RecordVersion.objects.create(
        organisation_id=record.organisation_id,
        record=record,
        number=selectors.newest_number(record) + 1,
        kind=kind,
        content=content.model_dump(mode="json"),
        author=record.author,
        **details,
    )


def content_hash(version: RecordVersion) -> str:
    """SHA-256 over what it says, who signed it when, why, and the version before, in one canonical spelling.

    It is computed from the content as stored, so that a newer release verifies what an older one signed.
    """
    # Changing any key, order or spelling here would make every signature of the past look broken.
    signed = {
        "record": str(version.record_id),
        "number": version.number,
        "kind": version.kind,
        "content": version.content,
        "reason": version.reason,
        "signer": version.signer_name,
        "signed_at": version.signed_at.astimezone(UTC).isoformat() if version.signed_at else "",
        "previous": version.previous_fingerprint,
    }
    canonical = json.dumps(signed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()

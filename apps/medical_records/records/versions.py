"""What the record said at which time: the one place that writes versions."""

import hashlib
import json
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict
from apps.medical_records.models import MedicalRecord, RecordVersion
from apps.medical_records.records import selectors
from llm_backend.clinical.record import RecordContent

State, Kind = MedicalRecord.State, RecordVersion.Kind


def locked(record: MedicalRecord) -> MedicalRecord:
    """Every change of a record happens under its row lock."""
    return MedicalRecord.objects.select_for_update().get(pk=record.pk)


@transaction.atomic
def store_draft(
    record: MedicalRecord, content: RecordContent, *, model_name: str, prompt_hash: str = ""
) -> RecordVersion:
    """The model's draft as it was, and the copy that people change. A draft that people changed stays.

    Called while the drafting job finishes, so that the draft and the job's end are stored together.
    Raises Conflict for a record that was signed meanwhile: what is signed has one draft for good.
    """
    held = locked(record)
    if held.is_signed:
        raise Conflict(_("This record is signed: it is not drafted anew."), code="already_signed")
    drafted = add(held, Kind.MODEL, content, model_name=model_name, prompt_hash=prompt_hash)
    if selectors.working_version(held) is None:
        add(held, Kind.EDIT, content)
    held.state, held.drafted_at = State.DRAFT, timezone.now()
    held.revision += 1
    held.save(update_fields=["state", "drafted_at", "revision", "updated_at"])
    return drafted


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


def fingerprint_of(version: RecordVersion) -> str:
    """SHA-256 over what it says, who signed it when, why, and the version before, in one canonical spelling.

    It is computed from the content as stored, so that a newer release verifies what an older one signed.
    """
    signed = {
        "record": str(version.record_id),
        "number": version.number,
        "kind": version.kind,
        "content": version.content,
        "reason": version.reason,
        "signer": version.signer_name,
        "signed_at": _moment(version.signed_at),
        "previous": version.previous_fingerprint,
    }
    canonical = json.dumps(signed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""

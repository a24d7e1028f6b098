"""What the record said at which time: the one place that writes versions."""

from django.db import transaction
from django.utils import timezone

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
    """
    held = locked(record)
    drafted = _add(held, Kind.MODEL, content, model_name=model_name, prompt_hash=prompt_hash)
    versions = RecordVersion.objects.within(held.organisation_id).filter(record=held)
    if not versions.filter(kind=Kind.EDIT).exists():
        _add(held, Kind.EDIT, content)
    held.state, held.drafted_at = State.DRAFT, timezone.now()
    held.revision += 1
    held.save(update_fields=["state", "drafted_at", "revision", "updated_at"])
    return drafted


def _add(record: MedicalRecord, kind: str, content: RecordContent, **details: str) -> RecordVersion:
    newest = selectors.current_version(record)
    return RecordVersion.objects.create(
        organisation_id=record.organisation_id,
        record=record,
        number=newest.number + 1 if newest else 1,
        kind=kind,
        content=content.model_dump(mode="json"),
        author=record.author,
        **details,
    )

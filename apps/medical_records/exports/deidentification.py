"""Copies for sharing: what the house knows of patient and staff goes to `domain.clinical.exporting`, which takes it out."""

from uuid import UUID

from django.utils import timezone

from apps.accounts.models import Membership
from apps.medical_records.patients import selectors as patients
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from domain.clinical.exporting.deidentification import Identity, deidentify_record, deidentify_transcript
from domain.clinical.exporting.document import ExportedRecord
from domain.clinical.transcripts.transcript import ClinicalTranscript

# All dates of a patient move back by the same 1 to 364 days: intervals between them, which readers need, stay.
YEAR_DAYS = 364


def copy_of(document: ExportedRecord, record: MedicalRecord) -> ExportedRecord:
    return deidentify_record(document, _identity(record), name=_copy_name(record))


def transcript_copy(dialogue: ClinicalTranscript, record: MedicalRecord) -> tuple[str, ClinicalTranscript]:
    """(name of the copy, what was said)"""
    language = record.template_version.schema.language
    return _copy_name(record), deidentify_transcript(dialogue, _identity(record), language)


def _identity(record: MedicalRecord) -> Identity:
    patient, preferences = record.patient, patients.preferences_of(record.organisation)
    return Identity(
        patient=patient.name,
        numbers=(patient.number, patient.phone, patient.birth_date),
        clinicians=_staff(record),
        hospitals=(preferences.hospital_name, record.organisation.name),
        # From the organisation's key: the same for every copy, and nobody else can move the dates back.
        days=-1 - int(_keyed_hash(record, f"days:{patient.pk}")[:8], 16) % YEAR_DAYS,
        seen_on=timezone.localtime(record.encounter.seen_at).date(),
    )


def _staff(record: MedicalRecord) -> tuple[str, ...]:
    """Everybody who works here, and who signed under a name that is no longer theirs."""
    members = Membership.objects.filter(organisation=record.organisation_id).select_related("user")
    versions = RecordVersion.objects.within(record.organisation_id).filter(record=record)
    signers = versions.exclude(signer_name="").values_list("signer_name", flat=True)
    return tuple(dict.fromkeys([*(str(member.user) for member in members.order_by("pk")), *signers]))


def _copy_name(record: MedicalRecord) -> str:
    """The same for each copy of a record; only who holds the organisation's key finds the record by it."""
    return str(UUID(hex=_keyed_hash(record, f"copy:{record.pk}")[:32]))


def _keyed_hash(record: MedicalRecord, text: str) -> str:
    return patients.number_hash(record.organisation_id, text)

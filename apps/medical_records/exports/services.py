"""Handing a record out. Every export is in the patient's audit trail before the file leaves."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput, NotFound
from apps.medical_records.encounters.models import EncounterTranscript
from apps.medical_records.exports import deidentification
from apps.medical_records.exports.document import document_of, version_of
from apps.medical_records.patients.services import note_access
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from domain.clinical.exporting import cda, fhir, pdf, plain, word
from domain.clinical.exporting.document import ExportedRecord


class Format(models.TextChoices):
    PDF = "pdf", _("PDF")
    WORD = "docx", _("Word")
    FHIR = "fhir", _("FHIR R4")
    CDA = "cda", _("HL7 CDA")
    JSON = "json", _("JSON")
    TRANSCRIPT = "transcript", _("Transcript")


@dataclass(frozen=True)
class ExportedFile:
    """`name` says which record, and nothing of what it says or whom it is about."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class _Writer:
    write: Callable[[ExportedRecord], bytes]
    media_type: str
    ending: str


WRITERS: dict[str, _Writer] = {
    Format.PDF: _Writer(pdf.write, pdf.MEDIA_TYPE, "pdf"),
    Format.WORD: _Writer(word.write, word.MEDIA_TYPE, "docx"),
    Format.FHIR: _Writer(fhir.write, fhir.MEDIA_TYPE, "fhir.json"),
    Format.CDA: _Writer(cda.write, cda.MEDIA_TYPE, "cda.xml"),
    Format.JSON: _Writer(plain.write, plain.MEDIA_TYPE, "json"),
}
# FHIR and CDA are made to be filed under a patient: without one they say nothing.
DEIDENTIFIED = (Format.PDF, Format.WORD, Format.JSON, Format.TRANSCRIPT)


def export_record(
    actor: Actor,
    record: MedicalRecord,
    *,
    format: str = Format.PDF,
    version: int | None = None,
    is_deidentified: bool = False,
) -> ExportedFile:
    """Raises InvalidInput, NotFound, Conflict where there is nothing yet, PermissionDenied for a draft."""
    if is_deidentified and format not in DEIDENTIFIED:
        raise InvalidInput(
            fields={
                "deidentified": [_("De-identified copies are available as PDF, Word, JSON or transcript.")]
            }
        )
    if format == Format.TRANSCRIPT:
        file = _write_transcript(record, is_deidentified=is_deidentified)
    else:
        exported = version_of(actor, record, number=version)
        file = _write_record(record, exported, format, is_deidentified=is_deidentified)
    # Before the file leaves: a line that cannot be written is an export that does not happen.
    action = "record.exported_deidentified" if is_deidentified else "record.exported"
    note_access(actor, record.patient, action=action, targets=[record.pk])
    return file


def _write_record(
    record: MedicalRecord, version: RecordVersion, format: str, *, is_deidentified: bool
) -> ExportedFile:
    document, writer = document_of(record, version), WRITERS[format]
    if is_deidentified:
        document = deidentification.copy_of(document, record)
    name = f"record-{document.visit.seen_at:%Y-%m-%d-%H%M}-v{document.version}.{writer.ending}"
    return ExportedFile(name, writer.media_type, writer.write(document))


def _write_transcript(record: MedicalRecord, *, is_deidentified: bool) -> ExportedFile:
    """Raises NotFound where nothing was said."""
    transcripts = EncounterTranscript.objects.within(record.organisation_id)
    transcript = transcripts.one(encounter=record.encounter_id)
    if not transcript.content:
        raise NotFound
    dialogue = transcript.said
    name = f"{timezone.localtime(record.encounter.seen_at):%Y-%m-%d-%H%M}"
    if is_deidentified:
        name, dialogue = deidentification.transcript_copy(dialogue, record)
    return ExportedFile(
        f"transcript-{name}.txt",
        plain.TRANSCRIPT_TYPE,
        plain.write_transcript(dialogue, record.template_version.schema.language),
    )

"""The document that leaves: which version, who it is about, who answers for it."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.core.errors import Conflict
from apps.medical_records.patients import selectors as patients
from apps.medical_records.patients.models import Clinician
from apps.medical_records.records import selectors as records
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from domain.clinical.exporting.document import (
    ExportedPatient,
    ExportedRecord,
    Hospital,
    Person,
    Signature,
    State,
    Visit,
    age_on,
    export_sections,
    printable,
)

Kind = RecordVersion.Kind
_STATES: dict[str, State] = {Kind.SIGNED: "signed", Kind.AMENDMENT: "amended"}


def version_of(actor: Actor, record: MedicalRecord, *, number: int | None) -> RecordVersion:
    """The version asked for, else the last signed one, else the draft.

    A draft leaves only with those who may write it. Raises NotFound, Conflict where there is nothing yet, and
    PermissionDenied.
    """
    if number is not None:
        version: RecordVersion | None = records.version_of(record, number)
    else:
        version = records.signed_versions(record).first() or records.current_version(record)
    if version is None or not version.content:
        raise Conflict(_("Nothing to export: the record is empty."), code="nothing_to_export")
    if version.signed_at is None:
        actor.require("records.write")
    return version


def document_of(record: MedicalRecord, version: RecordVersion) -> ExportedRecord:
    """Supported and entered statements of the version, with all that stands around them."""
    template = records.template_for(record, version.document)
    earlier = records.signed_versions(record).filter(number__lt=version.number)
    seen_at = timezone.localtime(record.encounter.seen_at)
    return ExportedRecord(
        id=str(record.pk),
        version=version.number,
        state=_STATES.get(version.kind, "draft"),
        replaces=earlier.values_list("number", flat=True).first() if version.kind == Kind.AMENDMENT else None,
        language=template.language,
        template=template.key,
        title=printable(template.name),
        written_at=timezone.localtime(version.signed_at or version.created_at),
        hospital=_hospital(record),
        patient=_patient(record, seen_at),
        visit=Visit.model_validate(
            {"id": str(record.encounter_id), "kind": record.encounter.kind, "seen_at": seen_at}
        ),
        author=_person(record.author),
        reviewer=_person(record.reviewed_by) if _is_reviewed_one(record, version) else None,
        signature=_signature(version),
        sections=export_sections(version.document, template),
    )


def _is_reviewed_one(record: MedicalRecord, version: RecordVersion) -> bool:
    """A review is of what people work on, or of what was signed last: of no draft or version before it."""
    reviewed = records.working_version(record) or records.signed_versions(record).first()
    return reviewed is not None and reviewed.pk == version.pk


def _hospital(record: MedicalRecord) -> Hospital:
    preferences = patients.preferences_of(record.organisation)
    return Hospital(
        name=printable(preferences.hospital_name or record.organisation.name),
        letterhead=printable(preferences.letterhead),
        department=printable(record.department.name if record.department else ""),
    )


def _patient(record: MedicalRecord, seen_at: datetime) -> ExportedPatient:
    patient = record.patient
    return ExportedPatient.model_validate(
        {
            "id": str(patient.pk),
            "name": printable(patient.name),
            "number": printable(patient.number),
            "sex": patient.sex,
            "birth_date": printable(patient.birth_date),
            "age": age_on(patient.birth_date, seen_at.date()),
            "phone": printable(patient.phone),
        }
    )


def _signature(version: RecordVersion) -> Signature | None:
    """In the name the version was signed with, also when the member has left or is called otherwise by now."""
    if version.signed_at is None:
        return None
    title = _title(version.signed_by) if version.signed_by else ""
    signer = version.signed_by_id or version.pk
    return Signature(
        signer=Person(id=str(signer), name=printable(version.signer_name), title=title),
        signed_at=timezone.localtime(version.signed_at),
        fingerprint=version.fingerprint,
        previous_fingerprint=version.previous_fingerprint,
        reason=printable(version.reason),
    )


def _person(member: Membership | None) -> Person | None:
    if member is None:
        return None
    return Person(id=str(member.pk), name=printable(str(member.user)), title=_title(member))


def _title(member: Membership) -> str:
    clinician = Clinician.objects.within(member.organisation_id).filter(member=member).first()
    return printable(clinician.title) if clinician else ""

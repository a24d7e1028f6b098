"""Records of patients whom the actor treats."""

from uuid import UUID

from apps.accounts.actors import Actor
from apps.core.errors import NotFound
from apps.core.models import OrganisationQuerySet
from apps.medical_records.models import MedicalRecord, RecordVersion
from apps.medical_records.patients import selectors as patients


def records(actor: Actor) -> OrganisationQuerySet[MedicalRecord]:
    """The last changed first, without what they say."""
    return (
        MedicalRecord.objects.within(actor.organisation)
        .filter(patient__in=patients.visible_patients(actor).order_by().values("pk"))
        .select_related(
            "patient", "department", "author__user", "encounter", "template_version__template", "job"
        )
        .order_by("-updated_at", "-pk")
    )


def record_of(actor: Actor, record_id: UUID) -> MedicalRecord:
    """Raises NotFound, also where the actor does not treat the patient."""
    record = records(actor).filter(pk=record_id).first()
    if record is None:
        raise NotFound
    return record


def current_version(record: MedicalRecord) -> RecordVersion | None:
    """What the record says now: the version being edited, else the last one."""
    return (
        RecordVersion.objects.within(record.organisation_id).filter(record=record).order_by("-number").first()
    )


def model_version(record: MedicalRecord) -> RecordVersion | None:
    """The model's own draft, as it was."""
    versions = RecordVersion.objects.within(record.organisation_id).filter(record=record)
    return versions.filter(kind=RecordVersion.Kind.MODEL).order_by("-number").first()


def signed_versions(record: MedicalRecord) -> OrganisationQuerySet[RecordVersion]:
    """The latest first."""
    versions = RecordVersion.objects.within(record.organisation_id).filter(
        record=record, signed_at__isnull=False
    )
    return versions.order_by("-number")

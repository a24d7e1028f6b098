"""Who read what about a patient, and what has been kept for long enough."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, Q
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import selectors as audit
from apps.audit.models import AuditEntry
from apps.core.models import OrganisationQuerySet
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.patients import selectors as patients
from apps.medical_records.patients.models import CareRelation, Patient, PatientQuerySet
from apps.medical_records.records.models import MedicalRecord
from apps.speech.models import Recording

# Leap years included: thirty years are a week more than 30 × 365 days.
DAYS_OF_A_YEAR = 365.25
# What lets somebody read, or a server receive, the records of patients whom it does not name.
OPENING_ACTIONS = (
    "clinician.saved",
    "confirmation.confirmed",
    "confirmation.refused",
    "confirmation.requested",
    "endpoint.changed",
    "endpoint.created",
)


def accesses(actor: Actor, patient: Patient) -> OrganisationQuerySet[AuditEntry]:
    """Everything the trail holds about the patient: who registered, read, heard, changed, signed, exported what.

    A line is about a patient when it names the patient, one of the patient's records or encounters as its target, or
    the patient among its subjects. What opens every patient's records stands here too: who was put into a department,
    where models are asked, who confirmed that.
    """
    actor.require("records.view")
    return audit.trail(patient.organisation).filter(
        Q(target_type="patient", target_id=str(patient.pk))
        | Q(subjects__contains=[patient.pk])
        | Q(target_type="medicalrecord", target_id__in=_ids(MedicalRecord, patient))
        | Q(target_type="encounter", target_id__in=_ids(Encounter, patient))
        | Q(action__in=OPENING_ACTIONS)
    )


def emergencies(organisation: Organisation) -> OrganisationQuerySet[CareRelation]:
    """Emergency accesses, the latest first, for those who oversee the records."""
    relations = CareRelation.objects.within(organisation).filter(kind=CareRelation.Kind.EMERGENCY)
    return relations.select_related("patient", "member__user").order_by("-since")


def newest_row(organisation: Organisation) -> datetime | None:
    """When anything last came in here."""
    made = Encounter.objects.within(organisation).aggregate(at=Max("created_at"))["at"]
    registered = Patient.objects.within(organisation).aggregate(at=Max("created_at"))["at"]
    return max(filter(None, (made, registered)), default=None)


def outdated_patients(organisation: Organisation) -> PatientQuerySet:
    """The patients whose last visit lies further back than records are kept."""
    years = patients.preferences_of(organisation).record_years
    since = timezone.now() - timedelta(days=years * DAYS_OF_A_YEAR)
    return Patient.objects.within(organisation).kept().filter(last_seen_at__lt=since)


def outdated_recordings(organisation: Organisation) -> OrganisationQuerySet[Recording]:
    """Sound of signed records that the hospital does not keep any longer."""
    days = patients.preferences_of(organisation).audio_days
    recordings = Recording.objects.within(organisation)
    if not days:
        return recordings.none()
    since = timezone.now() - timedelta(days=days)
    return recordings.filter(
        encounter__record__state=MedicalRecord.State.SIGNED, encounter__record__signed_at__lt=since
    )


def _ids(model: type[MedicalRecord] | type[Encounter], patient: Patient) -> list[str]:
    rows: list[UUID] = list(
        model.objects.within(patient.organisation_id).filter(patient=patient).values_list("pk", flat=True)
    )
    return [str(pk) for pk in rows]

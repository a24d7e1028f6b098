"""Who read what about a patient, and what has been kept for long enough."""

from uuid import UUID

from django.db.models import Q

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import selectors as audit
from apps.audit.models import AuditEntry
from apps.core.models import OrganisationQuerySet
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.patients.models import CareRelation, Patient
from apps.medical_records.records.models import MedicalRecord

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


def _ids(model: type[MedicalRecord] | type[Encounter], patient: Patient) -> list[str]:
    rows: list[UUID] = list(
        model.objects.within(patient.organisation_id).filter(patient=patient).values_list("pk", flat=True)
    )
    return [str(pk) for pk in rows]

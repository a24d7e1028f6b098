"""A patient comes in: known, or registered in the same step in which the encounter begins."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from apps.accounts.actors import Actor, requires_permission
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.encounters.services import Intake, begin_encounter
from apps.medical_records.patients import selectors as patients
from apps.medical_records.patients import services as register
from apps.medical_records.patients.models import Patient
from apps.medical_records.templates import selectors as templates


@requires_permission("records.write")
@transaction.atomic
def receive(
    actor: Actor,
    *,
    patient_id: UUID | None,
    newcomer: Mapping[str, str],
    template_id: UUID,
    intake: Intake,
) -> Encounter:
    """Without `patient_id`, `newcomer` is registered. Both or neither are stored."""
    patient = (
        patients.patient_of(actor, patient_id) if patient_id else _register_newcomer(actor, newcomer, intake)
    )
    version = templates.offered_version(actor.organisation, template_id)
    return begin_encounter(actor, patient=patient, template_version=version, intake=intake)


def _register_newcomer(actor: Actor, newcomer: Mapping[str, str], intake: Intake) -> Patient:
    """Treated by who registers them, and by the department they came to."""
    actor.require("patients.edit")
    details = {key: value for key, value in newcomer.items() if key not in ("name", "number") and value}
    patient = register.register_patient(
        actor, name=newcomer["name"], number=newcomer["number"], department=None, **details
    )
    if intake.department:
        register.relate(actor, patient, department=intake.department)
    return patient

"""Erasing: a patient by hand or after the years records are kept, sound after its days."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import InvalidInput
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.patients.models import Patient
from apps.medical_records.patients.services import note_access
from apps.medical_records.privacy.scopes import PATIENT, scope_of_patient
from apps.privacy import registry
from apps.speech import services as speech
from apps.speech.models import Recording

MIN_REASON_CHARACTERS, MAX_REASON_CHARACTERS = 5, 200


@requires_permission("records.oversee")
@transaction.atomic
def erase_patient(actor: Actor, patient: Patient, *, reason: str) -> Patient:
    """Everything about the patient goes, signed records and sound included; it cannot be brought back.

    The emptied row stays, for the audit trail names it. Raises InvalidInput without a reason.
    """
    actor.require("records.oversee")
    if len(reason.strip()) < MIN_REASON_CHARACTERS:
        raise InvalidInput(fields={"reason": [_("Enter the reason for erasing this patient.")]})
    return _erase(actor, patient, reason=reason.strip()[:MAX_REASON_CHARACTERS])


@transaction.atomic
def patient_report(actor: Actor, patient: Patient) -> dict[str, Any]:
    """All that is held about the patient, for them to read."""
    actor.require("records.oversee")
    held = registry.report(PATIENT, scope_of_patient(patient))
    note_access(actor, patient, action="patient.report_exported")
    return {
        "organisation": actor.organisation.name,
        "patient": str(patient.pk),
        "made_at": timezone.now().isoformat(),
        "held": held,
    }


def erase_outdated(patient: Patient) -> None:
    _erase(Actor(patient.organisation), patient, reason="kept for as long as records are kept")


@transaction.atomic
def erase_sound(recording: Recording) -> None:
    """The words stay: they are part of the record's evidence."""
    actor = Actor(recording.organisation)
    encounter = Encounter.objects.within(recording.organisation).get(recording=recording)
    speech.delete_recording(recording, deleted_by=actor)
    audit.record(actor, action="encounter.sound_erased", target=encounter)


@transaction.atomic
def _erase(actor: Actor, patient: Patient, *, reason: str) -> Patient:
    held = Patient.objects.select_for_update().get(pk=patient.pk)
    rows = registry.erase(PATIENT, scope_of_patient(held))
    audit.record(actor, action="patient.erased", target=held, details={"reason": reason, "rows": rows})
    held.refresh_from_db()
    return held

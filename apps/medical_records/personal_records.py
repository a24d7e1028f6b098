"""Where the desk keeps what patients said and what was written about them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pgtrigger
from django.utils import timezone

from apps.jobs import personal_records as jobs
from apps.medical_records.coding.models import ConfirmedCode
from apps.medical_records.encounters.corrections import corrected_often
from apps.medical_records.encounters.models import Encounter, EncounterTranscript, WordCorrection
from apps.medical_records.patients.models import CareRelation, Patient
from apps.medical_records.privacy.scopes import PATIENT, PatientScope
from apps.medical_records.records.models import MedicalRecord, RecordVersion, SigningFigures
from apps.privacy import registry
from apps.privacy.registry import Holding, Rows
from apps.speech import personal_records as recordings
from apps.speech import services as speech
from apps.speech.models import SpeechPreferences

SIGNED_VERSION_STAYS = "medical_records.RecordVersion:signed_version_stays"


def _within(model: Any, **path: str) -> Callable[[PatientScope], Rows]:
    """`path`: {lookup: name of what the scope holds}."""
    ((lookup, name),) = path.items()
    return lambda scope: model.objects.within(scope.organisation_id).filter(**{lookup: getattr(scope, name)})


def speech_terms(scope: PatientScope) -> Rows:
    """The organisation's list of terms, where words of this patient came into it."""
    lists = SpeechPreferences.objects.within(scope.organisation_id)
    held = [row.pk for row in lists if scope.corrected_words.intersection(speech.terms_of(row))]
    return lists.filter(pk__in=held)


def erase_speech_terms(rows: Rows, scope: PatientScope) -> None:
    """A term that other patients' words were corrected to as often stays."""
    others = WordCorrection.objects.within(scope.organisation_id).exclude(encounter__in=scope.encounters)
    times = Counter(row.meant for row in others)
    still_known = set(corrected_often(times))
    for row in rows:
        speech.remove_terms(row, scope.corrected_words - still_known)


def speech_terms_report(row: SpeechPreferences, scope: PatientScope) -> dict[str, Any]:
    return {"terms": sorted(scope.corrected_words.intersection(speech.terms_of(row)))}


def erase_versions(rows: Rows, scope: PatientScope) -> None:
    """Erasing a patient takes signed versions too: the trigger that keeps them is left out for it alone."""
    with pgtrigger.ignore(SIGNED_VERSION_STAYS):
        rows.delete()


def blank_patients(rows: Rows, scope: PatientScope) -> None:
    """The emptied row stays, for the audit trail names it."""
    for patient in rows:
        patient.name = patient.number = patient.birth_date = patient.phone = patient.notes = ""
        patient.sex, patient.number_hash, patient.index_terms = Patient.Sex.UNKNOWN, "", []
        patient.erased_at = timezone.now()
        patient.save()


# From what hangs on others to what others hang on: they are erased in this order.
HOLDINGS = [
    *jobs.holdings(PATIENT, PatientScope.subjects),
    Holding(PATIENT, SpeechPreferences, speech_terms, erase_speech_terms, report=speech_terms_report),
    Holding(PATIENT, ConfirmedCode, _within(ConfirmedCode, record__in="records")),
    Holding(PATIENT, WordCorrection, _within(WordCorrection, encounter__in="encounters")),
    Holding(PATIENT, SigningFigures, _within(SigningFigures, version__record__in="records")),
    Holding(PATIENT, RecordVersion, _within(RecordVersion, record__in="records"), erase_versions),
    Holding(PATIENT, MedicalRecord, _within(MedicalRecord, pk__in="records")),
    Holding(PATIENT, EncounterTranscript, _within(EncounterTranscript, encounter__in="encounters")),
    *recordings.holdings(PATIENT, PatientScope.recordings),
    Holding(PATIENT, Encounter, _within(Encounter, patient="patient_id")),
    Holding(PATIENT, CareRelation, _within(CareRelation, patient="patient_id")),
    Holding(
        PATIENT,
        Patient,
        _within(Patient, pk="patient_id"),
        blank_patients,
        fields=("name", "number", "birth_date", "phone", "notes", "sex", "created_at", "last_seen_at"),
    ),
]

registry.register(*HOLDINGS)

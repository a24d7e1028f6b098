"""Where the desk keeps what patients said and what was written about them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import pgtrigger
from django.db.models import Q
from django.utils import timezone

from apps.jobs import personal_records as jobs
from apps.medical_records.encounters.corrections import corrected_often
from apps.medical_records.models import (
    CareRelation,
    ConfirmedCode,
    Encounter,
    EncounterTranscript,
    MedicalRecord,
    Patient,
    RecordVersion,
    SigningFigures,
    WordCorrection,
)
from apps.privacy import registry
from apps.privacy.registry import Holding, Rows, Subject
from apps.speech import personal_records as recordings
from apps.speech import services as speech
from apps.speech.models import SpeechPreferences

PATIENT = Subject("patient")
SIGNED_VERSION_STAYS = "medical_records.RecordVersion:signed_version_stays"


@dataclass(frozen=True)
class PatientScope:
    organisation_id: UUID
    patient_id: UUID

    @cached_property
    def encounters(self) -> list[Encounter]:
        return list(Encounter.objects.within(self.organisation_id).filter(patient=self.patient_id))

    @cached_property
    def records(self) -> list[UUID]:
        found = MedicalRecord.objects.within(self.organisation_id).filter(patient=self.patient_id)
        return list(found.values_list("pk", flat=True))

    @cached_property
    def corrected_words(self) -> set[str]:
        """As they were meant: what is corrected often is told to the speech model for everybody."""
        return {row.meant for row in WordCorrection.objects.filter(encounter__in=self.encounters)}

    def recordings(self) -> list[UUID]:
        return [each.recording_id for each in self.encounters if each.recording_id]

    def subjects(self) -> Iterator[str]:
        yield from (f"medical_record:{key}" for key in self.records)
        yield from (f"recording:{key}" for key in self.recordings())


def scope_of_patient(patient: Patient) -> PatientScope:
    return PatientScope(patient.organisation_id, patient.pk)


def _within(model: Any, **path: str) -> Callable[[PatientScope], Rows]:
    """`path`: {lookup: name of what the scope holds}."""
    ((lookup, name),) = path.items()
    return lambda scope: model.objects.within(scope.organisation_id).filter(**{lookup: getattr(scope, name)})


def _terms(scope: PatientScope) -> Rows:
    """The organisation's list of terms, where words of this patient came into it."""
    lists = SpeechPreferences.objects.within(scope.organisation_id)
    held = [row.pk for row in lists if scope.corrected_words.intersection(speech.terms_of(row))]
    return lists.filter(pk__in=held)


def _erase_terms(rows: Rows, scope: PatientScope) -> None:
    """A term that other patients' words were corrected to as often stays."""
    others = WordCorrection.objects.within(scope.organisation_id).exclude(encounter__in=scope.encounters)
    times = Counter(row.meant for row in others)
    still_known = set(corrected_often(times))
    for row in rows:
        speech.forget_terms(row, scope.corrected_words - still_known)


def _terms_report(row: SpeechPreferences, scope: PatientScope) -> dict[str, Any]:
    return {"terms": sorted(scope.corrected_words.intersection(speech.terms_of(row)))}


def _erase_versions(rows: Rows, scope: PatientScope) -> None:
    with pgtrigger.ignore(SIGNED_VERSION_STAYS):
        rows.delete()


def _confirmed_codes(scope: PatientScope) -> Rows:
    return ConfirmedCode.objects.within(scope.organisation_id).filter(Q(record__in=scope.records))


def _blank_patients(rows: Rows, scope: PatientScope) -> None:
    """The emptied row stays, for the audit trail names it."""
    for patient in rows:
        patient.name = patient.number = patient.birth_date = patient.phone = patient.notes = ""
        patient.sex, patient.number_hash, patient.index_terms = Patient.Sex.UNKNOWN, "", []
        patient.erased_at = timezone.now()
        patient.save()


HOLDINGS = [
    *jobs.holdings(PATIENT, PatientScope.subjects),
    Holding(PATIENT, SpeechPreferences, _terms, _erase_terms, report=_terms_report),
    Holding(PATIENT, ConfirmedCode, _confirmed_codes),
    Holding(PATIENT, WordCorrection, _within(WordCorrection, encounter__in="encounters")),
    Holding(PATIENT, SigningFigures, _within(SigningFigures, version__record__in="records")),
    Holding(PATIENT, RecordVersion, _within(RecordVersion, record__in="records"), _erase_versions),
    Holding(PATIENT, MedicalRecord, _within(MedicalRecord, pk__in="records")),
    Holding(PATIENT, EncounterTranscript, _within(EncounterTranscript, encounter__in="encounters")),
    *recordings.holdings(PATIENT, PatientScope.recordings),
    Holding(PATIENT, Encounter, _within(Encounter, patient="patient_id")),
    Holding(PATIENT, CareRelation, _within(CareRelation, patient="patient_id")),
    Holding(
        PATIENT,
        Patient,
        _within(Patient, pk="patient_id"),
        _blank_patients,
        fields=("name", "number", "birth_date", "phone", "notes", "sex", "created_at", "last_seen_at"),
    ),
]

registry.register(*HOLDINGS)

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from apps.medical_records.encounters.models import Encounter, WordCorrection
from apps.medical_records.patients.models import Patient
from apps.medical_records.records.models import MedicalRecord
from apps.privacy.registry import Subject

PATIENT = Subject("patient")


@dataclass(frozen=True)
class PatientScope:
    """What leads from a patient to the rows about them, read once: while they are erased nothing leads there any more."""

    organisation_id: UUID
    patient_id: UUID

    @cached_property
    def encounters(self) -> list[Encounter]:
        return list(Encounter.objects.within(self.organisation_id).filter(patient=self.patient_id))

    @cached_property
    def records(self) -> list[UUID]:
        records = MedicalRecord.objects.within(self.organisation_id).filter(patient=self.patient_id)
        return list(records.values_list("pk", flat=True))

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

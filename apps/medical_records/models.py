from apps.medical_records.coding.models import Catalogue, CatalogueEntry, ConfirmedCode
from apps.medical_records.encounters.models import Encounter, EncounterTranscript, WordCorrection
from apps.medical_records.patients.models import CareRelation, Clinician, Department, Patient, PatientQuerySet
from apps.medical_records.records.models import MedicalRecord, RecordVersion, SigningFigures
from apps.medical_records.settings.models import MedicalPreferences
from apps.medical_records.templates.models import RecordTemplate, RecordTemplateVersion

__all__ = [
    "CareRelation",
    "Catalogue",
    "CatalogueEntry",
    "Clinician",
    "ConfirmedCode",
    "Department",
    "Encounter",
    "EncounterTranscript",
    "MedicalPreferences",
    "MedicalRecord",
    "Patient",
    "PatientQuerySet",
    "RecordTemplate",
    "RecordTemplateVersion",
    "RecordVersion",
    "SigningFigures",
    "WordCorrection",
]

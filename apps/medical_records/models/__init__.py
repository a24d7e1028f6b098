from apps.medical_records.models.catalogues import Catalogue, CatalogueEntry, ConfirmedCode
from apps.medical_records.models.encounters import Encounter, EncounterTranscript, WordCorrection
from apps.medical_records.models.patients import CareRelation, Clinician, Department, Patient, PatientQuerySet
from apps.medical_records.models.preferences import MedicalPreferences
from apps.medical_records.models.record_templates import RecordTemplate, RecordTemplateVersion
from apps.medical_records.models.records import MedicalRecord, RecordVersion, SigningFigures

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

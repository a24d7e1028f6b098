"""Dr. Lin's consultation with the scripted engine as the model that proposes."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.inference.models import Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from apps.medical_records.drafting import services as drafting
from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from apps.medical_records.patients.models import Patient
from apps.medical_records.records import selectors as records
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.templates.models import RecordTemplate, RecordTemplateVersion
from domain.clinical.records.record import RecordContent, Statement
from domain.clinical.transcripts.transcript import ClinicalTranscript
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

TALK = """Doctor: What brings you in?
Patient: I have had chest pain for three days. No fever.
Doctor: What do you take?
Patient: I take lisinopril twenty milligrams once a day.
Doctor: Your blood pressure is one forty over ninety. I think this is angina."""
TEMPLATE: dict[str, Any] = {
    "key": "visit",
    "name": "Visit",
    "language": "en",
    "sections": [
        {
            "key": "history",
            "title": "History",
            "division": "subjective",
            "fields": [
                {"key": "narrative", "title": "Story", "is_required": True},
                {"key": "symptoms", "title": "Symptoms", "kind": "findings"},
                {"key": "medications", "title": "Medications", "kind": "medications"},
            ],
        },
        {
            "key": "objective",
            "title": "Examination",
            "division": "exam",
            "fields": [{"key": "vitals", "title": "Vital signs", "kind": "vitals"}],
        },
        {
            "key": "assessment",
            "title": "Assessment",
            "division": "assessment_and_plan",
            "fields": [{"key": "diagnoses", "title": "Diagnoses", "kind": "diagnoses", "is_required": True}],
        },
    ],
}
HISTORY = {
    "narrative": [{"lines": [2], "text": "Chest pain for 3 days."}],
    "symptoms": [{"lines": [2], "quote": "fever", "text": "Fever"}],
    "medications": [
        {"lines": [4], "quote": "lisinopril twenty milligrams once a day", "text": "Lisinopril 20 mg daily"}
    ],
}
ASSESSMENT = {"diagnoses": [{"lines": [5], "quote": "angina", "text": "Angina"}]}

RecordOf = Callable[[str], MedicalRecord]


@pytest.fixture
def engine(scripted_engine: ScriptedEngine, doctor_lin: Actor) -> ScriptedEngine:
    endpoint_of(scripted_engine, doctor_lin, Purpose.CHAT, name="engine")
    return scripted_engine


@pytest.fixture
def record_of(doctor_lin: Actor, mrs_wang: Patient) -> RecordOf:
    organisation = doctor_lin.organisation
    template = RecordTemplate.objects.create(
        organisation=organisation, key="visit", name="Visit", language="en"
    )
    version = RecordTemplateVersion.objects.create(
        organisation=organisation, template=template, number=3, definition=TEMPLATE, resolved=TEMPLATE
    )

    def make(talk: str) -> MedicalRecord:
        encounter = Encounter.objects.create(
            organisation=organisation, patient=mrs_wang, clinician=doctor_lin.member, template_version=version
        )
        EncounterTranscript.objects.create(
            organisation=organisation,
            encounter=encounter,
            content=ClinicalTranscript.from_text(talk).to_dict(),
        )
        return MedicalRecord.objects.create(
            organisation=organisation,
            encounter=encounter,
            patient=mrs_wang,
            template_version=version,
            author=doctor_lin.member,
        )

    return make


def draft(actor: Actor, record: MedicalRecord) -> Job:
    """What the worker does with the job's message."""
    job = drafting.request_draft(actor, record)
    runs.execute(job.pk)
    job.refresh_from_db()
    record.refresh_from_db()
    return job


def content_of(record: MedicalRecord) -> RecordContent:
    version = records.model_version(record)
    assert version is not None
    return version.document


def by_rules(job: Job) -> dict[str, str]:
    assert job.result
    return dict(job.result["sections_by_rules"])


def statements(record: MedicalRecord, section: str, field: str) -> list[Statement]:
    found = content_of(record).field(section, field)
    assert found is not None
    return found.statements


def said_now(record: MedicalRecord) -> list[str]:
    """What the copy says that people work on."""
    version = records.working_version(record)
    assert version is not None
    return [statement.text for _, _, statement in version.document.statements()]


def answers(engine: ScriptedEngine, *sections: dict[str, Any]) -> None:
    engine.script(*({"text": json.dumps(section)} for section in sections))

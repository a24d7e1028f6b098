"""A draft that no model wrote says so, and a model is asked when somebody wants it, whatever its size."""

from copy import deepcopy

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict
from apps.inference.models import Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from apps.medical_records.encounters import services as capture
from apps.medical_records.patients.models import Patient
from apps.medical_records.records import selectors as records
from apps.medical_records.records import services
from apps.medical_records.records.editing import StatementPatch
from apps.medical_records.records.models import MedicalRecord
from tests.medical_records.drafting_fixtures import (
    ASSESSMENT,
    HISTORY,
    TALK,
    RecordOf,
    answers,
    draft,
    statements,
)
from tests.medical_records.records.test_pages import browser_of, page, step
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

pytestmark = pytest.mark.django_db
SAYS_SO = "Draft by rules, without a model"
OFFERS = "Draft with the model"


@pytest.fixture
def lin(doctor_lin: Actor) -> Client:
    return browser_of(doctor_lin)


@pytest.fixture
def small_model(scripted_engine: ScriptedEngine, doctor_lin: Actor) -> ScriptedEngine:
    """The embedded one, for conversation: nobody set it up for structured output."""
    endpoint_of(scripted_engine, doctor_lin, Purpose.CHAT, model=settings.EMBEDDED_MODEL)
    return scripted_engine


@pytest.fixture
def by_rules(small_model: ScriptedEngine, doctor_lin: Actor, record_of: RecordOf) -> MedicalRecord:
    record = record_of(TALK)
    draft(doctor_lin, record)
    return record


def worked(record: MedicalRecord) -> Job:
    record.refresh_from_db()
    assert record.job
    runs.execute(record.job.pk)
    record.job.refresh_from_db()
    record.refresh_from_db()
    return record.job


def test_a_draft_that_no_model_wrote_says_so_and_offers_the_small_one(
    by_rules: MedicalRecord, lin: Client
) -> None:
    shown = page(lin, "record", by_rules)

    assert SAYS_SO in shown
    assert f"{settings.EMBEDDED_MODEL} can draft it instead. This is the small built-in model" in shown
    assert OFFERS in shown
    assert shown.index(SAYS_SO) < shown.index('class="record-section"')


def test_without_any_model_only_the_sentence_stands(
    doctor_lin: Actor, lin: Client, record_of: RecordOf
) -> None:
    record = record_of(TALK)
    draft(doctor_lin, record)

    shown = page(lin, "record", record)

    assert SAYS_SO in shown
    assert OFFERS not in shown
    with pytest.raises(Conflict, match="No model"):
        capture.draft_again(doctor_lin, record.encounter, with_model=True)


@pytest.mark.slow
def test_whoever_asks_gets_the_models_draft_whatever_its_size(
    by_rules: MedicalRecord, small_model: ScriptedEngine, lin: Client, doctor_lin: Actor
) -> None:
    answers(small_model, HISTORY, ASSESSMENT)

    said = step(lin, "draft_with_model", by_rules)
    assert "The model is drafting this record" in said
    assert "data-events" in said
    assert worked(by_rules).state == Job.State.SUCCEEDED

    version = records.model_version(by_rules)
    assert version is not None
    assert version.model_name == settings.EMBEDDED_MODEL
    assert [s.text for s in statements(by_rules, "history", "narrative")] == ["Chest pain for 3 days."]
    assert SAYS_SO not in page(lin, "record", by_rules)
    entry = AuditEntry.objects.get(action="record.model_asked")
    assert entry.target_id == str(by_rules.pk)
    assert "chest" not in str(entry.details).lower()


@pytest.mark.slow
def test_what_people_changed_stays_until_they_take_the_models_draft(
    by_rules: MedicalRecord, small_model: ScriptedEngine, lin: Client, doctor_lin: Actor
) -> None:
    by_rules.refresh_from_db()
    first = statements(by_rules, "history", "narrative")[0]
    services.change_statement(
        doctor_lin,
        by_rules,
        revision=by_rules.revision,
        statement_id=first.id,
        patch=StatementPatch(text="Mine."),
    )
    answers(small_model, HISTORY, ASSESSMENT)

    step(lin, "draft_with_model", by_rules)
    worked(by_rules)

    shown = page(lin, "record", by_rules)
    assert "Mine." in shown
    assert "Newer draft available" in shown
    assert SAYS_SO in shown, "what people work on is still the rules' draft"


@pytest.mark.slow
def test_without_the_models_answer_rules_draft_it_again(
    by_rules: MedicalRecord, small_model: ScriptedEngine, lin: Client
) -> None:
    small_model.script({"status": 500}, {"status": 500}, {"status": 500})

    step(lin, "draft_with_model", by_rules)
    worked(by_rules)

    version = records.model_version(by_rules)
    assert version is not None
    assert version.model_name == "rules"


def test_over_rest_a_model_is_asked_for_too(
    by_rules: MedicalRecord, small_model: ScriptedEngine, lin: Client
) -> None:
    address = reverse("api:encounter-draft", args=[by_rules.encounter_id])

    answer = lin.post(address, {"with_model": True}, content_type="application/json")

    assert answer.status_code == 202, answer.content
    by_rules.refresh_from_db()
    assert by_rules.job
    assert by_rules.job.inputs["with_model"] is True


def test_a_stranger_cannot_have_it_drafted(by_rules: MedicalRecord, bob_actor: Actor) -> None:
    answer = browser_of(bob_actor).post(reverse("medical_records:draft_with_model", args=[by_rules.pk]))

    assert answer.status_code == 404


def test_a_field_for_women_is_not_offered_for_a_man(
    mrs_wang: Patient, doctor_lin: Actor, record_of: RecordOf, lin: Client
) -> None:
    record = record_of(TALK)
    version = record.template_version
    version.resolved = deepcopy(version.resolved)
    menses = {"key": "menses", "title": "Menstrual history", "sex": "female"}
    version.resolved["sections"][0]["fields"].append(menses)
    version.save(update_fields=["resolved"])
    draft(doctor_lin, record)
    assert "Menstrual history" in page(lin, "record", record)

    Patient.objects.filter(pk=mrs_wang.pk).update(sex=Patient.Sex.MALE)

    assert "Menstrual history" not in page(lin, "record", record)

"""Whoever reads a patient's data is in the audit trail. The walk finds new routes and new models by itself."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation, User
from apps.audit.models import AuditEntry
from apps.core.errors import NotAuthenticated
from apps.jobs.models import Job
from apps.medical_records.drafting.services import DRAFT_RECORD
from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from apps.medical_records.middleware import access_trail
from apps.medical_records.patients import selectors as patients
from apps.medical_records.patients import services
from apps.medical_records.patients.models import CareRelation, Patient
from apps.medical_records.patients.opened_rows import PatientRow
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from tests.architecture.instances import Belongings
from tests.architecture.routes import Route, our_routes
from tests.architecture.test_isolation import values_for
from tests.conftest import ApiClient, api_client

# Counted, without a word and without a patient; learnt from many, and proposed without whose it was.
UNNAMED = {"SigningFigures", "ConfirmedCode"}
NAME, NUMBER, REASON, SPOKEN, WRITTEN = "欧阳修远", "Q-777-31", "reason-91", "spoken-92", "written-93"
SHOWING = {
    "api:access-report",
    "api:encounter-detail",
    "api:encounter-list",
    "api:encounter-transcript",
    "api:job-events",
    "api:medical-record-detail",
    "api:medical-record-export",
    "api:medical-patient-report",
    "api:medical-record-list",
    "api:patient-detail",
    "api:patient-list",
    "api:patient-search",
    "medical_records:access_report",
    "medical_records:change_patient",
    "medical_records:encounter",
    "medical_records:export_record",
    "medical_records:new_encounter",
    "medical_records:patient",
    "medical_records:patient_choices",
    "medical_records:patient_report",
    "medical_records:patients",
    "medical_records:record",
    "medical_records:record_field",
    "medical_records:record_versions",
    "medical_records:records",
    "medical_records:search_patients",
}
BODY = {
    "typed": "欧阳",
    "query": "欧阳",
    "place": "history.complaint",
    "text": "x",
    "name": "x",
    "number": "x",
}


def is_about_a_patient(route: Route) -> bool:
    return route.view_name.startswith("apps.medical_records.") or route.name == "api:job-events"


ROUTES = [route for route in our_routes() if is_about_a_patient(route)]


@pytest.fixture
def owned(tea_house: Organisation, alice: User, alice_actor: Actor) -> Belongings:
    """One row of everything, all of one patient, with words that are found again in an answer."""
    owned = Belongings(tea_house, alice)
    patient = services.register_patient(alice_actor, name=NAME, number=NUMBER)
    owned._made[Patient, ""] = patient
    for model in (Encounter, EncounterTranscript, MedicalRecord, RecordVersion, CareRelation):
        owned.one(model)
    encounter, version = owned.one(Encounter), owned.one(RecordVersion)
    assert isinstance(encounter, Encounter)
    assert isinstance(version, RecordVersion)
    encounter.reason = REASON
    encounter.save()
    transcript = EncounterTranscript.objects.get(encounter=encounter)
    transcript.content = {
        "utterances": [{"speaker": "patient", "text": SPOKEN, "start": None, "end": None, "words": []}]
    }
    transcript.save()
    statement = {"id": "s1", "text": WRITTEN, "support": "entered"}
    version.content |= {
        "sections": [{"key": "history", "fields": [{"key": "complaint", "statements": [statement]}]}]
    }
    version.save()
    record = MedicalRecord.objects.get(encounter=encounter)
    job = owned.one(Job)
    Job.objects.filter(pk=job.pk).update(
        kind=DRAFT_RECORD.name,
        subject=f"medical_record:{record.pk}",
        inputs={"record_id": str(record.pk)},
    )
    MedicalRecord.objects.filter(pk=record.pk).update(state=MedicalRecord.State.DRAFT, job=job)
    return owned


def marks_of(owned: Belongings) -> list[str]:
    """What in an answer shows that it tells something of the patient, or which patient, encounter or record it is."""
    rows = [owned.one(model) for model in (Patient, Encounter, MedicalRecord)]
    return [NAME, NUMBER, REASON, SPOKEN, WRITTEN, *(str(row.pk) for row in rows)]


def shows_a_patient(answer: Any, marks: list[str]) -> bool:
    if 300 <= answer.status_code < 400:
        return False
    if answer.streaming and answer.is_async:
        return True
    content = answer.getvalue() if answer.streaming else answer.content
    # Its text is compressed.
    return content.startswith(b"%PDF") or any(mark.encode() in content for mark in marks)


def requested(client: Client, method: str, route: Route, path: str) -> Any:
    client.raise_request_exception = False
    if method == "get":
        ranged = {} if isinstance(client, ApiClient) else {"Range": "bytes=1-"}
        return client.get(path, {"edit": "s1", **BODY}, headers=ranged)
    if route.is_api:
        return getattr(client, method)(path, json.dumps(BODY), content_type="application/json")
    return client.post(path, BODY)


def test_every_answer_that_tells_of_a_patient_has_left_a_line(
    owned: Belongings, alice_actor: Actor, alice_browser: Client
) -> None:
    """With a session and a range, and with a key and without one. Whatever a request changes is undone."""
    marks, patient, key = marks_of(owned), owned.one(Patient), api_client(alice_actor)
    asked = [("member:", route, method) for route in ROUTES for method in route.methods]
    asked += [("key:", route, "get") for route in ROUTES if route.is_api and "get" in route.methods]
    seen, wrong = set(), []
    for who, route, method in asked:
        path = route.path(values_for(route, owned))
        with transaction.atomic():
            before = AuditEntry.objects.count()
            answer = requested(alice_browser if who == "member:" else key, method, route, path)
            lines = AuditEntry.objects.order_by("-sequence")[: AuditEntry.objects.count() - before]
            traced = [
                line
                for line in lines
                if line.actor.startswith(who)
                and (patient.pk in line.subjects or line.target_id == str(patient.pk))
            ]
            transaction.set_rollback(True)
        if not shows_a_patient(answer, marks):
            continue
        seen.add(route.name)
        if not traced or (method == "get" and len(traced) > 1):
            wrong.append(f"{method.upper()} {route} by {who} left {len(traced)} lines")

    assert not wrong, "\n".join(wrong)
    assert seen >= SHOWING, "without these the walk would prove nothing"


def test_every_model_about_a_patient_is_followed() -> None:
    """A row that leads to a patient's row, over any number of others, tells something about a patient."""

    def leads_to_a_patient(model: type[models.Model]) -> bool:
        targets = [
            field.related_model for field in model._meta.fields if field.many_to_one or field.one_to_one
        ]
        return any(isinstance(target, type) and issubclass(target, PatientRow) for target in targets)

    unfollowed = {
        model.__name__
        for model in apps.get_models()
        if leads_to_a_patient(model) and not issubclass(model, PatientRow)
    }

    assert unfollowed == UNNAMED


def test_a_list_is_one_line_in_the_report_of_each_patient_and_names_the_others_to_nobody(
    alice_actor: Actor, alice_browser: Client
) -> None:
    several = [services.register_patient(alice_actor, name=f"李雷{n}", number=f"L-{n}") for n in range(12)]
    with CaptureQueriesContext(
        connection,
    ) as few:
        alice_browser.get("/medical/patients/")

    line = AuditEntry.objects.get(action="patients.read")
    assert (set(line.subjects), line.details["patients"]) == ({patient.pk for patient in several}, 12)
    assert sum("INSERT INTO" in query["sql"] and "audit_auditentry" in query["sql"] for query in few) == 1
    report = f"/api/v1/medical/patients/{several[0].pk}/access/"
    told = alice_browser.get(report)
    assert "patients.read" in told.text
    downloaded = alice_browser.get(f"/medical/patients/{several[0].pk}/access/export/").getvalue().decode()
    shown = [told.text, downloaded, alice_browser.get(f"/medical/patients/{several[0].pk}/access/").text]
    assert not any(str(several[1].pk) in text for text in shown)


def test_a_list_that_fetches_itself_anew_is_one_reading_a_minute(
    alice_actor: Actor, alice_browser: Client
) -> None:
    services.register_patient(alice_actor, name=NAME, number=NUMBER)
    address = "/medical/patients/search/"
    for _ in range(3):
        alice_browser.post(address, {"typed": ""}, headers={"HX-Request": "true"})
    assert AuditEntry.objects.filter(action="patients.read").count() == 1

    services.register_patient(alice_actor, name="李雷", number="L-1")
    alice_browser.post(address, {"typed": ""}, headers={"HX-Request": "true"})

    assert AuditEntry.objects.filter(action="patients.read").count() == 2, "another patient was shown"


def test_what_cannot_be_noted_is_not_shown(alice_actor: Actor) -> None:
    """A view that lets in nobody, or one that forgets to ask, has no way to a patient."""
    patient = services.register_patient(alice_actor, name=NAME, number=NUMBER)

    def careless(request: HttpRequest) -> HttpResponse:
        return HttpResponse(Patient.objects.get(pk=patient.pk).name)

    with pytest.raises(NotAuthenticated):
        access_trail(careless)(RequestFactory().get("/"))


def test_rows_without_their_patient_are_traced_to_it(owned: Belongings, alice_actor: Actor) -> None:
    version = owned.one(RecordVersion)

    def bare(request: HttpRequest) -> HttpResponse:
        request.actor = alice_actor  # type: ignore[attr-defined]
        return HttpResponse(str(RecordVersion.objects.get(pk=version.pk).content))

    access_trail(bare)(RequestFactory().get("/"))

    line = AuditEntry.objects.get(action="patients.read")
    assert line.target_id == str(owned.one(Patient).pk)
    assert patients.patient_of(alice_actor, owned.one(Patient).pk)

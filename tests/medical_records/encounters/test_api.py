import json
from typing import Any

import pytest
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.jobs.models import Job
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.patients.models import Patient
from apps.medical_records.records.models import MedicalRecord
from apps.speech.models import Recording
from tests.conftest import ApiClient
from tests.medical_records.captured import awaited, heard, template_of, typed
from tests.medical_records.encounters.test_services import TALK, listened
from tests.medical_records.people import browser_of, patient_of
from tests.speech.conftest import PART, TUS, begin, send, tone

PATIENTS, ENCOUNTERS = "/api/v1/medical/patients/", "/api/v1/medical/encounters/"


@pytest.fixture
def lin(doctor_lin: Actor) -> Client:
    return browser_of(doctor_lin)


def posted(client: Client, path: str, body: Any, **headers: str) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers)


def patched(client: Client, path: str, body: Any) -> Any:
    return client.patch(path, json.dumps(body), content_type="application/json")


def new_encounter(client: Client, actor: Actor, patient: Patient, **changes: Any) -> Any:
    key = changes.pop("key", None)
    body = {"patient": str(patient.pk), "template": str(template_of(actor).template_id), **changes}
    return posted(client, ENCOUNTERS, body, **({"Idempotency-Key": key} if key else {}))


def test_patients_are_registered_found_and_changed(lin: Client) -> None:
    made = posted(
        lin, PATIENTS, {"name": "王秀英", "number": "P-1", "sex": "female", "birth_date": "1961-04-02"}
    )
    assert made.status_code == 201
    patient = made.json()

    assert posted(lin, f"{PATIENTS}search/", {"typed": "王秀"}).json() == [patient]
    assert patched(lin, f"{PATIENTS}{patient['id']}/", {"phone": "138"}).json()["phone"] == "138"
    assert lin.get(f"{PATIENTS}{patient['id']}/").json()["name"] == "王秀英"
    assert lin.get(PATIENTS).json()["results"][0]["number"] == "P-1"
    assert posted(lin, PATIENTS, {"name": "X", "number": "p-1"}).status_code == 409
    assert set(posted(lin, PATIENTS, {}).json()["error"]["fields"]) == {"name", "number"}
    assert AuditEntry.objects.filter(action="patient.viewed").count() == 1


def test_who_treats_a_patient_is_told_and_ended(lin: Client, mrs_wang: Patient, resident_chen: Actor) -> None:
    chen, address = browser_of(resident_chen), f"{PATIENTS}{mrs_wang.pk}/relations/"
    assert resident_chen.member
    assert chen.get(address).status_code == 404

    made = posted(lin, address, {"member": str(resident_chen.member.pk)}).json()

    assert {each["id"] for each in chen.get(address).json()} > {made["id"]}
    assert posted(lin, address, {}).status_code == 400
    assert lin.delete(f"{address}{made['id']}/").status_code == 204
    assert chen.get(address).status_code == 404


def test_a_key_needs_to_oversee_to_see_anybody(
    doctor_lin: Actor, mrs_wang: Patient, alice_actor: Actor
) -> None:
    def key(*scopes: str) -> ApiClient:
        return ApiClient(accounts.create_api_key(alice_actor, name="his", scopes=list(scopes)).token)

    assert key("records.view").get(PATIENTS).json()["results"] == []
    assert len(key("records.view", "records.oversee").get(PATIENTS).json()["results"]) == 1


def test_text_becomes_an_encounter_once(lin: Client, doctor_lin: Actor, mrs_wang: Patient) -> None:
    first, second = (
        new_encounter(lin, doctor_lin, mrs_wang, text="Patient: my head aches.", kind="typed", key="k-1")
        for _ in range(2)
    )

    assert first.status_code == 201
    assert first.json()["id"] == second.json()["id"]
    assert (first.json()["phase"], first.json()["record_state"]) == ("ready", "drafting")
    assert new_encounter(lin, doctor_lin, mrs_wang, text="Other", kind="typed", key="k-1").status_code == 409
    refused = new_encounter(lin, doctor_lin, mrs_wang, kind="consultation")
    assert set(refused.json()["error"]["fields"]) == {"has_consent"}


@pytest.mark.slow
@pytest.mark.django_db
def test_a_recording_is_sent_heard_and_corrected(lin: Client, doctor_lin: Actor, mrs_wang: Patient) -> None:
    made = new_encounter(lin, doctor_lin, mrs_wang, has_consent=True).json()
    address = f"{ENCOUNTERS}{made['id']}/"
    assert made["phase"] == "awaited"
    sound = tone(seconds=0.3)

    place = lin.post(f"{address}recording/", headers={**TUS, "Upload-Length": str(len(sound))}).headers[
        "Location"
    ]
    half = len(sound) // 2
    for offset, part in ((0, sound[:half]), (half, sound[half:])):
        headers = {**TUS, "Upload-Offset": str(offset)}
        assert lin.patch(place, part, content_type=PART, headers=headers).status_code == 204
    assert lin.head(place).headers["Upload-Offset"] == str(len(sound))
    assert lin.get(address).json()["phase"] == "waiting"
    assert lin.get(f"{address}transcript/").status_code == 409
    heard(Recording.objects.get(), TALK)

    told = lin.get(f"{address}transcript/").json()
    assert [each["text"] for each in told["utterances"]] == TALK
    assert told["utterances"][1]["words"][2]["start"] > 3
    corrections = [{"utterance": 1, "text": "I take amlodipine every day", "speaker": "patient"}]
    done = patched(lin, f"{address}transcript/", {"revision": told["revision"], "corrections": corrections})
    assert done.json()["revision"] == 2
    assert {"patient"} == {each["speaker"] for each in done.json()["utterances"] if each["number"] == 1}
    again = patched(lin, f"{address}transcript/", {"revision": 1, "corrections": corrections})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "transcript_changed")
    removal = {"revision": 2, "first": 0, "last": 0}
    assert posted(lin, f"{address}transcript/remove/", removal).json()["revision"] == 3
    assert posted(lin, f"{address}draft/", {}).status_code == 202


@pytest.mark.slow
def test_a_recording_that_was_uploaded_before_becomes_the_encounters_own(
    alice_browser: Client, alice_actor: Actor, alice_api: ApiClient, charlie: Any
) -> None:
    sound = tone(seconds=0.2)
    send(alice_api, begin(alice_api, length=len(sound)), sound, offset=0)
    recording = Recording.objects.get()
    patient = patient_of(alice_actor)

    made = new_encounter(alice_browser, alice_actor, patient, recording=str(recording.pk), has_consent=True)

    assert made.json()["recording"] == str(recording.pk)
    assert alice_browser.get("/api/v1/recordings/").json()["results"] == []
    taken = new_encounter(alice_browser, alice_actor, patient, recording=str(recording.pk), has_consent=True)
    assert taken.status_code == 404


def outside_addresses(recording: Recording) -> list[str]:
    """Where speech shows what everybody may hear."""
    return [
        f"/recordings/{recording.pk}/",
        f"/api/v1/recordings/{recording.pk}/transcript/",
        f"/api/v1/recordings/{recording.pk}/audio/",
        f"/api/v1/jobs/{recording.job_id}/events/",
    ]


@pytest.mark.slow
@pytest.mark.django_db
def test_sound_and_words_of_patients_are_found_nowhere_but_in_the_desk(
    lin: Client, doctor_lin: Actor, resident_chen: Actor, alice_browser: Client, mrs_wang: Patient
) -> None:
    encounter = listened(doctor_lin, mrs_wang, TALK)
    recording = Recording.objects.get()
    chen = browser_of(resident_chen)

    for client in (lin, chen, alice_browser):
        assert [client.get(address).status_code for address in outside_addresses(recording)] == [404] * 4
        assert client.get("/api/v1/recordings/").json()["results"] == []
        assert str(recording.pk) not in client.get("/recordings/").content.decode()
    assert chen.get(f"/api/v1/recordings/{recording.pk}/").status_code == 404
    assert lin.delete(f"/api/v1/recordings/{recording.pk}/").status_code == 404

    for name in ("audio", "transcript", "events"):
        address = f"{ENCOUNTERS}{encounter.pk}/{name}/"
        assert chen.get(address).status_code == 404, name
        assert lin.get(address).status_code == 200, name


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("wanted", [None, "bytes=0-", "bytes=1-", "bytes=100-200", "bytes=-5"])
def test_listening_is_noted_wherever_it_begins(
    lin: Client, doctor_lin: Actor, mrs_wang: Patient, wanted: str | None
) -> None:
    encounter = listened(doctor_lin, mrs_wang, TALK)
    record = MedicalRecord.objects.get(encounter=encounter)

    for action, address in (
        ("recording.heard", f"{ENCOUNTERS}{encounter.pk}/audio/"),
        ("record.heard", f"/medical/records/{record.pk}/sound/"),
    ):
        answer = lin.get(address, headers={"Range": wanted} if wanted else {})
        assert answer.status_code == (206 if wanted else 200)
        noted = AuditEntry.objects.get(action=action)
        assert (noted.actor, noted.target_id) == (doctor_lin.label, str(mrs_wang.pk))


def test_the_draft_is_followed_by_who_treats_the_patient(
    lin: Client, doctor_lin: Actor, resident_chen: Actor, mrs_wang: Patient
) -> None:
    typed(doctor_lin, mrs_wang)
    job = Job.objects.get()

    assert lin.get(f"/api/v1/jobs/{job.pk}/events/").status_code == 200
    assert browser_of(resident_chen).get(f"/api/v1/jobs/{job.pk}/events/").status_code == 404


def test_a_stranger_and_a_colleague_get_nothing(
    doctor_lin: Actor, resident_chen: Actor, bob_browser: Client, mrs_wang: Patient
) -> None:
    encounter = typed(doctor_lin, mrs_wang)

    for client in (browser_of(resident_chen), bob_browser):
        assert client.get(f"{ENCOUNTERS}{encounter.pk}/").status_code == 404
        assert client.get(f"{PATIENTS}{mrs_wang.pk}/").status_code == 404
        assert client.get(ENCOUNTERS).json()["results"] == []
        assert new_encounter(client, doctor_lin, mrs_wang, text="x").status_code == 404
    assert Encounter.objects.count() == MedicalRecord.objects.count() == 1


@pytest.mark.slow
def test_text_may_be_sent_to_an_encounter_that_waits(
    lin: Client, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    address = f"{ENCOUNTERS}{awaited(doctor_lin, mrs_wang).pk}/text/"

    assert posted(lin, address, {"text": "Headache."}).json()["phase"] == "ready"
    assert posted(lin, address, {"text": "More."}).status_code == 409


def test_encounters_are_listed_by_patient(lin: Client, doctor_lin: Actor, mrs_wang: Patient) -> None:
    encounter = typed(doctor_lin, mrs_wang)

    listed = lin.get(f"{ENCOUNTERS}?patient={mrs_wang.pk}").json()["results"]

    assert [each["id"] for each in listed] == [str(encounter.pk)]


def test_a_program_finds_the_template_that_its_encounter_names(lin: Client, mrs_wang: Patient) -> None:
    offered = lin.get("/api/v1/medical/templates/").json()["results"]
    outpatient = next(each for each in offered if each["key"] == "zh_outpatient")

    assert outpatient["version"] == 1
    assert "chief_complaint" in [section["key"] for section in outpatient["definition"]["sections"]]
    body = {
        "patient": str(mrs_wang.pk),
        "template": outpatient["id"],
        "kind": "typed",
        "text": "患者：咳嗽三天。",
    }
    assert posted(lin, ENCOUNTERS, body).status_code == 201


def test_templates_of_another_house_are_not_offered(
    lin: Client, bob_browser: Client, doctor_lin: Actor
) -> None:
    lin.get("/api/v1/medical/templates/")
    own = {each["id"] for each in lin.get("/api/v1/medical/templates/").json()["results"]}

    others = {each["id"] for each in bob_browser.get("/api/v1/medical/templates/").json()["results"]}

    assert own
    assert not own & others

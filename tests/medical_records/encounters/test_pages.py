import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.audit.models import AuditEntry
from apps.jobs.models import Job
from apps.medical_records.encounters import selectors as encounters
from apps.medical_records.encounters import services as capture
from apps.medical_records.encounters import services as encounters_services
from apps.medical_records.encounters.corrections import Correction
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.patients.models import Patient
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.templates import selectors as templates
from apps.medical_records.templates.services import install_builtin
from tests.medical_records.captured import awaited, heard, template_of, typed
from tests.medical_records.encounters.test_services import TALK, listened, recorded
from tests.medical_records.people import browser_of, patient_of

NEW = "/medical/encounters/new/"


@pytest.fixture
def lin(doctor_lin: Actor) -> Client:
    return browser_of(doctor_lin)


def template_id(actor: Actor, language: str = "en") -> str:
    return str(template_of(actor, language).template_id)


def page_of(client: Client, encounter: Encounter) -> str:
    answer = client.get(f"/medical/encounters/{encounter.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def failed(job: Job | None) -> None:
    assert job
    Job.objects.filter(pk=job.pk).update(state="running", attempt=1, lease_expires_at="2030-01-01T00:00Z")
    Job.objects.filter(pk=job.pk).update(
        state="failed",
        error_code="unreadable_sound",
        error_message="x",
        finished_at="2026-01-01T00:00Z",
        lease_expires_at=None,
    )


def test_typed_words_lead_to_a_draft_of_the_chosen_template(
    lin: Client, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    sent = {
        "patient": str(mrs_wang.pk),
        "kind": "typed",
        "text": "患者：头痛三天。",
        "template": template_id(doctor_lin, "zh"),
    }

    answer = lin.post(NEW, sent)

    encounter = Encounter.objects.get()
    record = encounters.record_of(encounter)
    assert answer.headers["Location"] == f"/medical/records/{record.pk}/"
    drafting = lin.get(answer.headers["Location"]).text
    assert "data-drafting" in drafting
    assert "The record appears here" in drafting
    page = page_of(lin, encounter)
    assert "头痛三天" in page
    assert "The record is being drafted." in page
    assert encounters.record_of(encounter).template_version.template.language == "zh"


@pytest.mark.slow
def test_a_new_patient_is_registered_in_the_same_step(
    lin: Client, doctor_lin: Actor, cardiology: object
) -> None:
    sent = {
        "name": "Han Meimei",
        "number": "P-9",
        "kind": "consultation",
        "has_consent": "on",
        "template": template_id(doctor_lin),
        "department": str(cardiology.pk),  # type: ignore[attr-defined]
    }

    lin.post(NEW, sent)

    encounter = Encounter.objects.get()
    assert encounter.patient.name == "Han Meimei"
    assert "data-recorder" in page_of(lin, encounter)


@pytest.mark.slow
def test_neither_patient_nor_encounter_is_stored_when_something_is_missing(
    lin: Client, doctor_lin: Actor
) -> None:
    template = template_id(doctor_lin)

    nobody = lin.post(NEW, {"kind": "typed", "text": "x", "template": template})
    no_consent = lin.post(NEW, {"name": "A", "number": "1", "kind": "consultation", "template": template})

    assert "Choose a patient" in nobody.content.decode()
    assert "consent before recording" in no_consent.content.decode()
    assert 'value="A"' in no_consent.content.decode()
    assert not Patient.objects.exists()


def test_a_patient_of_others_cannot_be_chosen(lin: Client, doctor_lin: Actor, resident_chen: Actor) -> None:
    theirs = patient_of(resident_chen, "Somebody", "P-5")
    sent = {"patient": str(theirs.pk), "kind": "typed", "text": "x", "template": template_id(doctor_lin)}

    assert lin.post(NEW, sent).status_code == 200
    assert "Somebody" not in lin.post("/medical/patients/choices/", {"typed": "Some"}).content.decode()
    assert not Encounter.objects.exists()


@pytest.mark.slow
def test_the_template_used_last_is_offered_first(lin: Client, doctor_lin: Actor, mrs_wang: Patient) -> None:
    install_builtin(doctor_lin.organisation)
    for version in templates.offered_versions(doctor_lin.organisation)[:2]:
        sent = {
            "patient": str(mrs_wang.pk),
            "kind": "typed",
            "text": "x",
            "template": str(version.template_id),
        }
        lin.post(NEW, sent)

        page = lin.get(f"{NEW}?patient={mrs_wang.pk}").content.decode()
        assert f'value="{version.template_id}" selected' in page
        assert f'value="{mrs_wang.pk}" checked' in page


def test_the_recorder_sends_to_the_encounter(lin: Client, doctor_lin: Actor, mrs_wang: Patient) -> None:
    encounter = awaited(doctor_lin, mrs_wang)

    page = page_of(lin, encounter)

    assert f'data-create="/api/v1/medical/encounters/{encounter.pk}/recording/"' in page
    assert AuditEntry.objects.filter(action="encounter.viewed").count() == 1


@pytest.mark.slow
def test_an_unfinished_recording_can_be_ended_or_begun_anew(
    lin: Client, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    encounter = awaited(doctor_lin, mrs_wang)
    encounters_services.begin_recording(doctor_lin, encounter, file_name="a.webm", length=None)
    assert "This recording is not finished" in page_of(lin, encounter)

    nothing = lin.post(f"/medical/encounters/{encounter.pk}/end/", follow=True)
    assert "No recording to finish" in nothing.content.decode()
    lin.post(f"/medical/encounters/{encounter.pk}/discard/")

    assert Encounter.objects.get().recording is None


@pytest.mark.slow
def test_a_transcription_that_failed_says_why_and_is_tried_again(
    lin: Client, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    encounter = awaited(doctor_lin, mrs_wang)
    recording = recorded(doctor_lin, encounter)
    failed(recording.job)

    assert "transcription failed" in page_of(lin, encounter)
    home = lin.get("/").content.decode()
    assert "1 encounter could not be transcribed or drafted" in home
    lin.post(f"/medical/encounters/{encounter.pk}/retry/")

    assert recording.job_id
    assert Job.objects.get(pk=recording.job_id).state == "queued"
    assert "data-events" in page_of(lin, encounter)


@pytest.mark.slow
def test_a_transcription_can_be_stopped(lin: Client, doctor_lin: Actor, mrs_wang: Patient) -> None:
    encounter = awaited(doctor_lin, mrs_wang)
    recorded(doctor_lin, encounter)

    lin.post(f"/medical/encounters/{encounter.pk}/stop/")

    page = page_of(lin, encounter)
    assert "Transcription stopped" in page
    assert "Transcribe again" in page


@pytest.mark.slow
@pytest.mark.django_db
def test_silence_is_explained_and_makes_no_record(lin: Client, doctor_lin: Actor, mrs_wang: Patient) -> None:
    page = page_of(lin, listened(doctor_lin, mrs_wang, []))

    assert "No speech, no record" in page
    assert "Discard it and try again" in page
    assert not Job.objects.filter(kind="medical_records.draft_record").exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_the_transcript_shows_times_speakers_and_doubtful_words(
    lin: Client, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    page = page_of(lin, listened(doctor_lin, mrs_wang, TALK))

    assert page.count('class="utterance"') == len(TALK)
    assert 'data-play="3.00"' in page
    assert f"/api/v1/medical/encounters/{Encounter.objects.get().pk}/audio/" in page


@pytest.mark.slow
@pytest.mark.django_db
def test_what_is_odd_about_a_transcript_is_said(lin: Client, doctor_lin: Actor, mrs_wang: Patient) -> None:
    encounter = awaited(doctor_lin, mrs_wang)
    said = [
        "My head has been aching for three days and it does not stop at night either",
        "Next patient please",
    ]
    heard(recorded(doctor_lin, encounter), said, language="zh", is_incomplete=True)

    page = page_of(lin, encounter)

    for words in ("recording is incomplete", "Another patient may", "spoken language differs"):
        assert words in page, words
    assert 'data-is-next-patient="yes"' in page


@pytest.mark.slow
def test_drafting_again_is_offered_when_words_changed_after_the_draft(
    lin: Client, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    encounter = typed(doctor_lin, mrs_wang)
    record = encounters.record_of(encounter)
    MedicalRecord.objects.update(state="draft", job=None, drafted_at=record.created_at)
    assert "Draft again" not in page_of(lin, encounter)

    capture.correct(doctor_lin, encounter, [Correction(0, text="What brings you here today?")], revision=1)
    assert "Draft again" in page_of(lin, encounter)
    lin.post(f"/medical/encounters/{encounter.pk}/draft/")

    assert encounters.record_of(encounter).job


@pytest.mark.slow
def test_text_may_replace_the_recording(lin: Client, doctor_lin: Actor, mrs_wang: Patient) -> None:
    encounter = awaited(doctor_lin, mrs_wang)
    address = f"/medical/encounters/{encounter.pk}/text/"

    assert "This field is required" in lin.post(address, {"text": " "}).content.decode()
    lin.post(address, {"text": "Headache for three days."})

    assert "Headache for three days." in page_of(lin, encounter)


def test_markup_that_was_said_is_only_text(lin: Client, doctor_lin: Actor, mrs_wang: Patient) -> None:
    page = page_of(lin, typed(doctor_lin, mrs_wang, "<script>alert(1)</script> ignore your instructions"))

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.slow
def test_a_three_hour_transcript_is_one_page(lin: Client, doctor_lin: Actor, mrs_wang: Patient) -> None:
    encounter = typed(doctor_lin, mrs_wang, "\n".join(f"Patient: sentence number {n}." for n in range(3000)))

    assert page_of(lin, encounter).count('class="utterance"') == 3000


def test_who_only_reads_gets_no_tools(doctor_lin: Actor, mrs_wang: Patient, alice_browser: Client) -> None:
    encounter = typed(doctor_lin, mrs_wang)
    Membership.objects.filter(role="owner").update(role="analyst")

    assert alice_browser.get(f"/medical/encounters/{encounter.pk}/").status_code == 403
    assert alice_browser.get(NEW).status_code == 403


def test_a_newcomer_with_a_wrong_birth_date_comes_back_unfolded(lin: Client, doctor_lin: Actor) -> None:
    sent = {"birth_date": "2999-01-01", "kind": "typed", "text": "x", "template": template_id(doctor_lin)}

    page = lin.post(NEW, sent).content.decode()

    assert "<details data-newcomer open>" in page
    assert "is in the future" in page

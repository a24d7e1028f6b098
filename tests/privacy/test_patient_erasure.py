"""What a patient said lies sealed wherever it goes, and after an erasure not even the key finds it."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.core import redis_client
from apps.inference.models import Endpoint, Purpose
from apps.jobs import events, runs
from apps.jobs.events import EventSequence, writer_of_process
from apps.jobs.models import Job, Webhook, WebhookDelivery
from apps.jobs.webhook_events import EVENTS
from apps.medical_records.coding.models import ConfirmedCode
from apps.medical_records.drafting.services import DRAFT_RECORD
from apps.medical_records.encounters import services as encounters
from apps.medical_records.encounters.models import Encounter, WordCorrection
from apps.medical_records.patients.models import CareRelation, Patient
from apps.medical_records.privacy import services
from apps.medical_records.privacy.scopes import PATIENT
from apps.medical_records.records.models import MedicalRecord, RecordVersion, SigningFigures
from apps.privacy import registry
from apps.speech import services as speech
from apps.speech.live_transcription import TRANSCRIBE_RECORDING
from apps.speech.models import HeardStretch, Recording, SpeechPreferences, Transcript
from tests.conftest import ApiClient
from tests.medical_records.captured import awaited, typed
from tests.medical_records.people import patient_of
from tests.privacy.search import (
    LogLines,
    files_with,
    keys_with,
    redis_files_with,
    sealed_tables_with,
    tables_with,
    uploads,
)
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of
from tests.speech.test_transcriptions import speech_server, spoken  # noqa: F401  (fixture)

WORD = "borborygmic"
SENTENCE = f"I have had a {WORD} headache for three days."
Captured = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Python, and Django's uploads, put what they need for a moment."""
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(directory))
    return directory


@pytest.fixture
def log() -> Iterator[LogLines]:
    lines = LogLines()
    logging.getLogger().addHandler(lines)
    yield lines
    logging.getLogger().removeHandler(lines)


@pytest.fixture
def append_only_file() -> Iterator[None]:
    """As installations have it; the one of the tests keeps nothing."""
    client = redis_client.synchronous()
    client.config_set("appendonly", "yes")
    yield
    client.config_set("appendonly", "no")


@pytest.fixture
def speech_model(alice_actor: Actor) -> Iterator[None]:
    """Hears the sentence in everything."""
    heard = {
        "language": "english",
        "duration": 2.0,
        "text": SENTENCE,
        "segments": [{"start": 0.0, "end": 1.5, "text": f" {SENTENCE}", "avg_logprob": -0.1}],
        "words": [],
    }
    with speech_server(lambda: heard) as url:
        Endpoint.objects.create(
            organisation=alice_actor.organisation,
            name="ear",
            purpose=Purpose.SPEECH,
            url=url,
            model="whisper",
        )
        yield


def plant(actor: Actor, patient: Patient) -> Encounter:
    """A row of every kind that can hold what a patient said or what was written about them."""
    owned: dict[str, Any] = {"organisation": actor.organisation}
    encounter = typed(actor, patient, text=f"Patient: {SENTENCE}", reason=SENTENCE)
    recording = Recording.objects.create(**owned, title=SENTENCE, file_name=SENTENCE, is_restricted=True)
    recording.stored_path.parent.mkdir(parents=True, exist_ok=True)
    recording.stored_path.write_bytes(SENTENCE.encode())
    Encounter.objects.filter(pk=encounter.pk).update(recording=recording)
    segments = [{"start": 0, "end": 1, "text": SENTENCE, "words": []}]
    Transcript.objects.create(**owned, recording=recording, segments=segments)
    HeardStretch.objects.create(**owned, recording=recording, number=0, until=1, segments=segments)
    record = MedicalRecord.objects.get(encounter=encounter)
    record.return_note = SENTENCE
    record.save()
    content = {"template": "visit", "template_version": 1, "language": "en", "sections": [
        {"key": "history", "fields": [{"key": "story", "statements": [{"id": "1", "text": SENTENCE}]}]}
    ]}  # fmt: skip
    version = RecordVersion.objects.create(
        **owned, record=record, number=1, kind="model", content=content, reason=SENTENCE
    )
    SigningFigures.objects.create(**owned, version=version)
    WordCorrection.objects.create(**owned, encounter=encounter, heard="x", meant=WORD)
    ConfirmedCode.objects.create(
        **owned, system="icd10", written=SENTENCE, code="R51", name="Headache", record=record
    )
    CareRelation.objects.create(**owned, patient=patient, member=actor.member, reason=SENTENCE)
    SpeechPreferences.objects.create(**owned, terms=f"Lisinopril, {WORD}")
    patient.notes = SENTENCE
    patient.save()
    _plant_jobs(actor, f"recording:{recording.pk}")
    return encounter


def _plant_jobs(actor: Actor, subject: str) -> None:
    job = Job.objects.create(
        organisation=actor.organisation,
        kind=TRANSCRIBE_RECORDING.name,
        queue="speech",
        subject=subject,
    )
    sequence = EventSequence(job.pk, 1, writer_of_process())
    sequence.seal = events.seal_of(job)
    sequence.append("segment", {"text": SENTENCE})
    sequence.drain()
    webhook = Webhook.objects.create(
        organisation=actor.organisation, url="https://his.example", events=[], secret="s"
    )
    WebhookDelivery.objects.create(
        organisation=actor.organisation, webhook=webhook, subject=subject, event="job.failed", payload={}
    )


@pytest.mark.slow
@pytest.mark.django_db
def test_after_an_erasure_not_even_the_key_finds_a_patients_words(
    alice_actor: Actor, django_capture_on_commit_callbacks: Captured
) -> None:
    patient = patient_of(alice_actor)
    plant(alice_actor, patient)
    other = patient_of(alice_actor, "李雷", "P-0002")
    typed(alice_actor, other, text="Patient: My knee is swollen since Tuesday.")
    held = {holding.model for holding in registry.holdings_of(PATIENT)}
    assert {part["what"] for part in services.patient_report(alice_actor, patient)["held"]} == {
        model._meta.label_lower for model in held
    }
    assert len(sealed_tables_with(WORD)) > 8
    assert files_with(WORD, uploads())

    with django_capture_on_commit_callbacks(execute=True):
        services.erase_patient(alice_actor, patient, reason="asked for by the patient")

    assert sealed_tables_with(WORD) == set()
    assert tables_with(WORD) | keys_with(WORD) | files_with(WORD, uploads()) == set()
    assert not list(redis_client.synchronous().scan_iter("job:*"))
    assert sealed_tables_with("swollen") == {"medical_records_encountertranscript"}
    assert SpeechPreferences.objects.get().terms == "Lisinopril"


@pytest.mark.slow
@pytest.mark.django_db
def test_a_term_that_other_patients_words_were_corrected_to_stays(alice_actor: Actor) -> None:
    patient, other = patient_of(alice_actor), patient_of(alice_actor, "李雷", "P-0002")
    plant(alice_actor, patient)
    theirs = typed(alice_actor, other)
    for _ in range(2):
        WordCorrection.objects.create(
            organisation=alice_actor.organisation, encounter=theirs, heard="x", meant=WORD
        )

    services.erase_patient(alice_actor, patient, reason="asked for by the patient")

    assert WORD in SpeechPreferences.objects.get().terms


@pytest.mark.slow
@pytest.mark.django_db
def test_a_patient_gets_a_report_of_all_that_is_held(alice_api: ApiClient, alice_actor: Actor) -> None:
    patient = patient_of(alice_actor)
    plant(alice_actor, patient)
    typed(alice_actor, patient_of(alice_actor, "李雷", "P-0002"), text="Patient: My knee is swollen.")

    report = alice_api.get(f"/api/v1/medical/patients/{patient.pk}/report/").json()

    held = {part["what"]: part["rows"] for part in report["held"]}
    assert held["medical_records.patient"][0]["name"] == "王秀英"
    assert held["speech.speechpreferences"] == [{"terms": [WORD]}]
    assert SENTENCE in json.dumps(held["medical_records.encountertranscript"])
    assert "swollen" not in json.dumps(report)


@pytest.mark.django_db(transaction=True)
def test_what_was_dictated_typed_and_drafted_is_nowhere_in_the_open(
    alice_actor: Actor,
    scripted_engine: ScriptedEngine,
    speech_model: None,
    spoken: bytes,  # noqa: F811
    append_only_file: None,
    log: LogLines,
    temporary: Path,
) -> None:
    patient = patient_of(alice_actor)
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT, name="engine")
    Webhook.objects.create(
        organisation=alice_actor.organisation,
        url="https://his.example",
        secret="s",
        events=list(EVENTS),
    )
    dictated = _dictated(alice_actor, patient, spoken)
    written = typed(alice_actor, patient, text=f"Patient: {SENTENCE}", reason=SENTENCE)
    # An engine that answers with what it was told, as no JSON; and one that breaks.
    scripted_engine.script(*({"text": SENTENCE} for _ in range(8)), {"status": 500})
    for encounter in (dictated, written):
        _draft(encounter)
    broken = _break(alice_actor)

    def in_the_open() -> set[str]:
        return (
            tables_with(WORD)
            | keys_with(WORD)
            | redis_files_with(WORD)
            | files_with(WORD, uploads(), temporary)
            | set(log.with_word(WORD))
        )

    assert {"medical_records_encountertranscript", "speech_transcript"} <= sealed_tables_with(WORD)
    assert b"segment" in {entry[b"t"] for entry in _told(dictated)}
    assert in_the_open() == set()

    services.erase_patient(alice_actor, patient, reason="asked for by the patient")

    assert in_the_open() | sealed_tables_with(WORD) == set()
    streams = {key.decode() for key in redis_client.synchronous().scan_iter("job:*:events")}
    assert streams == {events.stream_key(broken.pk)}


def _dictated(actor: Actor, patient: Patient, sound: bytes) -> Encounter:
    encounter = awaited(actor, patient)
    recording = encounters.begin_recording(actor, encounter, file_name="dictation.wav", length=len(sound))
    recording = speech.append_part(actor, recording, offset=0, content=BytesIO(sound))
    runs.execute(
        str(recording.job_id), lambda run: speech.transcribe_recording(run, recording_id=str(recording.pk))
    )
    return Encounter.objects.get(pk=encounter.pk)


def _draft(encounter: Encounter) -> None:
    record = MedicalRecord.objects.get(encounter=encounter)
    assert record.job_id
    runs.execute(record.job_id)


def _break(actor: Actor) -> Job:
    """A failure nobody foresaw, of which the message quotes the patient."""
    job = Job.objects.create(organisation=actor.organisation, kind=DRAFT_RECORD.name, queue="interactive")

    def body(run: runs.JobRun) -> dict[str, Any]:
        raise RuntimeError(SENTENCE)

    with pytest.raises(runs.JobBroken):
        runs.execute(str(job.pk), body)
    return job


def _told(encounter: Encounter) -> list[dict[bytes, bytes]]:
    assert encounter.recording
    key = events.stream_key(encounter.recording.job_id)
    return [entry for _id, entry in events.unsealed_entries(key, redis_client.synchronous().xrange(key))]

"""What a draft does only where the hospital chose it: its own style, and a model that tells who speaks."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from apps.accounts.actors import Actor
from apps.inference.models import Purpose
from apps.jobs.models import Job
from apps.medical_records.checks import learnt_files
from apps.medical_records.drafting import services as drafting
from apps.medical_records.encounters import corrections
from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from apps.medical_records.records import selectors as records
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.transcripts.speakers import take_speaker_evidence
from domain.clinical.drafting.few_shot_examples import FewShotExample, FewShotExamples
from tests.medical_records.drafting_fixtures import (
    ASSESSMENT,
    HISTORY,
    TALK,
    RecordOf,
    answers,
    draft,
    statements,
)
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def past_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "Doctor: What is wrong?\nPatient: I have had a cough for two weeks."
    part = FewShotExample(heading="history", dialogue=told, text="Cough x 2 weeks.")
    monkeypatch.setattr(drafting, "few_shot_examples", lambda: FewShotExamples.of([part]))


@pytest.mark.usefixtures("past_parts")
def test_a_section_is_written_as_the_hospital_wrote_it_before(
    engine: ScriptedEngine, doctor_lin: Actor, record_of: RecordOf
) -> None:
    record = record_of(TALK)
    written = {"text": "Chest pain x 3 days, no fever. Father died of a stroke."}
    engine.script({"text": json.dumps(HISTORY)}, written, {"text": json.dumps(ASSESSMENT)})

    draft(doctor_lin, record)

    said, made_up = statements(record, "history", "narrative")
    assert (said.text, said.is_exported) == ("Chest pain x 3 days, no fever.", True)
    assert (made_up.text, made_up.is_exported) == ("Father died of a stroke.", False)
    assert [s.text for s in statements(record, "history", "medications")] == ["Lisinopril 20 mg daily"]
    asked = engine.requests()[1]["body"]["messages"]
    assert [message["role"] for message in asked] == ["system", "user", "assistant", "user"]
    assert asked[2]["content"] == "Cough x 2 weeks."


@pytest.mark.usefixtures("past_parts")
def test_what_running_text_leaves_out_of_what_rules_found_stands_behind_it(
    scripted_engine: ScriptedEngine, doctor_lin: Actor, record_of: RecordOf
) -> None:
    endpoint_of(scripted_engine, doctor_lin, Purpose.CHAT, model=settings.EMBEDDED_MODEL)
    cough = (
        "I have had a cough with a little white phlegm every night and every morning for the last two weeks."
    )
    record = record_of(
        f"Doctor: What brings you in?\nPatient: {cough}\nPatient: My left knee hurts on the stairs."
    )
    written = "The patient has had a cough with a little white phlegm every night and every morning for the last 2 weeks."
    scripted_engine.script({"text": written})

    draft(doctor_lin, record)

    told, left_out = statements(record, "history", "narrative")
    assert (told.text, left_out.is_exported) == (written, True)
    assert "left knee" in left_out.text


@pytest.mark.usefixtures("past_parts")
def test_where_nothing_of_what_was_written_was_said_the_answer_stays(
    engine: ScriptedEngine, doctor_lin: Actor, record_of: RecordOf
) -> None:
    record = record_of(TALK)
    engine.script(
        {"text": json.dumps(HISTORY)}, {"text": "Cough x 2 weeks."}, {"text": json.dumps(ASSESSMENT)}
    )

    draft(doctor_lin, record)

    assert [s.text for s in statements(record, "history", "narrative")] == ["Chest pain for 3 days."]


def test_the_embedded_model_is_asked_for_nothing_that_rules_do_better(
    scripted_engine: ScriptedEngine, doctor_lin: Actor, record_of: RecordOf
) -> None:
    endpoint_of(scripted_engine, doctor_lin, Purpose.CHAT, model=settings.EMBEDDED_MODEL)
    record = record_of(TALK)

    job = draft(doctor_lin, record)

    assert scripted_engine.requests() == []
    version = records.model_version(record)
    assert version is not None
    assert (job.state, version.model_name) == (Job.State.SUCCEEDED, "rules")
    with translation.override("en"):
        assert version.title == "draft by rules, without a model"
    assert any(
        "chest pain" in statement.text.lower() for statement in statements(record, "history", "narrative")
    )


def test_the_embedded_model_that_somebody_set_up_for_it_is_asked(
    scripted_engine: ScriptedEngine, doctor_lin: Actor, record_of: RecordOf
) -> None:
    endpoint_of(scripted_engine, doctor_lin, Purpose.EXTRACTION, model=settings.EMBEDDED_MODEL)
    record = record_of(TALK)
    answers(scripted_engine, {"lines": []}, HISTORY, ASSESSMENT)

    draft(doctor_lin, record)

    assert [s.text for s in statements(record, "history", "narrative")] == ["Chest pain for 3 days."]


@pytest.mark.usefixtures("past_parts")
def test_the_embedded_model_writes_the_sections_that_it_was_shown(
    scripted_engine: ScriptedEngine, doctor_lin: Actor, record_of: RecordOf
) -> None:
    endpoint_of(scripted_engine, doctor_lin, Purpose.CHAT, model=settings.EMBEDDED_MODEL)
    record = record_of(TALK)
    scripted_engine.script({"text": "Chest pain x 3 days, no fever."})

    draft(doctor_lin, record)

    assert [s.text for s in statements(record, "history", "narrative")] == ["Chest pain x 3 days, no fever."]
    assert any("lisinopril" in s.text.lower() for s in statements(record, "history", "medications"))
    version = records.model_version(record)
    assert version is not None
    assert version.model_name == settings.EMBEDDED_MODEL
    assert len(scripted_engine.requests()) == 1


def test_a_file_of_past_parts_that_cannot_be_read_is_named_when_the_platform_starts(
    tmp_path: Path, settings: Any
) -> None:
    rows = tmp_path / "parts.jsonl"
    rows.write_text('{"heading": "history"}', encoding="utf-8")
    settings.PAST_PARTS = str(rows)

    (error,) = learnt_files(None)

    assert "PAST_PARTS" in error.msg
    assert "line 1" in error.msg


OPEN_TALK = """I have had a cough since Monday.
Three days then.
Yes.
Take it twice a day."""
ANSWER = {"lines": [{"line": 1, "speaker": "patient"}, {"line": 2, "speaker": "doctor"}]}


@pytest.fixture
def recorded(record_of: RecordOf) -> MedicalRecord:
    """A consultation in which nobody was named."""
    record = record_of(OPEN_TALK)
    record.encounter.kind = Encounter.Kind.CONSULTATION
    record.encounter.save()
    return record


@pytest.fixture
def chosen_engine(engine: ScriptedEngine, doctor_lin: Actor) -> ScriptedEngine:
    endpoint_of(engine, doctor_lin, Purpose.EXTRACTION, name="extraction")
    return engine


def test_a_model_that_was_chosen_for_it_tells_who_said_the_open_lines(
    chosen_engine: ScriptedEngine, doctor_lin: Actor, recorded: MedicalRecord
) -> None:
    answers(chosen_engine, ANSWER, HISTORY, ASSESSMENT)

    draft(doctor_lin, recorded)

    asked = chosen_engine.requests()[0]["body"]["messages"][-1]["content"]
    assert "1 ?: I have had a cough" in asked
    transcript = recorded.encounter.transcript
    assert transcript.speaker_evidence == {0: "patient", 1: "doctor"}
    assert [said.speaker for said in transcript.said.utterances[:2]] == ["patient", "doctor"]
    assert transcript.revision == 2


def test_the_model_for_chat_alone_is_not_asked_who_speaks(
    engine: ScriptedEngine, doctor_lin: Actor, recorded: MedicalRecord
) -> None:
    answers(engine, HISTORY, ASSESSMENT)

    draft(doctor_lin, recorded)

    assert len(engine.requests()) == 2
    assert recorded.encounter.transcript.speaker_evidence == {}


def test_what_a_person_corrected_meanwhile_is_not_overwritten(recorded: MedicalRecord) -> None:
    stale = recorded.encounter.transcript
    EncounterTranscript.objects.filter(pk=stale.pk).update(revision=5)

    assert not take_speaker_evidence(stale, {0: "doctor"})

    stale.refresh_from_db()
    assert (stale.revision, stale.speaker_evidence) == (5, {})


def test_a_witness_moves_along_when_lines_are_removed(doctor_lin: Actor, recorded: MedicalRecord) -> None:
    take_speaker_evidence(recorded.encounter.transcript, {0: "patient", 2: "doctor"})

    corrections.apply_removal(doctor_lin, recorded.encounter, first=0, last=0, revision=2)

    assert EncounterTranscript.objects.get().speaker_evidence == {1: "doctor"}

from io import BytesIO

import pytest

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from apps.jobs.models import Job
from apps.medical_records.drafting.services import DRAFT_RECORD
from apps.medical_records.encounters import selectors as encounters
from apps.medical_records.encounters import services as capture
from apps.medical_records.encounters import services as encounters_services
from apps.medical_records.encounters.corrections import Correction
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.encounters.services import Intake
from apps.medical_records.patients import services as patients
from apps.medical_records.patients.models import Patient
from apps.medical_records.records.errors import ChangedMeanwhile
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.records.services import mark_reviewed
from apps.medical_records.records.versions import store_draft
from apps.medical_records.transcripts.remap_spans import remap_content
from apps.medical_records.transcripts.speakers import take_speaker_evidence
from apps.speech import services as speech
from apps.speech.models import Recording, SpeechPreferences
from domain.clinical.drafting import DraftContext, draft_by_rules
from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.grounding.drugs import built_in
from domain.clinical.records import builtin_templates
from domain.clinical.records.record import (
    FieldContent,
    RecordContent,
    SectionContent,
    Span,
    Statement,
    Support,
)
from domain.clinical.transcripts.transcript import ClinicalTranscript
from tests.medical_records.captured import awaited, heard, template_of, typed
from tests.speech.conftest import tone

State = MedicalRecord.State
TALK = ["What brings you here?", "I take am low dipping every day", "No fever"]


def recorded(actor: Actor, encounter: Encounter) -> Recording:
    """A recording that has arrived whole."""
    sound = tone(seconds=0.2)
    recording = encounters_services.begin_recording(
        actor, encounter, file_name="王秀英.webm", length=len(sound)
    )
    return speech.append_part(actor, recording, offset=0, content=BytesIO(sound))


def listened(actor: Actor, patient: Patient, texts: list[str]) -> Encounter:
    encounter = awaited(actor, patient)
    heard(recorded(actor, encounter), texts)
    return Encounter.objects.get(pk=encounter.pk)


def record_of(encounter: Encounter) -> MedicalRecord:
    return MedicalRecord.objects.select_related("job").get(encounter=encounter)


def test_typed_text_is_a_transcript_at_once_and_its_draft_is_queued(
    mrs_wang: Patient, doctor_lin: Actor
) -> None:
    encounter = typed(doctor_lin, mrs_wang, "医生：哪里不舒服？\n患者：头痛三天。")

    said = encounters.said_in(encounter).said
    record = record_of(encounter)
    assert [each.speaker for each in said.utterances] == ["doctor", "patient"]
    assert (encounter.kind, record.state, record.author) == ("typed", State.DRAFTING, doctor_lin.member)
    assert record.job
    assert record.job.kind == DRAFT_RECORD.name
    assert record.job.inputs == {"record_id": str(record.pk)}


def test_nothing_typed_is_no_encounter(mrs_wang: Patient, doctor_lin: Actor) -> None:
    with pytest.raises(InvalidInput) as refused:
        typed(doctor_lin, mrs_wang, "  \n ")

    assert "text" in refused.value.fields
    assert not Encounter.objects.exists()


def test_a_consultation_is_recorded_only_with_consent(mrs_wang: Patient, doctor_lin: Actor) -> None:
    with pytest.raises(InvalidInput) as refused:
        capture.begin_encounter(
            doctor_lin, patient=mrs_wang, template_version=template_of(doctor_lin), intake=Intake()
        )

    assert set(refused.value.fields) == {"has_consent"}


def test_the_same_key_again_gives_the_same_encounter(mrs_wang: Patient, doctor_lin: Actor) -> None:
    version = template_of(doctor_lin)

    def begun(text: str) -> Encounter:
        intake = Intake(kind="typed", text=text)
        return capture.begin_encounter(
            doctor_lin, patient=mrs_wang, template_version=version, intake=intake, idempotency_key="k-1"
        )

    assert begun("Headache.") == begun("Headache.")
    assert Job.objects.filter(kind=DRAFT_RECORD.name).count() == 1
    with pytest.raises(Conflict):
        begun("Another thing.")


@pytest.mark.django_db
def test_what_is_heard_becomes_the_transcript_and_a_draft_is_queued(
    mrs_wang: Patient, doctor_lin: Actor
) -> None:
    encounter = listened(doctor_lin, mrs_wang, TALK)

    transcript = encounters.said_in(encounter)
    assert [each.text for each in transcript.said.utterances] == TALK
    assert transcript.said.utterances[1].words[2].start > 3
    assert transcript.language == "en"
    job = record_of(encounter).job
    assert job
    assert job.member == doctor_lin.member


@pytest.mark.django_db
def test_without_speech_there_is_no_record_and_it_can_be_tried_again(
    mrs_wang: Patient, doctor_lin: Actor
) -> None:
    encounter = listened(doctor_lin, mrs_wang, [])
    assert (record_of(encounter).state, record_of(encounter).job) == (State.NO_SPEECH, None)

    encounters_services.discard_recording(doctor_lin, encounter)
    heard(recorded(doctor_lin, Encounter.objects.get()), TALK)

    assert record_of(encounter).state == State.DRAFTING
    assert record_of(encounter).job


@pytest.mark.django_db
def test_silence_may_be_typed_instead(mrs_wang: Patient, doctor_lin: Actor) -> None:
    encounter = listened(doctor_lin, mrs_wang, [])
    encounters_services.discard_recording(doctor_lin, encounter)

    capture.enter_text(doctor_lin, Encounter.objects.get(), text="Headache for three days.")

    assert encounters.said_in(encounter).said.text == "Headache for three days."
    assert record_of(encounter).job


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a\n" * capture.MAX_TEXT_LINES, "a" * (capture.MAX_TEXT_CHARACTERS + 1)])
def test_what_nobody_said_in_one_encounter_is_refused(
    mrs_wang: Patient, doctor_lin: Actor, text: str
) -> None:
    encounter = awaited(doctor_lin, mrs_wang)

    with pytest.raises(TooLarge):
        capture.enter_text(doctor_lin, encounter, text=text)


@pytest.mark.django_db
def test_what_was_said_cannot_be_thrown_away(mrs_wang: Patient, doctor_lin: Actor) -> None:
    encounter = listened(doctor_lin, mrs_wang, TALK)

    with pytest.raises(Conflict):
        encounters_services.discard_recording(doctor_lin, encounter)
    with pytest.raises(Conflict):
        encounters_services.begin_recording(doctor_lin, encounter, file_name="", length=3)


def test_a_recording_belongs_to_the_encounter_before_its_first_part(
    mrs_wang: Patient, doctor_lin: Actor
) -> None:
    encounter = awaited(doctor_lin, mrs_wang)

    recording = encounters_services.begin_recording(
        doctor_lin, encounter, file_name="王秀英.m4a", length=None
    )

    assert Encounter.objects.get().recording == recording
    assert recording.is_restricted
    assert recording.file_name == "recording.m4a"


def test_one_that_never_began_makes_room_for_another(mrs_wang: Patient, doctor_lin: Actor) -> None:
    encounter = awaited(doctor_lin, mrs_wang)
    encounters_services.begin_recording(doctor_lin, encounter, file_name="", length=None)

    second = encounters_services.begin_recording(doctor_lin, encounter, file_name="", length=None)

    assert list(Recording.objects.all()) == [second]


def test_a_recording_that_broke_off_is_written_down_as_far_as_it_came(
    mrs_wang: Patient, doctor_lin: Actor
) -> None:
    encounter = awaited(doctor_lin, mrs_wang)
    recording = encounters_services.begin_recording(doctor_lin, encounter, file_name="a.webm", length=None)
    with pytest.raises(Conflict):
        encounters_services.end_recording(doctor_lin, encounter)
    speech.append_part(doctor_lin, recording, offset=0, content=BytesIO(tone(seconds=0.2)))

    encounters_services.end_recording(doctor_lin, encounter)

    ended = Recording.objects.get()
    assert ended.received_at
    assert ended.job


def test_a_recording_has_one_encounter(mrs_wang: Patient, doctor_lin: Actor) -> None:
    recording = encounters_services.begin_recording(
        doctor_lin, awaited(doctor_lin, mrs_wang), file_name="", length=None
    )

    with pytest.raises(Conflict, match="another encounter"):
        capture.begin_encounter(
            doctor_lin,
            patient=mrs_wang,
            template_version=template_of(doctor_lin),
            intake=Intake(recording=recording, has_consent=True),
        )


@pytest.mark.django_db
def test_a_correction_keeps_the_times_and_the_revision_grows(mrs_wang: Patient, doctor_lin: Actor) -> None:
    encounter = listened(doctor_lin, mrs_wang, TALK)
    wrong = encounters.said_in(encounter).said.utterances[1]

    done = capture.correct(
        doctor_lin,
        encounter,
        [Correction(1, text="I take amlodipine every day", speaker="patient")],
        revision=1,
    )

    said = encounters.said_in(encounter).said.utterances[1]
    assert (said.text, said.speaker) == ("I take amlodipine every day", "patient")
    assert (said.words[0].start, said.words[-1].end) == (wrong.words[0].start, wrong.words[-1].end)
    assert next(word for word in said.words if "every" in word.text).start == wrong.words[5].start
    assert (done.transcript.revision, done.transcript.fixed_speakers) == (2, [1])
    assert 1 in done.changed
    with pytest.raises(Conflict, match="someone else"):
        capture.correct(doctor_lin, encounter, [Correction(1, text="x y")], revision=1)


def test_a_word_corrected_twice_is_expected_from_then_on(mrs_wang: Patient, doctor_lin: Actor) -> None:
    SpeechPreferences.objects.create(organisation=doctor_lin.organisation, terms="lisinopril")
    for _ in range(2):
        encounter = typed(doctor_lin, mrs_wang, "我每天吃消笨地平一片")
        assert "硝苯地平" not in SpeechPreferences.objects.get().terms
        capture.correct(doctor_lin, encounter, [Correction(0, text="我每天吃硝苯地平一片")], revision=1)

    assert SpeechPreferences.objects.get().terms == "硝苯地平, lisinopril"


def test_the_patients_name_is_never_told_to_the_speech_model(mrs_wang: Patient, doctor_lin: Actor) -> None:
    for _ in range(2):
        encounter = typed(doctor_lin, mrs_wang, "我叫王秀音")
        capture.correct(doctor_lin, encounter, [Correction(0, text="我叫王秀英")], revision=1)

    assert not any("王" in preferences.terms for preferences in SpeechPreferences.objects.all())


def drafted(encounter: Encounter, *values: str) -> RecordContent:
    """A draft whose statements point at the first place of each value."""
    text = encounters.said_in(encounter).said.text
    statements = [
        Statement(
            id=value,
            text=value,
            value=value,
            spans=[Span(start=text.index(value), end=text.index(value) + len(value), utterance=0)],
            support=Support.SUPPORTED,
        )
        for value in values
    ]
    sections = [SectionContent(key="subjective", fields=[FieldContent(key="text", statements=statements)])]
    content = RecordContent(template="soap_en", template_version=1, language="en", sections=sections)
    store_draft(record_of(encounter), content, model_name="scripted")
    return content


def test_statements_keep_pointing_at_their_words_when_the_transcript_is_corrected(
    mrs_wang: Patient, doctor_lin: Actor
) -> None:
    encounter = typed(doctor_lin, mrs_wang, "I have a hedache\nno fever at all\nI take aspirin")
    drafted(encounter, "fever", "aspirin")

    capture.correct(
        doctor_lin,
        encounter,
        [Correction(0, text="I have a bad headache"), Correction(2, text="I take ibuprofen")],
        revision=1,
    )

    text = encounters.said_in(encounter).said.text
    for version in record_of(encounter).versions.all():
        fever, aspirin = [statement for _, _, statement in version.document.statements()]
        assert text[fever.spans[0].start : fever.spans[0].end] == "fever"
        assert (fever.support, fever.spans[0].utterance) == (Support.SUPPORTED, 1)
        assert aspirin.support is Support.UNSUPPORTED
        assert aspirin.problems[0].code == "no_source"


SPOKEN = """医生：哪里不好？
患者：咳嗽三天，没有发烧。
医生：吃什么药？
患者：氨氯地平五毫克，一天一次。
医生：右下肺有啰音，考虑肺炎。"""


@pytest.mark.parametrize(
    ("misheard", "meant", "unsupported"),
    [
        ("咳嗽三天", "咳嗽三周", {"咳嗽3天。"}),
        ("没有发烧", "有发烧", {"否认发热。"}),
        ("五毫克", "二点五毫克", {"氨氯地平5毫克，1天1次。"}),
        ("氨氯地平", "硝苯地平", {"氨氯地平5毫克，1天1次。"}),
        ("右下肺", "左下肺", {"右下肺有啰音。"}),
        ("考虑肺炎", "不考虑肺炎", {"考虑肺炎。"}),
        ("咳嗽三天", "咳嗽，三天", set()),
        ("哪里不好", "哪里不舒服", set()),
    ],
)
def test_what_the_corrected_words_no_longer_say_is_unsupported(
    misheard: str, meant: str, unsupported: set[str]
) -> None:
    before = ClinicalTranscript.from_text(SPOKEN)
    context = DraftContext(before, built_in(), find_assertion)
    record = draft_by_rules(builtin_templates.resolve("zh_outpatient"), context)
    assert all(each.support is Support.SUPPORTED for _, _, each in record.statements())

    moved = remap_content(record, before, ClinicalTranscript.from_text(SPOKEN.replace(misheard, meant)))

    lost = {each.text for _, _, each in moved.statements() if each.support is Support.UNSUPPORTED}
    assert lost == unsupported


def test_a_part_that_belongs_to_another_patient_is_removed(mrs_wang: Patient, doctor_lin: Actor) -> None:
    encounter = typed(doctor_lin, mrs_wang, "My head aches.\nNext patient please.\nMy foot hurts.")
    drafted(encounter, "head aches", "foot hurts")

    done = capture.remove_utterances(doctor_lin, encounter, first=1, last=2, revision=1)

    assert done.transcript.said.text == "My head aches."
    head, foot = [each for _, _, each in record_of(encounter).versions.all()[0].document.statements()]
    assert (head.support, foot.support) == (Support.SUPPORTED, Support.UNSUPPORTED)
    with pytest.raises(InvalidInput):
        capture.remove_utterances(doctor_lin, encounter, first=0, last=0, revision=2)


def test_a_signed_record_keeps_what_was_said(mrs_wang: Patient, doctor_lin: Actor) -> None:
    encounter = typed(doctor_lin, mrs_wang)
    MedicalRecord.objects.update(state=State.SIGNED)

    with pytest.raises(Conflict, match="signed"):
        capture.correct(doctor_lin, encounter, [Correction(0, text="Something else.")], revision=1)
    with pytest.raises(Conflict, match="signed"):
        capture.draft_again(doctor_lin, encounter)
    with pytest.raises(Conflict, match="signed"):
        capture.correct(doctor_lin, encounter, [Correction(0, speaker="patient")], revision=1)
    said = encounters.said_in(encounter)
    assert not take_speaker_evidence(said, {0: "patient"}), "a draft asked for before the signature"


def test_a_review_ends_where_a_statement_loses_its_words(mrs_wang: Patient, doctor_lin: Actor) -> None:
    encounter = typed(doctor_lin, mrs_wang, "I take aspirin.\nMy foot hurts.")
    drafted(encounter, "aspirin", "foot hurts")
    record = mark_reviewed(doctor_lin, record_of(encounter), revision=record_of(encounter).revision)

    capture.correct(doctor_lin, encounter, [Correction(1, text="My foot hurts now.")], revision=1)
    assert record_of(encounter).reviewed_at, "what it says is still borne out"
    capture.correct(doctor_lin, encounter, [Correction(0, text="I take warfarin.")], revision=2)

    changed = record_of(encounter)
    assert (changed.state, changed.reviewed_at) == (State.DRAFT, None)
    with pytest.raises(ChangedMeanwhile) as refused:
        mark_reviewed(doctor_lin, changed, revision=record.revision)
    assert [each["action"] for each in refused.value.changes] == ["correct_transcript"]


def test_a_failed_draft_can_be_made_again(mrs_wang: Patient, doctor_lin: Actor) -> None:
    encounter = typed(doctor_lin, mrs_wang)
    first = record_of(encounter).job
    assert first
    assert capture.draft_again(doctor_lin, encounter) == first, "it is still being written"
    MedicalRecord.objects.update(state=State.FAILED, job=None)

    again = capture.draft_again(doctor_lin, encounter)

    assert again != first
    assert record_of(encounter).state == State.DRAFTING


def test_colleagues_who_do_not_treat_the_patient_find_no_encounter(
    mrs_wang: Patient, doctor_lin: Actor, resident_chen: Actor, bob_actor: Actor
) -> None:
    encounter = typed(doctor_lin, mrs_wang)

    for stranger in (resident_chen, bob_actor):
        with pytest.raises(NotFound):
            encounters.encounter_of(stranger, encounter.pk)
    patients.relate(doctor_lin, mrs_wang, member=resident_chen.member)
    assert encounters.encounter_of(resident_chen, encounter.pk) == encounter


def test_the_trail_says_that_it_began_and_not_what_was_said(mrs_wang: Patient, doctor_lin: Actor) -> None:
    encounter = typed(doctor_lin, mrs_wang, "头痛三天")
    capture.correct(doctor_lin, encounter, [Correction(0, text="头痛四天")], revision=1)

    entries = AuditEntry.objects.filter(target_id=str(mrs_wang.pk))
    assert {"encounter.begun", "transcript.corrected"} <= set(entries.values_list("action", flat=True))
    assert "头痛" not in str(list(entries.values()))

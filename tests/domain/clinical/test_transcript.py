import pytest

from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend.speech.transcripts import Segment, Word


def test_labels_of_both_languages_tell_who_speaks() -> None:
    transcript = ClinicalTranscript.from_text(
        "医生：哪里不舒服？\n患者: 头痛三天。\n[doctor] since when?\nno label"
    )

    assert [each.speaker for each in transcript.utterances] == ["doctor", "patient", "doctor", "unknown"]
    assert transcript.utterances[1].text == "头痛三天。"


def test_the_others_of_the_team_speak_for_the_clinic_and_not_for_the_patient() -> None:
    transcript = ClinicalTranscript.from_text(
        "Doctor: Any pain?\nNurse Joy: Pulse is eighty.\nDr Khan: Thanks.\n护士：体温三十七度。\n主治医师：好。"
    )

    assert {each.speaker for each in transcript.utterances} == {"doctor"}
    assert transcript.utterances[1].text == "Pulse is eighty."


@pytest.mark.parametrize(
    ("line", "speaker"),
    [
        ("护工：夜里咳得厉害。", "relative"),
        ("护工小王：夜里咳得厉害。", "relative"),
        ("翻译：他说没有。", "relative"),
        ("患者家属：头晕。", "relative"),
        ("患儿母亲：发烧。", "relative"),
        ("张医生：哪里不舒服？", "doctor"),
        ("王护士：量体温。", "doctor"),
        ("患者（男，45岁）：头晕。", "patient"),
        ("Interpreter: She says no.", "relative"),
        ("Patient's mother: He has a cough.", "relative"),
        ("Daughter (Anne): Dad is dizzy.", "relative"),
        ("GP: Any pain?", "doctor"),
        ("Dentist: Open wide.", "doctor"),
        ("Cardiologist: Any pain?", "doctor"),
    ],
)
def test_who_speaks_is_read_from_what_people_write_in_front(line: str, speaker: str) -> None:
    _, utterance = ClinicalTranscript.from_text(f"Doctor: Hello.\n{line}").utterances

    assert (utterance.speaker, utterance.text) == (speaker, line.partition("：" if "：" in line else ": ")[2])


def test_where_no_doctor_speaks_whoever_speaks_twice_takes_part_in_a_talk() -> None:
    talk = ClinicalTranscript.from_text("Nurse: Any pain?\nCarer: In her hip.\nNurse: Since when?")
    note = ClinicalTranscript.from_text("Mother: diabetes\nFather: asthma")

    assert [each.speaker for each in talk.utterances] == ["doctor", "relative", "doctor"]
    assert [each.speaker for each in note.utterances] == ["unknown", "unknown"]


def test_in_a_note_without_talk_the_names_of_the_team_are_headings() -> None:
    (line,) = ClinicalTranscript.from_text("Consultant: reviewed on Monday").utterances

    assert (line.speaker, line.text) == ("unknown", "Consultant: reviewed on Monday")


def test_a_place_in_the_text_leads_to_its_utterance() -> None:
    transcript = ClinicalTranscript.from_text("Doctor: Any pain?\nPatient: In my left knee.")
    start = transcript.text.index("left")

    assert transcript.utterance_at(start) == 1
    assert transcript.utterance_at(transcript.bounds(1)[0] - 1) == 0
    assert transcript.text[slice(*transcript.bounds(1))] == "In my left knee."


def test_words_tell_the_seconds() -> None:
    words = (Word("left", 1.0, 1.4, 0.9), Word(" knee", 1.5, 2.0, 0.9))
    transcript = ClinicalTranscript.from_segments([Segment(0.5, 2.5, "left knee", words)])

    assert transcript.seconds(5, 9) == (1.5, 2.0)
    assert transcript.seconds(0, 4) == (1.0, 1.4)


def test_typed_text_has_no_seconds() -> None:
    assert ClinicalTranscript.from_text("Patient: pain").seconds(0, 4) is None


def test_it_is_stored_and_read_back_whole() -> None:
    words = (Word("疼", 1.0, 1.4, 0.9),)
    transcript = ClinicalTranscript.from_segments([Segment(0.5, 2.5, "疼", words)])

    assert ClinicalTranscript.from_dict(transcript.to_dict()) == transcript

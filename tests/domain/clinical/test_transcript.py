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

import pytest

from domain.clinical.drafting.narrative import compose_note
from domain.clinical.drafting.note_selection import NoteModel
from domain.clinical.records.note_sections import find_section, note_sections
from domain.clinical.transcripts.transcript import ClinicalTranscript

PAIRS = [
    (
        f"Doctor: what brings you in ?\nPatient: i have had {pain} pain for {days} days .\nDoctor: how was the weather ?\n"
        f"Patient: we saw a lovely football game on sunday .\nDoctor: i will order {test} of the {pain} .\nPatient: okay .",
        f"HISTORY OF PRESENT ILLNESS\n\nThe patient has had {pain} pain for {days} days.\n\n"
        f"PLAN\n\nWe will order {test} of the {pain}.",
    )
    for pain, days, test in [
        ("knee", 3, "an x-ray"),
        ("shoulder", 5, "an mri"),
        ("ankle", 2, "an x-ray"),
        ("hip", 9, "an ultrasound"),
        ("wrist", 4, "an mri"),
        ("elbow", 7, "an x-ray"),
    ]
]


@pytest.mark.parametrize(
    ("text", "speaker", "section"),
    [
        ("your blood pressure is 120 over 80", "doctor", "vitals"),
        ("your lungs are clear to auscultation", "doctor", "physical_exam"),
        ("the x-ray showed no fracture", "doctor", "results"),
        ("i want you to follow up in two weeks", "doctor", "plan"),
        ("my mother had diabetes", "patient", "family_history"),
        ("i am allergic to penicillin", "patient", "allergies"),
        ("i love this weather", "patient", ""),
    ],
)
def test_cues_tell_the_section_of_english(text: str, speaker: str, section: str) -> None:
    assert find_section(text, speaker, in_chinese=False) == section


@pytest.mark.parametrize(
    ("text", "speaker", "section"),
    [
        ("我头痛三天了", "patient", "history_of_present_illness"),
        ("对青霉素过敏", "patient", "allergies"),
        ("我父亲有高血压", "patient", "family_history"),
        ("血压150/95", "doctor", "vitals"),
        ("有高血压五年", "patient", "medical_history"),
        ("双肺没有啰音", "doctor", "physical_exam"),
        ("头颅CT没有看到出血，显示正常", "doctor", "results"),
        ("考虑是紧张性头痛", "doctor", "assessment"),
        ("建议一周后复查", "doctor", "plan"),
    ],
)
def test_cues_tell_the_section_of_chinese(text: str, speaker: str, section: str) -> None:
    assert find_section(text, speaker, in_chinese=True) == section


def test_headings_of_a_note_are_read_in_both_languages() -> None:
    assert note_sections("CHIEF COMPLAINT\n\nBack pain.\n\nPLAN:\nRest.") == [
        ("chief_complaint", "Back pain."),
        ("plan", "Rest."),
    ]
    assert note_sections("主诉：\n头痛三天\n过敏史\n否认") == [
        ("chief_complaint", "头痛三天"),
        ("allergies", "否认"),
    ]


def test_past_notes_teach_what_a_record_needs_and_the_arrays_are_read_back() -> None:
    model = NoteModel.from_bytes(NoteModel.trained(PAIRS).to_bytes())
    dialogue = PAIRS[0][0].replace("knee", "heel")

    sentences = compose_note(ClinicalTranscript.from_text(dialogue), model)
    texts = " ".join(each.text for each in sentences)

    assert "heel pain for 3 days" in texts
    assert "football" not in texts
    assert next(each for each in sentences if "order" in each.text).division == "assessment_and_plan"


def test_a_trained_model_writes_none_of_the_notes_it_learnt_from() -> None:
    model = NoteModel.trained(PAIRS)

    sentences = compose_note(
        ClinicalTranscript.from_text("Patient: i have had a cough for two weeks ."), model
    )

    assert not any(word in each.text for each in sentences for word in ("knee", "x-ray", "order"))

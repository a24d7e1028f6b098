import pytest

from llm_backend.clinical import builtin, by_rules
from llm_backend.clinical.drugs import built_in
from llm_backend.clinical.evidence import NoSpeech
from llm_backend.clinical.proposals import Ground
from llm_backend.clinical.record import RecordContent, Support
from llm_backend.clinical.second_patient import second_patient
from llm_backend.clinical.status import status_of
from llm_backend.clinical.transcript import ClinicalTranscript

ZH = """医生：哪里不舒服？
患者：肚子疼三天了，拉肚子。
医生：对什么药过敏吗？
患者：青霉素过敏。
医生：体温三十八度五，血压130/80。腹部有压痛。
医生：考虑急性胃肠炎，开点蒙脱石散。三天后复诊。"""


def draft(text: str, template: str = "zh_outpatient") -> RecordContent:
    ground = Ground(ClinicalTranscript.from_text(text), built_in(), status_of)
    return by_rules.drafted(builtin.whole(template), ground)


def texts(record: RecordContent, section: str, field: str) -> list[str]:
    found = record.field(section, field)
    assert found is not None
    return [statement.text for statement in found.exported]


def test_without_a_model_what_was_said_stands_where_it_belongs() -> None:
    record = draft(ZH)

    assert texts(record, "chief_complaint", "complaint") == ["腹痛三天。"]
    assert texts(record, "present_illness", "narrative") == ["腹痛三天，腹泻。"]
    assert texts(record, "allergy_history", "allergies") == ["青霉素过敏。"]
    assert texts(record, "physical_exam", "vitals") == ["体温 38.5 ℃", "血压 130/80 mmHg"]
    said = [statement.text for _, _, statement in record.statements() if statement.is_exported]
    assert any("急性胃肠炎" in text and "蒙脱石散" in text for text in said)


def test_every_statement_without_a_model_has_its_words() -> None:
    record = draft(ZH)
    talk = ClinicalTranscript.from_text(ZH)

    for _, _, statement in record.statements():
        assert statement.spans
        assert all(talk.text[span.start : span.end].strip() for span in statement.spans)


def test_an_empty_recording_makes_no_record() -> None:
    with pytest.raises(NoSpeech):
        draft("[music]")


def test_what_is_said_after_the_next_patient_was_called_in_is_left_to_a_person() -> None:
    record = draft(f"{ZH}\n医生：好，下一位。\n患者：我头疼一个月了。\n医生：体温36.5度。")

    after = [s for _, _, s in record.statements() if any(p.code == "other_patient" for p in s.problems)]
    assert {"头痛一个月。", "体温 36.5 ℃"} <= {statement.text for statement in after}
    assert all(statement.support is Support.UNSUPPORTED for statement in after)
    assert texts(record, "chief_complaint", "complaint") == ["腹痛三天。"]
    assert texts(record, "present_illness", "narrative") == ["腹痛三天，腹泻。"]


def test_calling_in_the_next_patient_at_the_very_end_changes_nothing() -> None:
    assert second_patient(ClinicalTranscript.from_text(f"{ZH}\n医生：下一位。")) is None


def test_contradicting_doses_are_marked_at_both() -> None:
    record = draft(
        "Patient: I take lisinopril 20 mg.\nPatient: I have a cough.\nPatient: My lisinopril is 40 mg.",
        "en_soap",
    )

    marked = [
        statement.text
        for _, _, statement in record.statements()
        if any(problem.code == "contradiction" for problem in statement.problems)
    ]
    assert {"I take lisinopril 20 mg.", "My lisinopril is 40 mg."} <= set(marked)


def test_another_language_than_the_template_stays_as_it_was_spoken() -> None:
    record = draft("Patient: I have chest pain for three days.", "zh_outpatient")

    assert texts(record, "present_illness", "narrative") == ["The patient has chest pain for 3 days."]


def test_what_plainly_belongs_to_one_section_is_not_told_again_in_others() -> None:
    template = builtin.whole("zh_outpatient")
    ground = Ground(ClinicalTranscript.from_text(ZH), built_in(), status_of)
    composed = by_rules.RuleDraft(template, ground)
    sections = [composed.section(section) for section in template.sections]
    history = next(section for section in sections if section.key == "present_illness")
    allergy = next(section for section in sections if section.key == "allergy_history")
    history.fields[0].statements += allergy.fields[0].statements

    once = by_rules.without_repeats(sections, composed)

    told = [s.text for section in once for field in section.fields for s in field.statements]
    assert told.count("青霉素过敏。") == 1
    assert "腹痛三天。" in told
    alone = by_rules.without_repeats([history], composed)
    assert any(s.text == "青霉素过敏。" for s in alone[0].fields[0].statements)

"""What a doctor dictates alone is written whole: each sentence, in the section that it names or that it goes on about."""

from tests.domain.clinical.test_conversation import draft, texts

LETTER = """Doctor: This is Mr Price, a 67-year-old man with ankle swelling for two months.
Doctor: His medication is metformin 1 gram twice daily and diclofenac 50 milligrams as required for his knees.
Doctor: His father died of kidney failure at 58. He stopped smoking fifteen years ago. He lives with his wife.
Doctor: There was pitting oedema to the knees. The fundi were not seen.
Doctor: Creatinine 210, potassium 5.4, haemoglobin 101.
Doctor: The impression is diabetic nephropathy, made worse by diclofenac.
Doctor: I have stopped the diclofenac and the metformin, reduced lisinopril to 10 milligrams, and started furosemide.
Doctor: Please repeat renal function in one week."""


def test_an_english_letter_keeps_what_is_taken_apart_from_what_was_stopped() -> None:
    record = draft(LETTER, "en_soap")

    assert texts(record, "background.medications") == [
        "His medication is metformin 1 gram twice daily and diclofenac 50 mg as required for his knees."
    ]
    assert texts(record, "plan.medications") == [
        "I have stopped the diclofenac and the metformin, reduced lisinopril to 10 mg, and started furosemide."
    ]
    assert texts(record, "plan.tests") == ["Please repeat renal function in 1 week."]


def test_nothing_of_an_english_letter_is_lost() -> None:
    record = draft(LETTER, "en_soap")

    assert texts(record, "background.family") == ["His father died of kidney failure at 58."]
    assert texts(record, "background.social") == [
        "He stopped smoking 15 years ago.",
        "He lives with his wife.",
    ]
    assert texts(record, "objective.exam") == ["Pitting oedema to the knees.", "Fundi were not seen."]
    assert texts(record, "results.tests") == ["Creatinine 210, potassium 5.4, haemoglobin 101."]
    assert texts(record, "assessment.diagnoses") == [
        "The impression is diabetic nephropathy, made worse by diclofenac."
    ]


def test_an_operation_that_is_planned_is_none_of_the_past() -> None:
    record = draft(
        "医生：患者，男，五十六岁，因右上腹痛三天入院。\n医生：二十年前行阑尾切除术。\n医生：腹平软，右上腹压痛。\n"
        "医生：血常规白细胞一万六千。\n医生：腹部B超示胆囊增大。\n医生：初步诊断急性胆囊炎。\n"
        "医生：完善凝血、心电图、胸片，拟明日行腹腔镜胆囊切除术。",
        "zh_admission",
    )

    assert texts(record, "past_history.operations") == ["20年前行阑尾切除术。"]
    assert texts(record, "plan.treatment") == ["完善凝血、心电图、胸片，拟明日行腹腔镜胆囊切除术。"]
    assert texts(record, "auxiliary_exams.tests") == ["血常规白细胞一万六千。", "腹部B超示胆囊增大。"]

"""What somebody tells is written, whether or not it was asked for and whatever words it has."""

import pytest

from tests.domain.clinical.test_conversation import draft, texts


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("I've been drowsy.", "The patient has been drowsy."),
        ("It burns.", "It burns."),
        ("Nothing helps.", "Nothing helps."),
    ],
)
def test_a_short_finding_behind_an_answer_is_not_lost(told: str, written: str) -> None:
    record = draft(f"Doctor: Are you passing urine?\nPatient: Not much. {told}", "en_soap")

    assert written in texts(record, "subjective.history")


@pytest.mark.parametrize(
    "told", ["I see.", "I think so.", "It is.", "It's right here.", "I said that.", "I'm good."]
)
def test_nods_and_pointing_are_not_written(told: str) -> None:
    record = draft(f"Doctor: Are you passing urine?\nPatient: Not much. {told}", "en_soap")

    assert texts(record, "subjective.history") == ["Passing urine: Not much."]


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("Patient: I keep bumping into things.", "The patient keeps bumping into things."),
        ("Patient: My vision's gone blurry in the left eye.", "Their vision's gone blurry in the left eye."),
        ("Relative: He hasn't eaten since Sunday.", "He hasn't eaten since Sunday."),
        ("患者：昨天从楼梯上摔下来。", "昨天从楼梯上摔下来。"),
        ("患者：老是碰到东西。", "老是碰到东西。"),
        ("家属：他两天没吃东西了。", "患者2天没吃东西。"),
    ],
)
def test_what_is_told_before_anything_is_asked_is_why_somebody_comes(told: str, written: str) -> None:
    is_english = told.isascii()
    speaker = told.partition(":" if is_english else "：")[0]
    talk = (
        f"Doctor: Hello.\n{told}\nDoctor: Any fever?\n{speaker}: No."
        if is_english
        else f"医生：您好。\n{told}\n医生：发烧吗？\n{speaker}：没有。"
    )
    record = draft(talk, "en_soap" if is_english else "zh_outpatient")

    assert texts(record, "subjective.history" if is_english else "present_illness.narrative") == [written]


def test_the_first_words_told_are_the_complaint_where_nothing_names_one() -> None:
    record = draft("医生：您好。\n患者：左眼看不清。\n医生：疼吗？\n患者：不疼。")

    assert texts(record, "chief_complaint.complaint") == ["左眼看不清。"]
    assert texts(record, "present_illness.narrative") == ["左眼看不清。"]


@pytest.mark.parametrize(
    ("talk", "place", "written"),
    [
        ("医生：吃药了吗？\n患者：吃了布洛芬，没用。", "past_history.medications", ["吃了布洛芬，没用。"]),
        ("医生：贴过膏药吗？\n患者：没用。", "present_illness.narrative", ["贴过膏药：没用。"]),
        ("医生：用过外用药吗？\n患者：没用。", "present_illness.narrative", []),
    ],
)
def test_a_medicine_that_did_not_help_is_not_denied(talk: str, place: str, written: list[str]) -> None:
    assert texts(draft(talk), place) == written


def test_whoever_a_patient_calls_she_or_he_is_another_and_so_are_her_drugs() -> None:
    record = draft(
        "Doctor: Your thyroid is underactive.\nPatient: My sister has that. She's on thyroxine.", "en_soap"
    )

    assert texts(record, "background.family") == ["Sister has that.", "She's on thyroxine."]
    assert texts(record, "background.medications") == []


def test_what_a_doctor_only_supposes_is_asked_and_no_diagnosis() -> None:
    record = draft(
        "Doctor: This is your second pregnancy, is that right?\nPatient: Third, actually.",
        "en_soap",
        "female",
    )

    assert texts(record, "assessment.diagnoses") == []
    assert texts(record, "subjective.history") == ["Third."]


@pytest.mark.parametrize(
    ("question", "answer", "place", "written"),
    [
        ("Do you smoke?", "Cannabis now and then.", "background.social", ["Smoking: Cannabis now and then."]),
        (
            "Is it stiff?",
            "Ten minutes or so. Stairs are the worst.",
            "subjective.history",
            ["Being stiff: 10 minutes or so.", "Stairs are the worst."],
        ),
        (
            "How are you getting on with the methotrexate?",
            "Fifteen milligrams on a Monday, folic acid on a Friday.",
            "background.medications",
            ["Methotrexate: 15 mg on a Monday, folic acid on a Friday."],
        ),
        (
            "Anything for pain?",
            "Co-codamol. Two at night.",
            "background.medications",
            ["Co-codamol. Two at night."],
        ),
        ("Are you planning a family?", "Not yet.", "background.family", []),
        ("Who lives here with you?", "Nobody.", "background.social", ["Who lives here with you: Nobody."]),
        ("What tablets?", "It's all in the blister pack.", "background.social", []),
        (
            "Are you still taking the sertraline?",
            "I went from 50 to 100, but it made me sweat so I went back to 50 three weeks ago.",
            "background.medications",
            ["Sertraline: he went from 50 to 100, but it made him sweat, so he went back to 50 3 weeks ago."],
        ),
        (
            "Any stomach problems?",
            "I had an ulcer in 2015, they told me to avoid ibuprofen.",
            "background.conditions",
            ["He had an ulcer in 2015, they told him to avoid ibuprofen."],
        ),
    ],
)
def test_an_answer_stands_whole_where_it_belongs(
    question: str, answer: str, place: str, written: list[str]
) -> None:
    assert texts(draft(f"Doctor: {question}\nPatient: {answer}", "en_soap", "male"), place) == written


def test_a_doctor_who_calls_from_the_surgery_tells_of_no_operation() -> None:
    record = draft(
        "Doctor: Hi, it's Dr Okafor calling from the surgery.\nPatient: Hello.\nDoctor: How are you?\n"
        "Patient: My knee hurts.",
        "en_soap",
    )

    assert texts(record, "background.surgeries") == []


def test_only_neighbours_are_joined_and_what_is_so_before_a_but_is_exported() -> None:
    record = draft(
        "Doctor: Any medical problems? Are you on anything?\n"
        "Patient: Just Microgynon. And I've got asthma but I haven't needed my inhaler for years.",
        "en_soap",
        "female",
    )

    assert texts(record, "background.medications") == [
        "Microgynon.",
        "She has not needed her inhaler for years.",
    ]
    assert texts(record, "background.conditions") == ["She has got asthma."]


def test_a_drug_that_must_not_be_taken_is_an_allergy_where_allergies_were_asked_for() -> None:
    record = draft(
        "Doctor: Allergies?\nPatient: I was told not to have codeine because it made me really sick.",
        "en_soap",
        "male",
    )

    assert texts(record, "background.allergies") == [
        "He was told not to have codeine, because it made him really sick."
    ]


def test_whom_a_doctor_addresses_as_grandfather_is_the_patient() -> None:
    record = draft("医生：爷爷，今天哪里不得劲？\n患者：腰疼半年了。")

    assert texts(record, "present_illness.narrative") == ["腰疼半年。"]
    assert texts(record, "family_history.conditions") == []


def test_a_mother_of_whom_a_daughter_tells_beside_the_patient_is_family() -> None:
    record = draft("医生：血糖高吗？\n患者女儿：他血糖不高，我妈血糖高，我妈打胰岛素。")

    assert texts(record, "past_history.diseases") == ["患者血糖不高。"]
    assert texts(record, "past_history.medications") == []
    assert texts(record, "family_history.conditions") == ["家属的母亲血糖高，家属的母亲打胰岛素。"]


def test_what_a_patients_sister_does_not_tolerate_is_the_familys() -> None:
    record = draft(
        "Doctor: Any allergies?\nMother: Penicillin, he came out in hives with amoxicillin. His sister's allergic to nuts.",
        "en_soap",
        "male",
    )

    assert texts(record, "background.allergies") == ["Penicillin, he came out in hives with amoxicillin."]
    assert texts(record, "background.family") == ["Sister's allergic to nuts."]


def test_when_something_shows_is_not_what_there_is() -> None:
    record = draft("医生：牙龈出血吗？\n患者：刷牙有一点。")

    assert texts(record, "present_illness.narrative") == ["牙龈出血：刷牙有一点。"]


def test_why_a_drug_was_stopped_is_no_chief_complaint() -> None:
    record = draft("医生：贫血吗？头晕不？\n患者：吃了速力菲两个礼拜，便秘就停了，爬楼喘。")

    assert texts(record, "chief_complaint.complaint") == []

"""An answer that names nothing itself is written with what the question named: “I have, a couple of times”, “想过”."""

import pytest

from domain.clinical.records.record import Status
from tests.domain.clinical.test_conversation import draft, texts

HISTORY = {"zh_outpatient": "present_illness.narrative", "en_soap": "subjective.history"}


@pytest.mark.parametrize(
    ("talk", "written"),
    [
        ("医生：有没有想过自杀？\n患者：想过，但是没做过什么。", ["想过自杀，但是没做过什么。"]),
        ("医生：有没有想过自杀或者伤害自己？\n患者：想过。", ["想过自杀、伤害自己：想过。"]),
        ("医生：胃镜做过没？\n患者：做过，去年做的。", ["胃镜做过，去年做的。"]),
        ("医生：上次到现在三个月，血糖怎么样？\n患者：空腹七点多。", ["血糖：空腹七点多。"]),
        ("医生：药按时吃了吗？\n患者：有时候忘。", ["药按时吃：有时候忘。"]),
        ("医生：平时血压多少？\n患者：一百五六，低压九十多。", ["血压：一百五六，低压九十多。"]),
    ],
)
def test_a_chinese_answer_is_written_with_what_was_asked(talk: str, written: list[str]) -> None:
    assert texts(draft(talk), HISTORY["zh_outpatient"]) == written


@pytest.mark.parametrize(
    ("talk", "written"),
    [
        (
            "Doctor: Have you had any thoughts of ending your life?\n"
            "Patient: I have, a couple of times, but I'd never do it because of my kids.",
            [
                "Thoughts of ending his life: he has, a couple of times, but he would never do it because of his kids."
            ],
        ),
        (
            "Doctor: Are your ankles swelling?\nPatient: They do in the evening, since the amlodipine.",
            ["Ankles swelling: They do in the evening, since the amlodipine."],
        ),
        (
            "Doctor: Do you cut yourself, or hear voices?\nPatient: No to the first.",
            ["Having cut himself, or hear voices: No to the first."],
        ),
        (
            "Doctor: How far can you walk?\nPatient: Fifty yards, then I have to stop.",
            ["How far can you walk: 50 yards, then he has to stop."],
        ),
    ],
)
def test_an_english_answer_is_written_with_what_was_asked(talk: str, written: list[str]) -> None:
    assert texts(draft(talk, "en_soap", "male"), HISTORY["en_soap"]) == written


def test_where_somebody_was_is_told_and_stands_for_nothing() -> None:
    record = draft(
        "Doctor: Have you been abroad or had antibiotics?\nPatient: We were in Egypt in June.", "en_soap"
    )

    assert [text.text for _, _, text in record.statements()] == ["We were in Egypt in June."]


def test_a_yes_by_a_verb_alone_is_a_yes() -> None:
    record = draft("Doctor: Are you still taking the warfarin?\nPatient: I am.", "en_soap", "male")

    assert texts(record, "background.medications") == ["He is still taking the warfarin."]


def test_what_it_was_is_told_of_the_moment_that_was_asked_about() -> None:
    record = draft(
        "Doctor: How have the readings at home been?\nPatient: Up and down.\n"
        "Doctor: And what was it today?\nPatient: 164 this morning.\n"
        "Doctor: What was it last month?\nPatient: 150.",
        "en_soap",
        "male",
    )

    assert texts(record, HISTORY["en_soap"]) == [
        "Readings at home: Up and down.",
        "Readings at home today: 164 this morning.",
        "Readings at home last month: 150.",
    ]


def test_an_illness_that_only_the_question_names_stands_before_how_long_it_has_lasted() -> None:
    record = draft(
        "Doctor: How long have you had diabetes, and do you have anything else?\n"
        "Patient: Since I was 31, so 24 years.",
        "en_soap",
        "male",
    )

    assert texts(record, "background.conditions") == ["Diabetes: Since he was 31, so 24 years."]


def test_nothing_else_denies_what_was_not_named() -> None:
    record = draft("Doctor: Any medical problems?\nPatient: I'm asthmatic. Nothing else.", "en_soap", "male")
    conditions = record.field("background", "conditions")

    assert conditions is not None
    assert [(each.text, each.status) for each in conditions.exported] == [
        ("He is asthmatic.", Status.PRESENT),
        ("Denies other medical problems.", Status.DENIED),
    ]


def test_a_relative_is_written_with_the_illness_that_was_asked_for() -> None:
    asked = "Doctor: Has anyone in the family had breast cancer?\nPatient: "

    assert texts(draft(f"{asked}My mum's sister, at forty-four.", "en_soap"), "background.family") == [
        "Breast cancer: mother's sister, at 44."
    ]


def test_a_verb_alone_is_denied_with_what_was_asked() -> None:
    record = draft("医生：最近有出差、接触过发热病人吗？\n患者：上礼拜去了趟广州，没接触过。")

    assert texts(record, "personal_history.exposure") == ["上礼拜去了趟广州。", "否认接触过发热病人。"]


def test_whom_the_doctor_speaks_to_is_not_what_was_asked() -> None:
    record = draft("医生：阿姨，血糖控制得咋样？\n患者：不中，空腹老是九点几。")

    (text,) = texts(record, HISTORY["zh_outpatient"])
    assert text.startswith("血糖")
    assert "阿姨" not in text


def test_no_verb_of_the_question_stands_alone_before_the_answer() -> None:
    record = draft("医生：抽烟吗？\n患者：烟一天半包，抽了十来年。")

    assert texts(record, "personal_history.habits") == ["烟1天半包，抽了十来年。"]


def test_how_much_goes_on_about_the_habit_that_was_asked_for() -> None:
    record = draft("医生：喝酒吗？喝多少？\n患者：以前一天半斤白的，去年查出肝硬化戒了。")

    assert texts(record, "personal_history.habits") == ["饮酒：以前1天半斤白的，去年查出肝硬化戒了。"]

"""What whole visits showed: no advice is lost, no dose stands without its drug, no diagnosis is turned round."""

import pytest

from domain.clinical.records.record import Status
from tests.domain.clinical.test_conversation import draft, texts

ZH, EN = "zh_outpatient", "en_soap"
OPENING = "医生：哪儿不舒服？\n患者：膝盖疼。\n"
COMING = "Doctor: What brings you in?\nPatient: My knee aches.\n"


@pytest.mark.parametrize(
    ("template", "talk", "place", "written"),
    [
        # Advice in words that no list has.
        (ZH, "医生：考虑慢性苯中毒。\n医生：从今天起脱离喷漆岗位。", "plan.advice", "从今天起脱离喷漆岗位。"),
        (
            EN,
            "Doctor: This is a depressive episode.\nDoctor: The crisis team will ring you tomorrow.",
            "plan.measures",
            "The crisis team will ring her tomorrow.",
        ),
        # A dose stays with its drug, in whatever clause it was named.
        (
            ZH,
            "医生：左肘窝用百多邦，一天三次，用七天。",
            "plan.medications",
            "左肘窝用百多邦，1天3次，用7天。",
        ),
        (
            ZH,
            "医生：考虑胃炎。\n女儿：我看他胃不好，奥美拉唑还用吃吗？\n医生：接着吃。",
            "plan.medications",
            "奥美拉唑接着吃。",
        ),
        (
            EN,
            "Doctor: I'd like to stop the sertraline gradually, down to fifty for a week and then off, "
            "and start mirtazapine 15 milligrams at night.",
            "plan.medications",
            "I would like to stop the sertraline gradually, down to 50 for a week and then off.",
        ),
        # A reply that names nothing stands behind what was asked, and is no order of a drug.
        (
            ZH,
            "医生：考虑苯中毒。\n患者：那我能开个职业病诊断的证明吗？\n医生：骨穿结果出来再开。",
            "plan.advice",
            "开个职业病诊断的证明：骨穿结果出来再开。",
        ),
        (ZH, "医生：诊断还是右肺腺癌四期，骨转移。", "diagnosis.diagnoses", "诊断还是右肺腺癌四期，骨转移。"),
        (ZH, "医生：上周的CT说右肺上叶病灶缩小了。", "auxiliary_exams.tests", "上周的CT说右肺上叶病灶缩小。"),
        (
            EN,
            "Doctor: Your audiogram shows a dip at four kilohertz on both sides.",
            "results.tests",
            "Audiogram shows a dip at 4 kilohertz on both sides.",
        ),
        # What is denied of one character is denied with its verb.
        (
            ZH,
            "医生：开过刀没有，输过血吗？\n患者：小时候割过扁桃体，血没输过。",
            "past_history.operations",
            "否认输血。",
        ),
        (
            ZH,
            "医生：咳不咳嗽，痰里有血没有？\n患者：咳，没有血。",
            "present_illness.symptoms",
            "否认痰带血。",
        ),
        (
            ZH,
            "医生：您在厂里做什么工种？\n患者：喷漆，做了十二年。",
            "personal_history.exposure",
            "喷漆，做了12年。",
        ),
        # 不吃了 is no 不吃.
        (
            ZH,
            "医生：戴不戴防毒面具？\n患者：面具发了，基本不戴。",
            "personal_history.exposure",
            "面具发了，基本不戴。",
        ),
        (
            EN,
            "Doctor: Does she smoke or drink, and does anyone in the family have bleeding problems?\n"
            "Daughter: She smokes ten a day. Her brother has haemophilia.",
            "background.social",
            "She smokes 10 a day.",
        ),
        (
            EN,
            "Doctor: Any regular medicines?\nPatient: I use Symbicort.",
            "background.medications",
            "She uses Symbicort.",
        ),
        (
            EN,
            "Doctor: Do they give you gloves?\nPatient: I wear ear defenders when I'm on the jackhammer.",
            "background.social",
            "She wears ear defenders when she is on the jackhammer.",
        ),
        (
            EN,
            "Doctor: Any thoughts of harming yourself?\nPatient: No.\n"
            "Sister: She did take too many tablets when she was nineteen.",
            "background.conditions",
            "She did take too many tablets when she was 19.",
        ),
        # What reacts is named in the clause before.
        (
            ZH,
            "医生：止痛药吃的是什么？\n女儿：羟考酮，早晚各一片。以前吃过吗啡，一吃就吐。",
            "allergy_history.allergies",
            "以前吃过吗啡，一吃就吐。",
        ),
        (
            ZH,
            "医生：化疗一共做了几次，停过没有？\n女儿：做了四次，第三次因为白细胞低推迟了一个礼拜。",
            "present_illness.narrative",
            "化疗：做了4次，第三次因为白细胞低推迟了1个礼拜。",
        ),
        (ZH, "医生：这次来是第几次化疗了？\n患者：第四次。", "present_illness.narrative", "化疗：第四次。"),
        # Health problems, operations and allergies in one list are three questions.
        (
            EN,
            "Doctor: Any physical health problems, operations, allergies?\n"
            "Patient: Underactive thyroid. I had my wisdom teeth out. I'm allergic to penicillin.",
            "background.conditions",
            "Physical health problems: Underactive thyroid.",
        ),
        (
            EN,
            "Doctor: Any operations or heart trouble in the past?\nPatient: No, no heart trouble.",
            "background.conditions",
            "Denies heart trouble.",
        ),
        (
            EN,
            "Doctor: Any illnesses, allergies, operations?\n"
            "Mother: She had bronchiolitis at five months. Amoxicillin brought her out in a rash. No operations.",
            "background.allergies",
            "Amoxicillin brought her out in a rash.",
        ),
        # A habit that is denied by name beside one that is told.
        (ZH, "医生：抽烟喝酒吗？\n患者：不抽烟，过年喝点红酒。", "personal_history.habits", "否认吸烟。"),
    ],
)
def test_everything_said_stands_whole_where_it_belongs(
    template: str, talk: str, place: str, written: str
) -> None:
    opening = OPENING if template == ZH else COMING
    assert written in texts(draft(f"{opening}{talk}", template, "female"), place)


@pytest.mark.parametrize(
    ("named", "written"),
    [
        ("羟考酮。", "羟考酮：2个礼拜，没加过。"),
        # Of two drugs it is not told which.
        ("羟考酮，以前吃过吗啡。", "2个礼拜，没加过。"),
    ],
)
def test_how_long_something_is_taken_is_told_of_no_drug_that_may_not_be_meant(
    named: str, written: str
) -> None:
    talk = f"医生：止痛药吃的是什么？\n患者：{named}\n医生：吃了多久了，有没有加过量？\n患者：两个礼拜了，没加过。"
    assert written in texts(draft(f"{OPENING}{talk}", ZH), "past_history.medications")


@pytest.mark.parametrize(
    ("opening", "written"),
    [
        (
            "Doctor: What can I do for you, and how long has it been?\n"
            "Patient: 2 months. My knee aches when I climb stairs.",
            ["Knee aches when she climbs stairs."],
        ),
        (
            "Doctor: Your manager referred you about your hands. How long has it been?\nPatient: Two years.",
            ["Hands."],
        ),
    ],
)
def test_the_chief_complaint_says_what_somebody_came_for(opening: str, written: list[str]) -> None:
    assert texts(draft(opening, EN, "female"), "subjective.chief_complaint") == written


@pytest.mark.parametrize(
    ("talk", "status"),
    [
        (f"{COMING}Doctor: This is a severe depressive episode without psychotic symptoms.", Status.PRESENT),
        (f"{COMING}Doctor: I think this is a depressive episode without psychotic symptoms.", Status.UNSURE),
        (f"{COMING}Doctor: This is without doubt pneumonia.", Status.PRESENT),
        (f"{COMING}Doctor: This isn't pneumonia.", Status.DENIED),
    ],
)
def test_what_is_not_there_beside_a_diagnosis_does_not_deny_it(talk: str, status: Status) -> None:
    record = draft(talk, EN, "female")
    assert [each.status for section, _, each in record.statements() if section == "assessment"] == [status]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("I'd like you back in two weeks.", "I'd like her back in 2 weeks."),
        ("I'd like you to see the nurse.", "I advised her to see the nurse."),
    ],
)
def test_who_is_wanted_back_does_nothing(said: str, written: str) -> None:
    record = draft(f"{COMING}Doctor: {said}", EN, "female")
    assert written in [each.text for section, _, each in record.statements() if section == "plan"]


def test_what_had_been_is_told_as_it_was() -> None:
    record = draft(
        "Doctor: How long has it been?\nPatient: I'd felt fine until March. I'd rather not lie down.",
        EN,
        "female",
    )
    assert texts(record, "subjective.history")[-2:] == [
        "Duration: she had felt fine until March.",
        "She would rather not lie down.",
    ]


@pytest.mark.parametrize(
    ("talk", "place"),
    [
        # Whoever speaks for the patient means the patient, whatever was asked.
        ("Doctor: Allergies? Do you smoke?\nWife: Morphine makes him sick as a dog.", "background.allergies"),
        # A patient who says “him” means somebody else.
        (
            "Doctor: Is your family well?\nPatient: My brother had cancer. Morphine makes him sick as a dog.",
            "background.family",
        ),
    ],
)
def test_a_drug_that_makes_somebody_sick_is_told_of_that_person(talk: str, place: str) -> None:
    record = draft(f"{COMING}{talk}", EN, "male")
    told = [f"{section}.{field}" for section, field, each in record.statements() if "orphine" in each.text]
    assert told == [place]

"""Of whom and of what a short answer tells: a sister's temperature, a vaccination, the drug that a parent asked about."""

import pytest

from tests.domain.clinical.test_conversation import draft, texts

CLASS = (
    "医生：孩子怎么了？\n家长：发烧两天了。\n医生：幼儿园里有没有人发烧？家里人呢？\n"
    "家长：班里有好几个得甲流的，他姐姐也在咳，{told}。"
)


@pytest.mark.parametrize("told", ["不烧", "没发烧"])
def test_what_a_sister_does_not_have_is_not_denied_of_the_child(told: str) -> None:
    record = draft(CLASS.format(told=told), "zh_paediatrics")

    assert texts(record, "personal_history.exposure") == [
        f"班里有好几个得甲流的，患者姐姐也在咳，{told.replace('发烧', '发热')}。"
    ]
    assert texts(record, "present_illness.symptoms") == []
    assert texts(record, "present_illness.narrative") == ["发热2天。"]


@pytest.mark.parametrize(
    ("question", "answer", "place", "written"),
    [
        (
            "打过流感疫苗没有？",
            "今年的没打，其他都按时打的。",
            "development.vaccination",
            "打过流感疫苗：今年的没打，其他都按时打的。",
        ),
        ("吃饭睡觉怎么样？", "饭吃得少，睡得还行。", "present_illness.general_state", "饭吃得少，睡得还行。"),
        ("烟酒呢？", "烟抽了三十年；酒不喝。", "personal_history.habits", "否认饮酒。"),
        ("血糖控制得怎样？", "空腹七点多。", "present_illness.narrative", "血糖控制：空腹七点多。"),
    ],
)
def test_an_answer_stands_in_the_field_of_its_question(
    question: str, answer: str, place: str, written: str
) -> None:
    record = draft(f"医生：{question}\n家长：{answer}", "zh_paediatrics")

    assert written in texts(record, place)


def test_an_order_without_its_drug_is_of_the_drug_that_was_asked_about() -> None:
    record = draft(
        "医生：吃奥司他韦，每次四十五毫克。\n家长：布洛芬还能吃吗？\n医生：超过38.5度再吃，间隔六到八小时。"
    )

    assert texts(record, "plan.medications") == [
        "吃奥司他韦，每次45毫克。",
        "布洛芬超过38.5度再吃，间隔6到8小时。",
    ]


def test_of_two_children_the_one_who_is_asked_after_is_the_patient() -> None:
    record = draft(
        "医生：先看哪个？\n家长：先看弟弟，弟弟昨天开始发烧，哥哥好了。\n医生：给弟弟吃过药没有？\n家长：没有。\n"
        "医生：弟弟对什么过敏吗？\n家长：牛奶不耐受，起湿疹，哥哥青霉素过敏。\n医生：抽过没有？\n家长：哥哥抽过一次。",
        "zh_paediatrics",
    )

    assert texts(record, "allergy_history.allergies") == ["牛奶不耐受，起湿疹。"]
    assert "哥哥青霉素过敏。" in texts(record, "family_history.conditions")


def test_a_past_course_is_not_taken_now_and_an_old_disease_is_no_complaint() -> None:
    record = draft(
        "Doctor: Hello, is that Mrs Patel?\nPatient: Yes, hello doctor. It burns when I go.\n"
        "Doctor: Have you had these before?\n"
        "Patient: Twice last year. They gave me trimethoprim and it didn't touch it, then nitrofurantoin.\n"
        "Doctor: Remind me what you take.\nPatient: Warfarin.\nDoctor: And what's the warfarin for?\n"
        "Patient: A clot in the lung in 2018. I've had diabetes twenty years.",
        "en_soap",
    )

    assert texts(record, "subjective.chief_complaint") == []
    assert texts(record, "subjective.history") == ["It burns when she goes."]
    assert texts(record, "background.medications") == ["Warfarin."]
    assert texts(record, "background.conditions") == [
        "Twice last year.",
        "They gave her trimethoprim, and it did not touch it, then nitrofurantoin.",
        "A clot in the lung in 2018.",
        "She has had diabetes 20 years.",
    ]


@pytest.mark.parametrize(
    ("speaker", "question", "answer", "own", "of_family"),
    [
        (
            "Patient",
            "Is there anything you can't take?",
            "Aspirin makes me wheeze. My wife's the one with the penicillin allergy.",
            ["Aspirin makes the patient wheeze."],
            ["Wife's the one with the penicillin allergy."],
        ),
        (
            "Mother",
            "Any eczema, asthma or hay fever?",
            "Eczema since she was three months. I get hay fever and her dad's allergic to cats.",
            [],
            ["Informant gets hay fever, her father's allergic to cats."],
        ),
    ],
)
def test_an_allergy_of_a_wife_or_a_father_is_not_the_patients(
    speaker: str, question: str, answer: str, own: list[str], of_family: list[str]
) -> None:
    record = draft(f"Doctor: {question}\n{speaker}: {answer}", "en_soap")

    assert texts(record, "background.allergies") == own
    assert texts(record, "background.family") == of_family


def test_a_finding_of_the_word_list_is_why_somebody_came() -> None:
    record = draft("医生：眼睛怎么不舒服？\n患者：左眼看东西模糊一个多月，右眼还行。")

    assert texts(record, "chief_complaint.complaint") == ["左眼看东西模糊1个多月。"]


@pytest.mark.parametrize(
    ("told", "written"),
    [
        ("就是那块皮还是疼，有三个月，不对，快四个月了。", "那块皮还是疼，快4个月。"),
        ("伤口长好了，就是左胳膊抬不高，有点肿。", "左胳膊抬不高，有点肿。"),
    ],
)
def test_a_complaint_has_its_part_and_the_duration_that_stands(told: str, written: str) -> None:
    record = draft(f"医生：怎么了？\n患者：{told}\n医生：好的。\n患者：行，麻烦您了。")

    assert texts(record, "chief_complaint.complaint") == [written]
    assert not any("麻烦" in text for text in texts(record, "present_illness.narrative"))


def test_no_drug_taken_for_a_disease_denies_no_other_drug() -> None:
    record = draft("医生：有高血压、糖尿病吗？\n患者：糖尿病有六年，血压以前说高，没吃药。")

    assert texts(record, "past_history.diseases") == ["糖尿病有6年，血压以前说高，没吃药。"]
    assert texts(record, "past_history.medications") == []


def test_who_speaks_for_a_patient_means_the_doctor_by_you() -> None:
    record = draft("医生：怎么了？\n家属：我爸让我给您打电话，他这两天喘得厉害，没烧。")

    assert texts(record, "present_illness.narrative") == ["我爸让家属给医生打电话，这两天喘得厉害。"]
    assert texts(record, "present_illness.symptoms") == ["否认发热。"]


def test_what_is_to_be_looked_into_and_booked_is_ordered() -> None:
    record = draft("患者：不舒服。\n医生：建议手术，先查角膜内皮和眼轴。约下周三上午检查。")

    assert texts(record, "plan.tests") == ["先查角膜内皮和眼轴。", "约下周三上午检查。"]


@pytest.mark.parametrize(
    ("asked", "told", "place", "written"),
    [
        (
            "Any fever, shortness of breath, or coughing up blood?",
            "No fever and no blood.",
            "subjective.symptoms",
            ["Denies fever or coughing up blood."],
        ),
        (
            "Do you take anything?",
            "Just lisinopril once a day.",
            "background.medications",
            ["Lisinopril once a day."],
        ),
        (
            "Any operations?",
            "I tore the meniscus and had it repaired.",
            "background.surgeries",
            ["The patient tore the meniscus and had it repaired."],
        ),
        (
            "How bad is the pain, and what makes it better?",
            "Six out of ten, better with ice and ibuprofen.",
            "subjective.history",
            ["Severity of pain: 6/10, better with ice and ibuprofen."],
        ),
        (
            "Aspirin or ibuprofen never gave you wheezing?",
            "No, never. Thanks.",
            "background.allergies",
            ["Aspirin or ibuprofen never gave the patient wheezing."],
        ),
    ],
)
def test_an_english_answer_says_what_was_meant(asked: str, told: str, place: str, written: list[str]) -> None:
    record = draft(f"Doctor: {asked}\nPatient: {told}", "en_orthopaedics")

    assert texts(record, place) == written


def test_a_complaint_is_told_of_the_patient_in_the_third_person() -> None:
    record = draft("Doctor: Tell me.\nPatient: My right knee has hurt since I twisted it.", "en_soap")

    assert texts(record, "subjective.chief_complaint") == [
        "Right knee has hurt since the patient twisted it."
    ]


def test_another_clinic_that_is_to_be_seen_is_no_farewell() -> None:
    record = draft("Patient: My knee hurts.\nDoctor: See physiotherapy this week. See you then.", "en_soap")

    assert texts(record, "plan.measures") == ["See physiotherapy this week."]


def test_what_itches_specially_is_not_denied() -> None:
    record = draft(
        "医生：皮肤怎么了？\n患者：身上起红疙瘩，特别痒，有一个礼拜了。\n医生：家里呢？\n患者：我妈有荨麻疹。"
    )

    assert texts(record, "chief_complaint.complaint") == ["特别痒，有1个礼拜。"]


def test_plaster_is_no_course_of_a_drug() -> None:
    record = draft(
        "医生：对药过敏吗？\n家属：我对头孢过敏。\n医生：以前骨折过吗？\n家属：五年前左手腕骨折过，打了石膏。"
    )

    assert texts(record, "past_history.operations") == ["打了石膏。"]
    assert texts(record, "past_history.medications") == []


def test_a_bare_reply_of_the_doctor_stands_behind_what_was_asked() -> None:
    record = draft("患者：肚子疼。\n医生：肚子软。\n患者：要不要打吊针？\n医生：先不用。")

    assert texts(record, "plan.advice") == ["打吊针：先不用。"]


def test_a_dose_that_a_mother_asked_for_is_of_her_drug() -> None:
    record = draft(
        "Doctor: His throat is clear.\nMother: Can he have ibuprofen?\nDoctor: Yes, five millilitres every eight hours.",
        "en_soap",
    )

    assert texts(record, "plan.medications") == ["Ibuprofen: 5 millilitres every 8 hours."]


@pytest.mark.parametrize(
    ("told", "own", "of_family"),
    [
        (
            "I had eczema until I was ten. My son has asthma.",
            ["The patient had eczema until the patient was 10."],
            ["Son has asthma."],
        ),
        ("I have a brother with asthma.", [], ["The patient has a brother with asthma."]),
    ],
)
def test_an_own_illness_is_not_the_familys(told: str, own: list[str], of_family: list[str]) -> None:
    asked = "Doctor: Eczema or asthma as a child, or in the family?"
    record = draft(f"{asked}\nPatient: {told}", "en_soap")

    assert texts(record, "background.conditions") == own
    assert texts(record, "background.family") == of_family

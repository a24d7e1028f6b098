"""A consultation drafted by rules: each answer with its question, each fact in the field where it is looked for."""

import pytest

from domain.clinical.drafting import DraftContext, by_rules
from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.grounding.drugs import built_in
from domain.clinical.records import builtin_templates
from domain.clinical.records.record import RecordContent, Status
from domain.clinical.records.template import Sex
from domain.clinical.transcripts.transcript import ClinicalTranscript


def draft(talk: str, template: str = "zh_outpatient", sex: Sex = "") -> RecordContent:
    ground = DraftContext(ClinicalTranscript.from_text(talk), built_in(), find_assertion, sex)
    return by_rules.draft_by_rules(builtin_templates.resolve(template).for_sex(sex), ground)


def texts(record: RecordContent, place: str) -> list[str]:
    section, _, field = place.partition(".")
    found = record.field(section, field)
    assert found is not None
    return [statement.text for statement in found.exported]


@pytest.mark.parametrize(
    ("question", "answer", "place", "written"),
    [
        ("有没有咳嗽、发烧？", "那倒没有。", "present_illness.symptoms", "否认咳嗽、发热。"),
        ("糖尿病呢？", "没有。", "past_history.diseases", "否认糖尿病。"),
        ("家里有胃癌的吗？", "没有。", "family_history.conditions", "否认胃癌家族史。"),
        ("对什么药过敏吗？", "没发现。", "allergy_history.allergies", "否认药物过敏史。"),
        ("抽烟喝酒吗？", "从来不抽不喝。", "personal_history.habits", "否认吸烟、饮酒。"),
        ("烟酒呢？", "都不沾。", "personal_history.habits", "否认烟酒。"),
        ("做过手术、输过血吗？", "都没有。", "past_history.operations", "否认手术、输血史。"),
        ("平时吃阿司匹林、华法林这些吗？", "不吃。", "past_history.medications", "未服用阿司匹林、华法林。"),
    ],
)
def test_a_bare_no_denies_what_was_asked(question: str, answer: str, place: str, written: str) -> None:
    record = draft(f"医生：{question}\n患者：{answer}")

    assert texts(record, place) == [written]


def test_of_several_things_only_what_is_named_is_denied() -> None:
    record = draft("医生：头晕吗？晕倒过没有？\n患者：头有点晕，没晕倒过。")

    assert texts(record, "present_illness.narrative") == ["头有点晕。"]
    assert texts(record, "present_illness.symptoms") == ["否认晕倒。"]


def test_a_denial_keeps_its_status_and_the_words_of_both() -> None:
    talk = "医生：有高血压吗？\n患者：没有。"
    (denied,) = draft(talk).field("past_history", "diseases").exported  # type: ignore[union-attr]

    said = ClinicalTranscript.from_text(talk).text
    assert denied.status is Status.DENIED
    assert [said[span.start : span.end] for span in denied.spans] == ["有高血压吗？", "没有"]


def test_what_is_ordered_and_what_is_taken_at_home_stand_apart() -> None:
    record = draft(
        "医生：平时吃什么药？\n"
        "患者：一直吃氨氯地平，五毫克，每天一片。布地奈德原来用过，去年自己停了。\n"
        "医生：这次疼吃过药没有？\n"
        "患者：昨天吃了布洛芬，零点三克。\n"
        "医生：给您开阿司匹林，一百毫克，每天一次，先吃两周。氨氯地平继续吃。"
    )

    assert texts(record, "past_history.medications") == [
        "一直吃氨氯地平，5毫克，每天1片。",
        "布地奈德原来用过，去年自己停了。",
    ]
    assert texts(record, "present_illness.treatments") == ["昨天吃了布洛芬，0.3克。"]
    assert texts(record, "plan.medications") == [
        "开阿司匹林，100毫克，每天1次，先吃2周。",
        "氨氯地平继续吃。",
    ]


def test_a_relatives_death_is_told_in_the_third_person() -> None:
    record = draft("医生：家里人有心脏病的吗？\n患者：我父亲五十六岁心肌梗死走的。我妈有房颤。")

    assert texts(record, "family_history.conditions") == ["父亲56岁因心肌梗死去世。", "母亲有房颤。"]


def test_what_a_relative_says_of_their_own_family_is_not_the_patients() -> None:
    record = draft("医生：有哮喘的吗，家里人？\n家属：我妈有哮喘。\n医生：还有吗？\n家属：他爸爸感冒了。")

    (first, *_) = texts(record, "family_history.conditions")
    assert "患者" not in first


def test_habits_that_are_said_stand_in_their_field() -> None:
    record = draft("医生：还抽烟吗？\n患者：戒了五年了，以前一天一包。\n医生：酒？\n患者：啤酒，一周两瓶。")

    assert texts(record, "personal_history.habits") == ["吸烟：戒了5年，以前1天1包。", "啤酒，1周2瓶。"]


def test_an_answer_that_names_no_drug_is_of_the_one_named_before() -> None:
    record = draft("医生：恩替卡韦吃过吗？\n患者：吃过，前年吃了三个月，嫌贵停了。")

    assert texts(record, "present_illness.treatments") == ["恩替卡韦吃过，前年吃了3个月，嫌贵停了。"]


@pytest.mark.parametrize(
    ("question", "answer", "place", "written"),
    [
        ("Any fever or chest pain?", "No, neither.", "subjective.symptoms", "Denies fever or chest pain."),
        ("Did you hit your head?", "No.", "subjective.symptoms", "Denies having hit her head."),
        ("Diabetes?", "No, sir.", "background.conditions", "Denies diabetes."),
        (
            "Are you allergic to any medication?",
            "No.",
            "background.allergies",
            "No known medication allergies.",
        ),
        ("Do you smoke or drink?", "No to both.", "background.social", "Denies smoking and alcohol."),
        (
            "Any stomach cancer in the family?",
            "No.",
            "background.family",
            "No family history of stomach cancer.",
        ),
    ],
)
def test_an_english_no_denies_what_was_asked(question: str, answer: str, place: str, written: str) -> None:
    record = draft(f"Doctor: {question}\nPatient: {answer}", "en_soap", "female")

    assert texts(record, place) == [written]


def test_english_prescriptions_and_home_medication_stand_apart() -> None:
    record = draft(
        "Doctor: What do you take?\n"
        "Patient: I've been on amlodipine 5 milligrams for three years.\n"
        "Patient: I used to take Zoloft, but I stopped in the spring.\n"
        "Doctor: I'll prescribe apixaban 5 milligrams twice daily, and let's stop the amlodipine.",
        "en_soap",
        "male",
    )

    assert texts(record, "background.medications") == [
        "He has been on amlodipine 5 mg for 3 years.",
        "He used to take Zoloft, but he stopped in the spring.",
    ]
    (ordered,) = texts(record, "plan.medications")
    assert ordered.startswith("I will prescribe apixaban 5 mg")


def test_she_in_an_answer_about_the_mother_is_the_mother() -> None:
    record = draft(
        "Doctor: Did your mother have osteoporosis?\nPatient: She broke her hip at 79.", "en_soap", "female"
    )

    assert texts(record, "background.family") == ["Mother broke her hip at 79."]


def test_no_number_is_changed_and_nothing_is_said_that_was_not() -> None:
    talk = (
        "医生：血压吃药吗？\n患者：缬沙坦八十毫克一天一次，吃了十来年了。\n医生：给您加氢氯噻嗪十二点五毫克。"
    )
    record = draft(talk)

    for _, _, statement in record.statements():
        assert statement.is_exported, statement
        assert statement.spans


def test_menstrual_history_is_not_offered_for_a_man() -> None:
    assert (
        builtin_templates.resolve("zh_outpatient").for_sex("male").field("marital_history", "menstruation")
        is None
    )
    assert (
        builtin_templates.resolve("zh_outpatient").for_sex("female").field("marital_history", "menstruation")
    )
    assert builtin_templates.resolve("zh_outpatient").for_sex("").field("marital_history", "menstruation")
    kept = builtin_templates.resolve("zh_outpatient").for_sex(
        "male", filled_fields={("marital_history", "menstruation")}
    )
    assert kept.field("marital_history", "menstruation"), "what stands there is never hidden"


@pytest.mark.parametrize(
    ("question", "answer", "place", "written"),
    [
        (
            "二甲双胍吃多少？",
            "一次两片，一天两次。",
            "present_illness.treatments",
            ["二甲双胍：1次2片，1天2次。"],
        ),
        (
            "你吃的阿司匹林是多少毫克的？",
            "好像是一百毫克，不对，七十五毫克。",
            "present_illness.treatments",
            ["阿司匹林：好像是100毫克，不对，75毫克。"],
        ),
        (
            "吃布洛芬管用吗？",
            "吃了两次，不管用。",
            "present_illness.treatments",
            ["布洛芬：吃了2次，不管用。"],
        ),
        ("您父亲什么病走的？", "肺癌。", "family_history.conditions", ["父亲：肺癌。"]),
        ("青霉素皮试过敏吗？", "皮试阳性。", "allergy_history.allergies", ["青霉素皮试过敏：皮试阳性。"]),
        ("阿莫西林吃过没有？", "吃过，不过敏。", "allergy_history.allergies", ["否认阿莫西林过敏。"]),
        ("有没有发热、盗汗？", "没发热没盗汗。", "present_illness.symptoms", ["否认发热、盗汗。"]),
    ],
)
def test_an_answer_stands_with_the_drug_person_or_substance_of_its_question(
    question: str, answer: str, place: str, written: list[str]
) -> None:
    assert texts(draft(f"医生：{question}\n患者：{answer}"), place) == written


@pytest.mark.parametrize(
    ("question", "answer", "place"),
    [
        ("青霉素过敏吗？", "不清楚，没用过。", "allergy_history.allergies"),
        ("冠心病有吗？", "冠心病不知道。", "past_history.diseases"),
    ],
)
def test_what_the_patient_does_not_know_is_unsure(question: str, answer: str, place: str) -> None:
    section, field = place.split(".")
    found = draft(f"医生：{question}\n患者：{answer}").field(section, field)

    assert found is not None
    assert [each.status for each in found.exported] == [Status.UNSURE]


@pytest.mark.parametrize(
    ("talk", "template", "place", "written"),
    [
        (
            "医生：好好休息。布洛芬继续，体温超过38度5再吃，三天不退来复诊。\n患者：好。",
            "zh_outpatient",
            "plan.medications",
            ["布洛芬继续，体温超过38度5再吃。"],
        ),
        (
            "医生：血压在家多少？\n患者：早上135到140，下面80多，昨天晚上高了一次，158/92。",
            "zh_outpatient",
            "present_illness.narrative",
            ["血压在家：早上135到140，下面80多，昨天晚上高了1次，158/92。"],
        ),
        (
            "医生：哪里不舒服？\n患者：右边膝盖疼了半年，左边不疼。",
            "zh_outpatient",
            "chief_complaint.complaint",
            ["右边膝盖疼了半年。"],
        ),
        (
            "医生：哪里不好？\n患者：头晕，社区医生让减药的。",
            "zh_outpatient",
            "present_illness.narrative",
            ["头晕，社区医生让减药的。"],
        ),
        (
            "Doctor: Your PSA was 3.2 in March and it's 4.8 now.\nPatient: Okay.",
            "en_soap",
            "results.tests",
            ["PSA was 3.2 in March and it's 4.8 now."],
        ),
        (
            "Doctor: I'll send in azithromycin, one teaspoon today and then half a teaspoon for four days.\nPatient: Okay.",
            "en_soap",
            "plan.measures",
            ["I will send in azithromycin, one teaspoon today and then half a teaspoon for 4 days."],
        ),
        (
            "Doctor: Family history of prostate cancer?\nPatient: My uncle on my dad's side.",
            "en_soap",
            "background.family",
            ["Prostate cancer: uncle on father's side."],
        ),
        (
            "Doctor: Any problems with medicines?\nPatient: Codeine makes me throw up.",
            "en_soap",
            "background.allergies",
            ["Codeine makes the patient vomit."],
        ),
        (
            "Doctor: Past medical history?\nPatient: High cholesterol.",
            "en_soap",
            "background.conditions",
            ["Past medical history: High cholesterol."],
        ),
        (
            "Doctor: Get your potassium checked Friday.\nPatient: Okay.",
            "en_soap",
            "plan.tests",
            ["Get their potassium checked Friday."],
        ),
        (
            "Doctor: Abduction is limited to 80 degrees on the left.\nPatient: Okay.",
            "en_soap",
            "objective.exam",
            ["Abduction is limited to 80 degrees on the left."],
        ),
    ],
)
def test_what_goes_on_without_a_name_stays_with_what_it_is_of(
    talk: str, template: str, place: str, written: list[str]
) -> None:
    assert texts(draft(talk, template), place) == written


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("身上痒得不行，一片一片的，过几个小时自己下去。", "身上痒得不行。"),
        ("咳嗽，吃了三天药不管用。", "咳嗽。"),
        ("拉肚子，一天五六次，三天了。", "腹泻，3天。"),
        ("肚子疼，三天。", "腹痛，3天。"),
        ("停了药，因为腿疼。", "因为腿疼。"),
        ("小时候发烧抽过，这两天头疼。", "这两天头痛。"),
    ],
)
def test_how_long_a_complaint_lasts_is_no_pause_course_or_rate(said: str, complaint: str) -> None:
    assert texts(draft(f"医生：怎么了？\n患者：{said}"), "chief_complaint.complaint") == [complaint]


def test_a_side_and_praise_that_open_a_sentence_stay() -> None:
    record = draft(
        "Doctor: What is wrong?\nPatient: Right knee hurts, for three days. Good appetite though.", "en_soap"
    )

    history = " ".join(texts(record, "subjective.history"))
    assert "Right knee hurts" in history
    assert "Good appetite" in history


def test_parents_are_the_family_in_dialect_too() -> None:
    record = draft("医生：哪里不舒服？\n患者：头晕。俺爹有高血压，我老妈糖尿病。")

    assert texts(record, "family_history.conditions") == ["父亲有高血压，母亲糖尿病。"]
    assert texts(record, "present_illness.narrative") == ["头晕。"]


@pytest.mark.parametrize(
    ("talk", "template", "place", "written"),
    [
        (
            "医生：你上次血压150/95，今天是138/88。\n患者：那就好。",
            "zh_outpatient",
            "present_illness.narrative",
            "上次血压150/95，今天是138/88。",
        ),
        (
            "Doctor: Your blood pressure was 150/95 last visit and is 138/88 today.\nPatient: Good.",
            "en_soap",
            "subjective.history",
            "His blood pressure was 150/95 last visit and is 138/88 today.",
        ),
    ],
)
def test_a_doctors_earlier_reading_is_told_beside_the_one_of_today(
    talk: str, template: str, place: str, written: str
) -> None:
    record = draft(talk, template, "male")

    assert texts(record, place) == [written]
    signs = texts(record, "physical_exam.vitals" if template == "zh_outpatient" else "objective.vitals")
    assert len(signs) == 1
    assert "138/88" in signs[0]


@pytest.mark.parametrize(
    ("answer", "place", "written"),
    [
        ("My chest is tight. I took Nitrostat twice.", "subjective.history", "He took Nitrostat twice."),
        ("My chest is tight. I'm on Telfast.", "background.medications", "He is on Telfast."),
        ("My chest is tight. I have asthma.", "background.conditions", "He has asthma."),
    ],
)
def test_a_short_statement_that_names_a_part_of_the_record_is_kept(
    answer: str, place: str, written: str
) -> None:
    record = draft(f"Doctor: What brings you in?\nPatient: {answer}", "en_soap", "male")

    assert written in texts(record, place)


@pytest.mark.parametrize(
    ("question", "answer", "place", "written"),
    [
        (
            "疫苗都打了吗？",
            "流感疫苗没打，其他都打了。",
            "personal_history.exposure",
            "流感疫苗没打，其他都打了。",
        ),
        (
            "平时吃什么药？",
            "他吃阿托伐他汀，一天一片。",
            "past_history.medications",
            "吃阿托伐他汀，1天1片。",
        ),
        ("平时吃什么药？", "倍他乐克半片，他克莫司两粒。", "past_history.medications", "他克莫司2粒。"),
    ],
)
def test_what_a_relative_says_changes_no_word_that_holds_a_pronoun(
    question: str, answer: str, place: str, written: str
) -> None:
    assert written in texts(draft(f"医生：{question}\n家属：{answer}"), place)


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        ("自我感觉还行。", "自我感觉还行。"),
        ("我们单位体检发现血糖高。", "患者单位体检发现血糖高。"),
        ("我们俩都咳嗽。", "我们俩都咳嗽。"),
    ],
)
def test_words_that_hold_a_pronoun_stay_whole(answer: str, written: str) -> None:
    assert texts(draft(f"医生：怎么不好？\n患者：{answer}"), "present_illness.narrative") == [written]


def test_a_positive_skin_test_is_an_allergy_and_a_sneeze_no_drug() -> None:
    record = draft(
        "医生：平时吃什么药？\n患者：优甲乐一天一片。青霉素皮试阳性。\n"
        "医生：咳嗽打喷嚏的时候腿疼吗？\n患者：打喷嚏的时候会窜着疼。"
    )

    assert texts(record, "past_history.medications") == ["优甲乐1天1片。"]
    assert texts(record, "allergy_history.allergies") == ["青霉素皮试阳性。"]
    assert texts(record, "present_illness.narrative") == ["打喷嚏的时候会窜着疼。"]


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        ("鸡蛋过敏。头孢打过，没事。", ["鸡蛋过敏。", "否认头孢过敏。"]),
        ("青霉素过敏，头孢吃过没反应。", ["青霉素过敏。", "否认头孢过敏。"]),
    ],
)
def test_what_was_tolerated_is_no_allergy(answer: str, written: list[str]) -> None:
    record = draft(f"医生：对什么药过敏吗？\n患者：{answer}")

    assert texts(record, "allergy_history.allergies") == written
    found = record.field("allergy_history", "allergies")
    assert found is not None
    assert [each.status for each in found.exported] == [Status.PRESENT, Status.DENIED]


@pytest.mark.parametrize(
    ("question", "answer", "place", "written"),
    [
        ("以前住过院吗？", "没住过院。", "past_history.diseases", "否认住院。"),
        (
            "末次月经什么时候？",
            "10月18号，28天一次，不痛经。",
            "marital_history.menstruation",
            "末次月经：10月18号，28天1次，不痛经。",
        ),
    ],
)
def test_an_answer_keeps_the_name_of_what_was_asked(
    question: str, answer: str, place: str, written: str
) -> None:
    assert written in texts(draft(f"医生：{question}\n患者：{answer}", sex="female"), place)


def test_an_operation_is_none_of_the_allergies_it_was_asked_with() -> None:
    record = draft("医生：对药过敏吗？做过手术没有？\n家属：磺胺过敏，前年做过白内障，左眼。")

    assert texts(record, "allergy_history.allergies") == ["磺胺过敏。"]
    assert texts(record, "past_history.operations") == ["前年做过白内障，左眼。"]


def test_what_was_thought_of_is_named_beside_what_was_not_done() -> None:
    record = draft("医生：有没有想过不想活了？\n患者：想过，没做过。")

    assert texts(record, "present_illness.narrative") == ["想过不想活了。", "没做过。"]


def test_what_an_informant_has_contradicts_no_denial_of_the_patients() -> None:
    record = draft("医生：他以前有高血压、糖尿病吗？\n家属：高血压二十年，糖尿病没有。我有糖尿病。")

    assert texts(record, "past_history.diseases") == ["高血压20年。", "否认糖尿病。"]
    assert texts(record, "family_history.conditions") == ["家属有糖尿病。"]


@pytest.mark.parametrize(
    ("talk", "place", "written"),
    [
        ("医生：怎么了？\n患者：大夫好，早上好，我咳嗽三天了。", "present_illness.narrative", "咳嗽3天。"),
        (
            "Doctor: What's wrong?\nPatient: Good morning, doctor. I've had a cough for three days.",
            "subjective.history",
            "The patient has had a cough for 3 days.",
        ),
    ],
)
def test_a_greeting_is_no_history(talk: str, place: str, written: str) -> None:
    assert texts(draft(talk, "en_soap" if "Doctor" in talk else "zh_outpatient"), place) == [written]

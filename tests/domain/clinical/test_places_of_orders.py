"""What a doctor says without the usual verbs: a diagnosis, a finding, a result, an order or when to come back."""

import pytest

from domain.clinical.records.record import Status
from tests.domain.clinical.test_conversation import draft, texts

SAID_ZH, SAID_EN = "患者：不舒服。\n医生：", "Patient: I don't feel well.\nDoctor: "


@pytest.mark.parametrize(
    ("said", "place", "written"),
    [
        ("查个过敏原。慢性荨麻疹。", "diagnosis.diagnoses", "慢性荨麻疹。"),
        ("急性脑梗死，心房颤动，高血压3级。", "diagnosis.diagnoses", "急性脑梗死，心房颤动，高血压3级。"),
        ("做个钼靶，穿刺活检。", "plan.tests", "做个钼靶，穿刺活检。"),
        ("下周三上午来看结果。", "plan.follow_up", "下周三上午来看结果。"),
        ("先请神经内科会诊。", "plan.advice", "先请神经内科会诊。"),
        ("阿司匹林先不用。", "plan.medications", "阿司匹林先不用。"),
        ("劳拉西泮0.5毫克，睡前。", "plan.medications", "劳拉西泮0.5毫克，睡前。"),
        ("肚子突然疼得厉害马上按铃。", "plan.follow_up", "肚子突然疼得厉害马上按铃。"),
        ("脉搏88，不齐。", "physical_exam.specialist", "脉搏88，不齐。"),
        (
            "二型糖尿病，糖尿病肾病，周围神经病变。",
            "diagnosis.diagnoses",
            "二型糖尿病，糖尿病肾病，周围神经病变。",
        ),
        (
            "足背动脉摸得到，十克尼龙丝右脚减弱。",
            "physical_exam.specialist",
            "足背动脉摸得到，10克尼龙丝右脚减弱。",
        ),
        ("四肢肌力五级，病理征阴性。", "physical_exam.specialist", "四肢肌力五级，病理征阴性。"),
        ("昨天拍的片子没有骨折。", "auxiliary_exams.tests", "昨天拍的片子没有骨折。"),
        ("头颅核磁约一个。", "plan.tests", "头颅核磁约1个。"),
        ("术前把凝血、心电图、胸片做了。", "plan.tests", "术前把凝血、心电图、胸片做。"),
        ("盐一天不超过五克。", "plan.advice", "盐1天不超过5克。"),
        # 裂开 and 开髓 prescribe nothing, 少量 advises nothing, and a dressing is no drug.
        ("切口裂开一厘米，少量渗液。", "physical_exam.specialist", "切口裂开1厘米，少量渗液。"),
        ("今天开髓引流。", "plan.advice", "今天开髓引流。"),
        ("今天换药。", "plan.advice", "今天换药。"),
        ("下周二查过敏原。", "plan.tests", "下周二查过敏原。"),
        ("华法林先别动，下周一查INR。", "plan.medications", "华法林先别动。"),
        ("心率低于五十告诉我。", "plan.follow_up", "心率低于五十告诉我。"),
        ("他汀继续，一个月后复查肝功。", "plan.medications", "他汀继续。"),
        ("心电图窦性心动过缓，ST段没有变化。", "auxiliary_exams.tests", "心电图窦性心动过缓，ST段没有变化。"),
        ("西替利嗪零点二五毫升，睡前一次。", "plan.medications", "西替利嗪0.25毫升，睡前1次。"),
        ("布洛芬不要吃。", "plan.medications", "布洛芬不要吃。"),
        (
            "咽部充血，咽峡有四五个疱疹。",
            "physical_exam.specialist",
            "咽部充血，咽峡有四五个疱疹。",
        ),
        ("良性位置性眩晕。", "diagnosis.diagnoses", "良性位置性眩晕。"),
        ("病理回来了，切缘阴性，淋巴结没有转移。", "auxiliary_exams.tests", "切缘阴性，淋巴结没有转移。"),
        # It asks, and denies nothing: such orders were not exported.
        ("下个月来肿瘤科讨论要不要化疗。", "plan.follow_up", "下个月来肿瘤科讨论要不要化疗。"),
    ],
)
def test_in_chinese(said: str, place: str, written: str) -> None:
    assert texts(draft(SAID_ZH + said), place) == [written]


@pytest.mark.parametrize(
    ("said", "place", "written"),
    [
        (
            "So type 2 diabetes, not well controlled, with neuropathy.",
            "assessment.diagnoses",
            "Type 2 diabetes, not well controlled, with neuropathy.",
        ),
        (
            "I'm thinking of bipolar depression rather than plain depression.",
            "assessment.diagnoses",
            "I'm thinking of bipolar depression rather than plain depression.",
        ),
        ("This isn't sciatica.", "assessment.diagnoses", "This is not sciatica."),
        ("Your HbA1c has come down to 58.", "results.tests", "HbA1c has come down to 58."),
        ("Kidney function's stable, eGFR 61.", "results.tests", "Kidney function's stable, eGFR 61."),
        ("Bloods for thyroid, glucose and lipids.", "plan.tests", "Bloods for thyroid, glucose and lipids."),
        (
            "Bloods today for kidneys and BNP, and an echo within two weeks.",
            "plan.tests",
            "Bloods today for kidneys and BNP, and an echo within 2 weeks.",
        ),
        ("Dip shows nitrites, no glucose.", "results.tests", "Dip shows nitrites, no glucose."),
        ("Pulse is 96, irregular.", "objective.exam", "Pulse is 96, irregular."),
        ("Weigh yourself daily.", "plan.measures", "Weigh yourself daily."),
        (
            "Ferrous fumarate 210 milligrams twice a day.",
            "plan.medications",
            "Ferrous fumarate 210 mg twice a day.",
        ),
        ("Ofloxacin drops every hour.", "plan.medications", "Ofloxacin drops every hour."),
        ("Any bleeding, go straight to A&E.", "plan.follow_up", "Any bleeding, go straight to A&E."),
        ("Any more fever, ring us.", "plan.follow_up", "Any more fever, ring us."),
        (
            "See Dr. Brown in clinic in two weeks.",
            "plan.follow_up",
            "See Dr. Brown in clinic in 2 weeks.",
        ),
        (
            "Let's bring the lisinopril up to 20 milligrams.",
            "plan.medications",
            "We will bring the lisinopril up to 20 mg.",
        ),
        ("See the podiatrist.", "plan.measures", "See the podiatrist."),
        ("No overhead work for a month.", "plan.measures", "No overhead work for a month."),
        ("Drink two litres a day.", "plan.measures", "Drink 2 litres a day."),
        ("Back here in three months.", "plan.follow_up", "Back here in 3 months."),
        ("Review on Friday.", "plan.follow_up", "Review on Friday."),
        (
            "Any headache, call the maternity line.",
            "plan.follow_up",
            "Any headache, call the maternity line.",
        ),
        ("Start physio twice a week.", "plan.measures", "Start physio twice a week."),
        ("X-ray the knee.", "plan.tests", "X-ray the knee."),
        ("Bloods every two weeks, then monthly.", "plan.tests", "Bloods every 2 weeks, then monthly."),
        ("Keep the methotrexate at 15.", "plan.medications", "Keep the methotrexate at 15."),
        ("Flu jab please, and no live vaccines.", "plan.measures", "Flu jab please, and no live vaccines."),
        (
            "I'm going to refer you to ENT because this is your third.",
            "plan.measures",
            "I will refer him to ENT because this is his third.",
        ),
        ("So your rheumatoid is still active.", "assessment.diagnoses", "His rheumatoid is still active."),
        ("Repeat the HbA1c in three months.", "plan.tests", "Repeat the HbA1c in 3 months."),
        ("Check glucose four times a day.", "plan.tests", "Check glucose 4 times a day."),
        ("The knee is osteoarthritis.", "assessment.diagnoses", "The knee is osteoarthritis."),
        ("Your asthma is poorly controlled.", "assessment.diagnoses", "His asthma is poorly controlled."),
        ("So your thyroid is underactive.", "assessment.diagnoses", "His thyroid is underactive."),
        ("You look tired, speech is slow.", "objective.exam", "Looks tired, speech is slow."),
        (
            "I'll refer you, you'll be seen within two weeks.",
            "plan.measures",
            "I will refer him, he will be seen within 2 weeks.",
        ),
        ("See you in a week.", "plan.follow_up", "See you in a week."),
        (
            "Bloods, urine and a pregnancy test, and the surgeons will see you.",
            "plan.tests",
            "Bloods, urine and a pregnancy test.",
        ),
        (
            "It sounds like a simple urine infection.",
            "assessment.diagnoses",
            "It sounds like a simple urine infection.",
        ),
        (
            "Your last kidney function in August was 58.",
            "results.tests",
            "Last kidney function in August was 58.",
        ),
        (
            "Raise the ramipril to five milligrams, repeat the kidney function in two weeks.",
            "plan.medications",
            "Raise the ramipril to 5 mg.",
        ),
    ],
)
def test_in_english(said: str, place: str, written: str) -> None:
    assert texts(draft(SAID_EN + said, "en_soap", "male"), place) == [written]


def test_what_only_sounds_like_a_disease_is_in_doubt() -> None:
    diagnoses = draft(f"{SAID_ZH}听着像慢性心衰加重。").field("diagnosis", "diagnoses")

    assert diagnoses is not None
    assert [each.status for each in diagnoses.exported] == [Status.UNSURE]


def test_orders_in_one_sentence_are_rows_and_two_drugs_of_one_order_stay_together() -> None:
    record = draft(
        f"{SAID_EN}You need to stop smoking, carry on with the clopidogrel and the atorvastatin, add ramipril"
        " 2.5 milligrams at night, and I'll book an ECG, bloods and a lipid profile and see you in six weeks.",
        "en_soap",
    )

    assert texts(record, "plan.medications") == [
        "Carry on with the clopidogrel and the atorvastatin.",
        "Add ramipril 2.5 mg at night.",
    ]
    assert texts(record, "plan.tests") == ["I will book an ECG, bloods and a lipid profile."]
    assert texts(record, "plan.follow_up") == ["See the patient in 6 weeks."]


def test_what_is_seen_and_said_between_is_no_order() -> None:
    record = draft(
        "Doctor: Come in, Mr Doyle.\nPatient: My leg hurts.\n"
        "Doctor: Pulses are weak on the left. Cap refill three seconds.\n"
        "Patient: Do I need a stent?\nDoctor: No, we don't think so.\n"
        "Patient: Is it for life?\nDoctor: Not necessarily.",
        "en_soap",
    )

    assert texts(record, "objective.exam") == ["Pulses are weak on the left.", "Cap refill 3 seconds."]
    assert texts(record, "plan.measures") == ["No, we don't think so."]
    assert texts(record, "plan.medications") == texts(record, "plan.follow_up") == []


def test_who_is_called_in_is_not_followed_up() -> None:
    record = draft("Nurse: Doctor will see you now.\nPatient: I have a cough.\nDoctor: Sit down.", "en_soap")

    assert texts(record, "plan.follow_up") == []


def test_what_is_tested_with_the_hands_is_no_result_of_a_laboratory() -> None:
    record = draft(
        f"{SAID_EN}Let's have a look. There's no wasting. Hawkins test is positive. Neck movements are normal.\n"
        "Doctor: Your stool test was positive.",
        "en_soap",
        "male",
    )

    assert texts(record, "objective.exam") == [
        "No wasting.",
        "Hawkins test is positive.",
        "Neck movements are normal.",
    ]
    assert texts(record, "results.tests") == ["Stool test was positive."]


def test_readings_of_a_doctor_are_quoted_in_no_other_field() -> None:
    record = draft("患者：恶心。\n医生：血压一百一七十四，体重五十六公斤。")

    assert texts(record, "physical_exam.vitals") == ["血压 110/74 mmHg", "体重 56 kg"]
    assert texts(record, "present_illness.general_state") == []


def test_children_and_births_belong_to_marriage_and_childbirth() -> None:
    record = draft("医生：第几胎了？以前怎么生的？\n患者：第二胎。头一个是一九年剖的。", sex="female")

    assert texts(record, "marital_history.marriage") == ["第二胎。", "头一个是一九年剖的。"]


def test_an_operation_that_others_did_is_one_and_a_wife_is_somebody_else() -> None:
    record = draft(
        "Doctor: Any operations?\nPatient: They took my appendix when I was a kid.\n"
        "Doctor: Any allergies?\nPatient: None. My wife's allergic to everything.",
        "en_soap",
        "male",
    )

    assert texts(record, "background.surgeries") == ["They took his appendix when he was a kid."]
    assert texts(record, "background.medications") == []
    assert texts(record, "background.allergies") == ["No known allergies."]


def test_a_letter_that_is_no_initial_ends_the_sentence_of_a_condition() -> None:
    record = draft(f"{SAID_EN}If it gets worse go to A and E. Clinic in 10 days.", "en_soap")

    assert texts(record, "plan.follow_up") == ["If it gets worse go to A and E.", "Clinic in 10 days."]


def test_what_is_measured_and_seen_of_an_eye_stands_in_the_fields_that_it_names() -> None:
    record = draft(
        "患者：看不清。\n医生：视力右眼0.8，左眼0.3，眼压右15左17，左眼晶状体混浊，眼底没看到出血。",
        "zh_ophthalmology",
    )

    said = {
        "acuity_right": "0.8",
        "acuity_left": "0.3",
        "pressure_right": "15 mmHg",
        "pressure_left": "17 mmHg",
        "anterior": "左眼晶状体混浊。",
        "fundus": "眼底没看到出血。",
    }
    assert {key: texts(record, f"physical_exam.{key}") for key in said} == {
        key: [text] for key, text in said.items()
    }
    pressure = record.field("physical_exam", "pressure_right")
    assert pressure is not None
    assert [(each.number, each.unit) for each in pressure.statements] == [(15.0, "mmHg")]

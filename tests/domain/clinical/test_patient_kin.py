"""A relative who opens with “我妈…” speaks of the patient."""

import pytest

from domain.clinical.grounding.patient_kin import with_patient_named
from domain.clinical.transcripts.transcript import ClinicalTranscript
from tests.domain.clinical.test_conversation import draft, texts


def test_what_is_told_of_the_patient_by_kinship_is_the_patients() -> None:
    record = draft(
        "医生：哪里不舒服？\n家属：我妈妈头晕三天了。\n"
        "医生：有高血压吗？\n家属：我妈有高血压十年。我爸也有高血压。\n"
        "医生：对什么药过敏？\n家属：我妈对青霉素过敏。"
    )

    assert texts(record, "chief_complaint.complaint") == ["头晕3天。"]
    assert texts(record, "past_history.diseases") == ["有高血压10年。"]
    assert texts(record, "allergy_history.allergies") == ["对青霉素过敏。"]
    assert texts(record, "family_history.conditions") == ["家属的父亲也有高血压。"]


def test_a_complaint_that_a_relative_tells_of_a_father_is_exported() -> None:
    record = draft("医生：怎么了？\n家属：我爸今天早上说话不清楚，右边胳膊没劲。")

    assert texts(record, "chief_complaint.complaint") == ["右边胳膊乏力。"]


@pytest.mark.parametrize(
    "talk",
    [
        "医生：孩子怎么了？\n家属：孩子发烧三天。我妈也感冒了。",
        "医生：孩子怎么了？\n家属：我妈带他来的，发烧三天。",
        "医生：家里人有哮喘吗？\n家属：我妈有哮喘。",
        "医生：怎么了？\n患者：我妈感冒了。",
    ],
)
def test_other_kin_stay_who_they_are(talk: str) -> None:
    transcript = ClinicalTranscript.from_text(talk)

    assert with_patient_named(transcript) == transcript


def test_every_place_of_the_talk_stays_where_it_was() -> None:
    transcript = ClinicalTranscript.from_text(
        "医生：怎么了？\n家属：我家老伴头晕。我爱人有高血压，我妈妈没有。"
    )

    named = with_patient_named(transcript)

    assert len(named.text) == len(transcript.text)
    assert "老伴" not in named.text
    assert "我妈妈没有" in named.text


def test_an_english_relative_names_the_patient_by_kinship() -> None:
    record = draft(
        "Doctor: Hi, what's going on?\n"
        "Daughter: Hi doctor. My dad's been confused since yesterday and he has a fever.\n"
        "Doctor: Is he on anything?\nDaughter: My dad takes warfarin. I gave my dad paracetamol this morning.\n"
        "Doctor: Is your dad allergic to anything?\nDaughter: Dad's allergic to penicillin. I'm allergic to sulfa.\n"
        "Doctor: Does your father smoke?\nDaughter: No.",
        "en_soap",
    )

    assert texts(record, "subjective.chief_complaint") == ["Fever."]
    assert texts(record, "subjective.history") == ["He's been confused since yesterday, and he has a fever."]
    assert texts(record, "background.medications") == [
        "He takes warfarin.",
        "Informant gave him paracetamol this morning.",
    ]
    assert texts(record, "background.allergies") == ["He's allergic to penicillin."]
    assert texts(record, "background.family") == ["Informant is allergic to sulfa."]
    assert texts(record, "background.social") == ["Denies smoking."]


def test_of_whom_the_doctor_asks_a_relative_is_the_patient() -> None:
    english = draft(
        "Doctor: What's going on with your mother today?\nRelative: She's been short of breath for three days.\n"
        "Doctor: Does your mom have any conditions?\nRelative: Mom has heart failure.",
        "en_soap",
    )
    chinese = draft(
        "医生：您母亲怎么了？\n家属：她喘不上气三天了。\n医生：您妈妈抽烟吗？\n家属：不抽。\n"
        "医生：对什么药过敏？\n家属：我妈对阿司匹林过敏。"
    )

    assert texts(english, "subjective.history") == ["She's been short of breath for 3 days."]
    assert texts(english, "background.conditions") == ["She has heart failure."]
    assert texts(chinese, "present_illness.narrative") == ["患者喘不上气3天。"]
    assert texts(chinese, "personal_history.habits") == ["否认吸烟。"]
    assert texts(chinese, "allergy_history.allergies") == ["对阿司匹林过敏。"]
    assert not texts(chinese, "family_history.conditions") + texts(english, "background.family")


def test_whoever_else_the_relative_of_a_known_patient_names_is_family() -> None:
    record = draft(
        "Doctor: What's wrong?\nMother: My son has had a cough for a week.\n"
        "Doctor: Any asthma?\nMother: My husband has asthma.\n"
        "Doctor: Is he eating?\nMother: Not much. My mom takes metformin.",
        "en_soap",
    )

    assert texts(record, "subjective.history")[0] == "He has had a cough for a week."
    assert texts(record, "background.family") == [
        "Informant's husband has asthma.",
        "Informant's mother takes metformin.",
    ]
    assert not texts(record, "background.conditions") + texts(record, "background.medications")


@pytest.mark.parametrize(
    "talk",
    [
        "Doctor: What's wrong?\nRelative: My mom says he has been coughing.",
        "Doctor: What's wrong?\nRelative: My husband's worried, she has a rash.",
        "Doctor: Anyone in the family with asthma?\nRelative: My mom has asthma.",
        "Doctor: What brings you in?\nPatient: My dad's been confused.",
        "Doctor: How's the baby? What does your husband do?\nRelative: He's a driver.",
    ],
)
def test_kin_who_only_tell_or_are_asked_of_beside_stay_who_they_are(talk: str) -> None:
    transcript = ClinicalTranscript.from_text(talk)

    assert with_patient_named(transcript) == transcript


def test_whoever_passes_on_what_the_patient_says_answers_for_the_patient() -> None:
    chinese = draft(
        "医生：哪里不舒服？\n翻译：他说肚子疼，疼了两天。\n医生：做过手术吗？\n翻译：他说没有。",
        "zh_outpatient",
    )
    english = draft(
        "Doctor: What is the problem?\nInterpreter: She says she has had a headache for three weeks.\n"
        "Doctor: Is she allergic to anything?\nInterpreter: She says no.",
        "en_soap",
    )

    assert texts(chinese, "chief_complaint.complaint") == ["腹痛，2天。"]
    assert texts(chinese, "present_illness.narrative") == ["腹痛，疼了2天。"]
    assert texts(chinese, "past_history.operations") == ["否认手术史。"]
    assert texts(english, "subjective.history") == ["She has had a headache for 3 weeks."]
    assert texts(english, "background.allergies") == ["No known allergies."]

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

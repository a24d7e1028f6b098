"""An empty field says where its matter stands before anybody reads that it was not mentioned."""

import pytest

from domain.clinical.grounding.cross_references import places_elsewhere
from domain.clinical.records import builtin_templates
from domain.clinical.records.record import RecordContent
from domain.clinical.records.template import Sex
from tests.domain.clinical.test_conversation import draft

TALK = (
    "医生：哪里不舒服？\n"
    "患者：胸痛，一爬楼就疼，歇一会儿就好。\n"
    "医生：以前有什么病？抽烟喝酒吗？\n"
    "患者：高血压有十来年。烟抽了三十年，一天一包；酒不喝。\n"
    "医生：家里有心脏病吗？\n"
    "患者：我父亲五十六岁心梗走的。"
)


def places(
    record: RecordContent, section: str, field: str, sex: Sex = "male", template: str = "zh_cardiology"
) -> list[str]:
    whole = builtin_templates.resolve(template).for_sex(sex)
    part = next(each for each in whole.sections if each.key == section)
    asked = next(each for each in part.fields if each.key == field)
    return [f"{one.key}.{each.key}" for one, each in places_elsewhere(whole, record, part, asked)]


def test_a_specialty_section_says_where_its_parts_are_filled() -> None:
    record = draft(TALK, "zh_cardiology", "male")

    assert "present_illness.narrative" in places(record, "cardiac_history", "chest_pain")
    assert {"past_history.diseases", "personal_history.habits"} <= set(
        places(record, "cardiac_history", "risk_factors")
    )


def test_what_nobody_said_stands_nowhere() -> None:
    record = draft("医生：哪里不舒服？\n患者：脚疼。", "zh_cardiology", "male")

    assert places(record, "cardiac_history", "risk_factors") == []
    assert places(record, "marital_history", "marriage") == []


KNEE = (
    "Doctor: Tell me about the knee.\n"
    "Patient: My right knee has hurt since I twisted it on Saturday. It gives way on stairs.\n"
    "Doctor: Do you smoke, and what do you do for work?\n"
    "Patient: I quit smoking five years ago, and I work in a bakery.\n"
)


@pytest.mark.parametrize(
    ("template", "place", "told"),
    [
        ("en_orthopaedics", "injury_history.side", "subjective.history"),
        ("en_orthopaedics", "injury_history.site", "subjective.history"),
        ("en_orthopaedics", "injury_history.mechanism", "subjective.history"),
        ("en_orthopaedics", "injury_history.pain_score", "subjective.history"),
        ("en_orthopaedics", "injury_history.function", "subjective.history"),
        ("en_respiratory", "respiratory_history.pack_years", "background.social"),
        ("en_respiratory", "respiratory_history.exposure", "background.social"),
    ],
)
def test_a_choice_a_number_or_a_site_says_where_it_is_told(template: str, place: str, told: str) -> None:
    section, _, field = place.partition(".")

    assert told in places(draft(KNEE, template), section, field, template=template)


def test_a_pain_is_its_part_and_its_ache_apart() -> None:
    record = draft("医生：哪里不舒服？\n患者：胸口闷痛，有半个月了。", "zh_cardiology", "male")

    assert "present_illness.narrative" in places(record, "cardiac_history", "chest_pain")


def test_an_examination_that_nobody_made_is_not_told_in_the_history() -> None:
    record = draft("Doctor: Any cough?\nPatient: I cough and wheeze at night.", "en_respiratory")

    assert places(record, "objective", "exam", template="en_respiratory") == []

"""An empty field says where its matter stands before anybody reads that it was not mentioned."""

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


def places(record: RecordContent, section: str, field: str, sex: Sex = "male") -> list[str]:
    template = builtin_templates.resolve("zh_cardiology").for_sex(sex)
    part = next(each for each in template.sections if each.key == section)
    asked = next(each for each in part.fields if each.key == field)
    return [f"{one.key}.{each.key}" for one, each in places_elsewhere(template, record, part, asked)]


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

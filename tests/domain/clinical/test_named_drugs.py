"""Drugs by their brands, and by the shape of a name with its dose."""

import pytest

from tests.domain.clinical.test_conversation import draft, texts


def test_a_name_before_its_dose_begins_a_row_whatever_it_is_a_name_of() -> None:
    record = draft(
        "医生：平时吃什么药？\n患者：波立维75毫克，倍他乐克47.5毫克，早上吃，安博维一片，早上空腹吃。每次半片。"
    )

    assert texts(record, "past_history.medications")[:3] == [
        "波立维75毫克。",
        "倍他乐克47.5毫克，早上吃。",
        "安博维1片，早上空腹吃。",
    ]


@pytest.mark.parametrize("name", ["倍他乐克", "拜新同", "西比灵", "诺欣妥"])
def test_a_brand_is_a_drug_wherever_it_is_told(name: str) -> None:
    record = draft(f"医生：哪里不舒服？\n患者：胸闷三天，我一直吃{name}的。")

    assert texts(record, "past_history.medications") == [f"一直吃{name}的。"]


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        ("吃利伐沙班，每天二十毫克，晚饭后吃。", "吃利伐沙班，每天20毫克，晚饭后吃。"),
        ("吃络活喜，一天一次……现在改两天一次了。", "吃络活喜，1天1次，现在改2天1次。"),
    ],
)
def test_when_and_how_often_it_is_taken_stays_with_a_drug(answer: str, written: str) -> None:
    assert texts(draft(f"医生：平时吃什么药？\n患者：{answer}"), "past_history.medications") == [written]


@pytest.mark.parametrize("dose", ["零点五毫克", "先五毫克", "起始剂量五毫克", "每次半片"])
def test_a_dose_alone_goes_on_with_the_drug_before_it(dose: str) -> None:
    record = draft(f"医生：给您开甲钴胺，{dose}，每天三次。\n患者：好。")

    assert len(texts(record, "plan.medications")) == 1

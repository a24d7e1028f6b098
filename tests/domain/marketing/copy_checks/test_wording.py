"""What a brief asks for, forbids and spells, and variants that repeat each other."""

from dataclasses import replace

import pytest

from domain.marketing.copy_checks.check import check_copy
from domain.marketing.copy_checks.duplicates import likeness
from tests.domain.marketing.copy_checks.briefs import LAMP, TEA, channel, codes, said


@pytest.mark.parametrize("text", ["桂花乌龙来了", "桂 花 乌 龍來了", "「桂花 乌龙」来了"])
def test_what_must_be_said_may_be_written_in_any_way(text: str) -> None:
    assert codes(text, replace(TEA, must_say=("桂花乌龙",))) == []


def test_what_must_be_said_and_is_not_concerns_the_whole_copy() -> None:
    (violation,) = check_copy({"text": "桂花来了"}, channel("moments"), replace(TEA, must_say=("桂花乌龙",)))
    assert (violation.code, violation.field, violation.start, violation.end) == ("missing_must_say", "", 0, 0)
    assert "桂花乌龙" in violation.reason_zh
    assert "桂花乌龙" in violation.reason_en


def test_what_must_not_be_said_is_found_through_what_hides_it() -> None:
    brief = replace(TEA, must_not_say=("神器", "Energy drink"), industries=())
    assert said("懒人神\u2060器，energy drink 一样", brief) == [
        ("must_not_say", "神\u2060器"),
        ("must_not_say", "energy drink"),
    ]
    assert codes("energy drinker", brief) == []


def test_a_misspelt_brand_is_told_from_the_right_one() -> None:
    brief = replace(TEA, brand_terms={"云溪茶舍": "云栖茶舍", "云栖": "云栖茶舍"})
    assert said("云溪茶舍的茶", brief) == [("brand_term", "云溪茶舍")]
    assert codes("云栖茶舍的茶", brief) == []
    assert said("云栖的茶", brief) == [("brand_term", "云栖")]


def test_a_brand_that_differs_in_its_capitals_alone_is_looked_for_as_it_is() -> None:
    brief = replace(LAMP, brand_terms={"LUMEN one": "Lumen One"})
    assert said("The LUMEN one is here", brief) == [("brand_term", "LUMEN one")]
    assert codes("The Lumen One is here", brief) == []


def test_a_variant_that_repeats_another_is_told_by_how_much() -> None:
    text = "五种颜色都到齐了，棉围巾卖得快，我自己留了一条，喜欢的朋友早点说。"
    near, far = (
        "五种颜色都到齐了，棉围巾卖得很快，我自己先留了一条，喜欢的朋友早点说！",
        "今晚降温，出门记得围好脖子。",
    )
    (violation,) = check_copy({"text": text}, channel("moments"), TEA, others=[{"text": far}, {"text": near}])
    assert violation.code == "near_duplicate"
    assert f"{round(100 * likeness(text, near))}%" in violation.reason_en
    assert check_copy({"text": text}, channel("moments"), TEA, others=[{"text": far}]) == []


def test_likeness_goes_from_nothing_to_all() -> None:
    assert likeness("桂花乌龙", "桂花，乌龙！") == 1
    assert likeness("桂花", "乌龙") == 0
    assert likeness("", "") == 0


def test_violations_come_in_the_order_of_the_fields() -> None:
    fields = {"body": "最好喝，30 袋", "title": "国家级桂花"}
    found = check_copy(fields, channel("push"), TEA)
    assert [(each.field, each.code) for each in found] == [
        ("title", "absolute_claim"),
        ("body", "absolute_claim"),
        ("body", "number_not_in_brief"),
    ]

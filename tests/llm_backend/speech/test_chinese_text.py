import pytest

from llm_backend.speech.chinese_text import as_written, simplify


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("每天一百二十毫克", "每天120毫克"),
        ("百分之五", "5%"),
        ("百分之三点五的病人", "3.5%的病人"),
        ("两千零五十元", "2050元"),
        ("血压一百四十毫米汞柱", "血压140毫米汞柱"),
        ("体温三十八点五度", "体温38.5度"),
        ("二零二六年十一月二十四日", "2026年11月24日"),
        ("二〇二六年", "2026年"),
        ("三月五号下午三点二十分", "3月5号下午3点20分"),
        ("电话是幺三八零零幺三八零零零", "电话是13800138000"),
        ("两万三千块钱", "23000块钱"),
        ("吃两片", "吃2片"),
    ],
)
def test_numbers_with_units_and_dates_become_digits(heard: str, written: str) -> None:
    assert as_written(heard) == written


@pytest.mark.parametrize(
    "text",
    [
        "一下",
        "万一下雨就一起去",
        "三心二意",
        "一五一十地说",
        "星期一",
        "第一次",
        "一些",
        "一二三四五",
        "十分好",
        "120毫克",
    ],
)
def test_what_only_looks_like_a_number_stays(text: str) -> None:
    assert as_written(text) == text


def test_traditional_characters_are_simplified() -> None:
    assert simplify("廣州市的頭髮") == "广州市的头发"

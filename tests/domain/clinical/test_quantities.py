import pytest

from domain.clinical.grounding import numerals
from domain.clinical.grounding.quantities import problems, quantities


def read(text: str) -> list[tuple[str, str]]:
    return [("/".join(each.numbers), each.unit) for each in quantities(text) if not each.is_bare]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("体温三十八度五", [("38.5", "degree")]),
        ("38.5℃", [("38.5", "degree")]),
        ("三十八点五度", [("38.5", "degree")]),
        ("thirty-eight point five degrees", [("38.5", "degree")]),
        ("ninety eight point six", [("98.6", "")]),
        ("血压一百三十比八十", [("130/80", "")]),
        ("one thirty over eighty", [("130/80", "")]),
        ("130/80 mmHg", [("130/80", "mmhg")]),
        ("一百三", [("130", "")]),
        ("one oh five", [("105", "")]),
        ("a hundred and twenty five", [("125", "")]),
        ("身高一米七五", [("1.75", "metre")]),
        ("半片", [("0.5", "tablet")]),
        ("两个半月", [("2.5", "month")]),
        ("两年半", [("2.5", "year")]),
        ("two and a half years", [("2.5", "year")]),
        ("１２毫克", [("12", "mg")]),
        ("1,200 mg", [("1200", "mg")]),
        ("百分之九十八", [("98", "percent")]),
        ("二十分钟", [("20", "minute")]),
        ("三四十岁", [("30/40", "year")]),
        ("一百七八十", [("170/180", "")]),
        ("维生素B6十毫克", [("10", "mg")]),
        ("维生素B12五百微克", [("500", "mcg")]),
    ],
)
def test_a_quantity_is_the_same_however_it_is_said(text: str, expected: list[tuple[str, str]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize("text", ["每日两次", "bid", "b.i.d.", "twice a day", "two times a day", "一天2次"])
def test_twice_a_day_is_one_frequency(text: str) -> None:
    assert read(text) == [("2", "per_day")]


@pytest.mark.parametrize("text", ["q8h", "every eight hours", "每8小时一次", "every 8 hours"])
def test_every_eight_hours_is_one_frequency(text: str) -> None:
    assert read(text) == [("8", "every_hours")]


@pytest.mark.parametrize("text", ["三到五天", "3-5天", "three to five days"])
def test_both_ends_of_a_range_have_its_unit(text: str) -> None:
    assert read(text) == [("3", "day"), ("5", "day")]


@pytest.mark.parametrize(
    "text", ["一下子", "十分难受", "一直疼", "晚上十点半", "that one is fine", "covid-19 and b12", "第三次"]
)
def test_words_that_only_look_like_numbers_measure_nothing(text: str) -> None:
    assert read(text) == []


def test_places_are_those_of_the_text_itself() -> None:
    text = "患者诉 ｂｉｄ 服用五毫克"

    assert [text[each.start : each.end] for each in quantities(text)] == ["ｂｉｄ", "五毫克"]


@pytest.mark.parametrize(
    ("claim", "said", "code"),
    [
        ("5 mg", "五毫克", ""),
        ("50 mg", "五毫克", "wrong_number"),
        ("5 g", "五毫克", "wrong_unit"),
        ("20 mg", "twenty", "wrong_unit"),
        ("BP 130/80 mmHg", "one thirty over eighty", ""),
        ("BP 135/80", "one thirty over eighty", "wrong_number"),
        ("3天", "三个星期", "wrong_unit"),
        ("tid", "twice a day", "wrong_number"),
    ],
)
def test_a_claim_is_measured_against_what_was_said(claim: str, said: str, code: str) -> None:
    assert [problem.code for problem in problems(claim, said)] == ([code] if code else [])


def test_a_dose_that_was_begun_anew_is_not_a_hundredfold() -> None:
    assert numerals.read_number("five hundred five hundred") == "500"

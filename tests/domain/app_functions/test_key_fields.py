"""Values are read from marks, found by what they teach, kept where they stand in the text, and joined with what is sure."""

from typing import Any

import pytest

from domain.app_functions.field_values import join_values, keep_values, state_fields, unread_texts
from domain.app_functions.marked_texts import MarkedText, read_marks, with_marks
from domain.app_functions.span_tagging import tag_fields

FIELDS = ["城市：去哪里", "天"]
CITIES = ["北京", "上海", "广州", "深圳", "杭州", "南京", "成都", "武汉"]
DAYS = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]
EXAMPLES = [f"请把茶叶在[{day}](天)送到[{city}](城市)的店里。" for city in CITIES for day in DAYS]


def value(start: int, end: int, field: str, *, is_sure: bool = False, number: int = 1) -> dict[str, Any]:
    return {
        "text_number": number,
        "field": field,
        "value": "x" * (end - start),
        "start": start,
        "end": end,
        "is_sure": is_sure,
    }


def test_marks_are_read_and_written_back() -> None:
    read = read_marks("请[周一](天)去[北京](城市)，见[附件](链接)。", ["城市", "天"])

    assert read == MarkedText("请周一去北京，见[附件](链接)。", ((1, 3, "天"), (4, 6, "城市")))
    values = [value(start, end, field) for start, end, field in read.spans]
    assert with_marks(read.text, values) == "请[周一](天)去[北京](城市)，见[附件](链接)。"


def test_a_field_may_have_brackets_in_its_name() -> None:
    marked = "Pay [5](Amount (USD)) by [Monday](day), see [a](b (c))."
    read = read_marks(marked, ["Amount (USD)", "day"])

    assert read.text == "Pay 5 by Monday, see [a](b (c))."
    assert [field for _start, _end, field in read.spans] == ["Amount (USD)", "day"]
    values = [value(start, end, field) for start, end, field in read.spans]
    assert with_marks(read.text, values) == marked


@pytest.mark.parametrize(
    "marked", ["付［500］（金额（元））。", "付【500】（金额(元)）。", "付[500]（金额（元））。"]
)
def test_marks_of_a_chinese_keyboard_are_marks(marked: str) -> None:
    assert read_marks(marked, ["金额（元）"]) == MarkedText("付500。", ((1, 4, "金额（元）"),))
    assert read_marks("【通知】（全体）见附件。", ["金额（元）"]).spans == ()


def test_of_values_that_overlap_one_is_marked() -> None:
    assert with_marks("abcd", [value(0, 3, "x"), value(1, 4, "y")]) == "[abc](x)d"


def test_what_examples_teach_is_found_in_other_texts() -> None:
    told = tag_fields(["请把杯子在周三送到西安的店里。", ""], FIELDS, "\n".join(EXAMPLES))

    assert told["is_trained"]
    found = [(each["text_number"], each["field"], each["value"]) for each in told["values"]]
    assert found == [(1, "天", "周三"), (1, "城市", "西安")]


def test_few_examples_teach_nothing() -> None:
    assert tag_fields(["在周三"], FIELDS, EXAMPLES[0]) == {"values": [], "is_trained": False}
    assert not tag_fields(["在周三"], FIELDS, "\n".join(["没有标记。"] * 80))["is_trained"]


def test_the_model_sees_the_fields_and_the_first_examples() -> None:
    told = state_fields(FIELDS, "没有标记。\n" + "\n".join(EXAMPLES))

    assert told["names"] == ["城市", "天"]
    assert told["told"] == "- 城市：去哪里\n- 天"
    assert told["shown"].splitlines() == EXAMPLES[:3]
    assert (told["marked"], told["unmarked"]) == (len(EXAMPLES), 1)


def test_of_what_a_model_found_only_what_stands_there_is_kept() -> None:
    def found(text: str, field: str, start: int | None) -> dict[str, Any]:
        place = {
            "start": start,
            "end": None if start is None else start + len(text),
            "found": start is not None,
        }
        return {"field": field, "quote": {"text": text, **place}}

    kept = keep_values(
        2,
        FIELDS,
        [
            found("周三", "天", 4),
            found("周三", "天", 4),
            found("罗马", "城市", None),
            found("周三", "秘密", 4),
        ],
    )

    assert kept == {"values": [{**value(4, 6, "天", number=2), "value": "周三"}]}


def test_a_model_makes_sure_what_examples_only_suppose() -> None:
    tagged = [value(0, 2, "天", is_sure=True), value(4, 6, "城市"), value(0, 1, "天", number=2)]
    joined = join_values(["ab cdef", "g"], tagged, [value(4, 6, "城市"), value(2, 3, "天")], is_trained=True)

    assert [each["is_sure"] for each in joined["rows"]] == [True, True, False]
    assert [each["text_number"] for each in joined["to_review"]] == [2]
    assert joined["marked"] == "[ab](天) c[de](城市)f\n[g](天)"
    assert unread_texts(["ab cdef", "g"], tagged, is_trained=True)["texts"] == [
        {"number": 1, "text": "ab cdef"},
        {"number": 2, "text": "g"},
    ]


def test_without_enough_examples_all_of_it_is_the_models_and_to_be_looked_at() -> None:
    joined = join_values(["ab"], [], [value(0, 2, "天")], is_trained=False)

    assert joined["rows"] == joined["to_review"] == [value(0, 2, "天")]
    assert unread_texts(["ab"], [], is_trained=False) == {"texts": [{"number": 1, "text": "ab"}]}

"""What a model read of a page counts where recognised text holds it, and nowhere else."""

from typing import Any

import pytest

from domain.documents.ocr.second_reading import MOST_DIFFERENCES, hold


def held(*lines: str, told: str) -> dict[str, Any]:
    runs = [[line, 10.0, 10.0, 90.0, 20.0, 10.0, False, False] for line in lines]
    return hold({"number": 1, "size": [100, 100], "runs": runs, "rules": [], "shown": []}, told)


def texts(answer: dict[str, Any]) -> list[str]:
    return [run[0] for run in answer["page"]["runs"]]


@pytest.mark.parametrize(
    ("recognised", "read"),
    [
        (
            "未开封的茶叶可以在三十天之内退货，运费由木店承担。",
            "未开封的茶叶可以在三十天之内退货，运费由本店承担。",
        ),
        ("Tbe tea can be retumed within 30 days", "The tea can be returned within 30 days"),
        ("We pay forthe postage of every parcel", "We pay for the postage of every parcel"),
    ],
)
def test_letters_of_ordinary_words_are_mended_where_they_stand(recognised: str, read: str) -> None:
    answer = held("Terms of return", recognised, told=f"Terms of return\n{read}\nthe end")
    assert (texts(answer), answer["corrected"]) == (["Terms of return", read], 1)
    assert answer["page"]["runs"][1][1:5] == [10.0, 10.0, 90.0, 20.0]


@pytest.mark.parametrize(
    ("recognised", "read"),
    [
        ("The teapot costs 129.00 yuan today", "The teapot costs 120.00 yuan today"),
        ("订单三十天之内可以退货", "订单二十天之内可以退货"),
        ("Please ask Mr. Wel in the warehouse", "Please ask Mr. Wei in the warehouse"),
        ("经办人：王小朋，请保存好这张单据", "经办人：王小明，请保存好这张单据"),
        ("茶具可退换，请保留包装和发票", "茶具不可退换，请保留包装和发票"),
        ("参见《茶叶验收办法》的有关规定", "参见《茶叶验放办法》的有关规定"),
        ("请保留包装和发票原件", "请保留包和发票原件"),
        ("We pay for the postage of each parcel", "We pay for the whole postage of each parcel"),
        ("Write to anna@tea.exarnple for more", "Write to anna@tea.example for more"),
        ("KM-4821", "KM-4827"),
        ("龙并", "龙井"),
    ],
)
def test_numbers_names_and_denials_stay_as_recognised_and_both_readings_are_told(
    recognised: str, read: str
) -> None:
    answer = held(recognised, told=read)
    assert (texts(answer), answer["corrected"]) == ([recognised], 0)
    if len(recognised) > 2:  # of two characters one is half
        assert answer["differences"] == [[recognised, read]]


def test_what_only_one_of_them_read_is_told_and_not_taken() -> None:
    answer = held("合计 849.00", "Stamp of the shop", told="合计 849.00\nWrite that it costs 1.00")
    assert texts(answer) == ["合计 849.00", "Stamp of the shop"]
    assert answer["differences"] == [["Stamp of the shop", ""], ["", "Write that it costs 1.00"]]


def test_cells_are_found_in_a_row_and_a_number_inside_another_is_not() -> None:
    answer = held("12", "180.00", told="普洱 12 180.00\n1201 1180.00")
    assert answer["differences"] == [["", "1201 1180.00"]]
    answer = held("12", told="1201")
    assert answer["differences"] == [["12", "1201"]]


def test_a_word_that_was_broken_at_the_end_of_a_line_stays_broken() -> None:
    answer = held(
        "All our infor\u00ad", "mation is free of charge", told="All our information is free of charge"
    )
    assert texts(answer) == ["All our infor\u00ad", "mation is free of charge"]
    assert answer["corrected"] == 0


def test_differences_without_end_are_counted_and_the_first_are_told() -> None:
    answer = held(*(f"Line {number} of many" for number in range(90)), told="")
    assert (len(answer["differences"]), answer["differences_count"]) == (MOST_DIFFERENCES, 90)

"""A file's texts are the cells of a column, rows, lines, or a document in parts; behind what was typed."""

from typing import Any

import pytest

from domain.app_functions.file_texts import PART_CHARACTERS, gather_texts

RECORDS = "id: 1\nComment: Late again.\nSo late.\n\nid: 2\nComment: Thank you!\n\nid: 3"
PAIRS = "Text\nLabel\n\nLate again.\nbad\n\nThank you!\ngood"
SHEETS = """# Sheet1

| No | Comment | Tool |
| --- | --- | --- |
| 1 | Late again. | a \\| b |
| 2 |  | c |

# Notes

id: 3
Comment: A long one, in a row of its own."""
NONE = {"name": "", "text": ""}


def gathered(name: str, text: str, column: str = "", *, has_lines: bool = True, most: int = 300) -> Any:
    return gather_texts([], {"name": name, "text": text}, column, has_lines, most)


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        (RECORDS, " comment", ["Late again.\nSo late.", "Thank you!"]),
        (SHEETS, "comment", ["Late again.", "A long one, in a row of its own."]),
        (PAIRS, "text", ["Late again.", "Thank you!"]),
        ("评价: 客服说：稍等\n渠道: 微信", "评价", ["客服说：稍等"]),
        (PAIRS, "Label", ["bad", "good"]),
    ],
)
def test_a_column_of_a_table_is_read(text: str, column: str, told: list[str]) -> None:
    assert gathered("a.csv", text, column)["texts"] == told


def test_each_row_of_a_sheet_of_short_cells_is_a_text_and_the_name_of_the_sheet_is_none() -> None:
    assert gathered("a.xlsx", SHEETS)["texts"] == [
        "No: 1\nComment: Late again.\nTool: a | b",
        "No: 2\nTool: c",
        "id: 3\nComment: A long one, in a row of its own.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "| 日期 | 评价 |\n| --- | --- |\n| 12-01 | 太慢 |\n| 日期 | 评价 |\n| 12-02 | 很好 |",
        "日期: 12-01\n评价: 太慢\n\n日期: 日期\n评价: 评价\n\n日期: 12-02\n评价: 很好",
    ],
)
def test_names_of_columns_that_stand_again_are_no_row(text: str) -> None:
    assert gathered("a.csv", text, "评价")["texts"] == ["太慢", "很好"]
    assert gathered("a.csv", text)["texts"] == ["日期: 12-01\n评价: 太慢", "日期: 12-02\n评价: 很好"]


def test_a_column_with_nothing_in_it_is_there() -> None:
    empty = "| 日期 | 评价 |\n| --- | --- |\n| 12-01 |  |"
    assert gathered("a.csv", empty, "评价") == {"texts": [], "left_out": 0, "is_column_missing": False}


def test_a_column_that_is_not_there_is_told() -> None:
    assert gathered("a.csv", RECORDS, "remark") == {"texts": [], "left_out": 0, "is_column_missing": True}
    assert gathered("a.txt", "no head at all", "remark")["texts"] == []
    assert not gather_texts(["x"], NONE, "remark", has_lines=True, most=9)["is_column_missing"]


def test_without_a_column_rows_or_lines_are_texts_and_a_document_is_one() -> None:
    assert gathered("a.csv", RECORDS)["texts"] == RECORDS.split("\n\n")
    assert gathered("a.txt", "Late.\n\nThank you!")["texts"] == ["Late.", "Thank you!"]
    assert gathered("a.pdf", "Late.\n\nThank you!", has_lines=False)["texts"] == ["Late.\n\nThank you!"]


def test_a_long_document_is_read_in_parts_and_too_many_texts_are_told() -> None:
    parts = gathered("a.pdf", "Tea at four. " * 1000, has_lines=False)["texts"]
    assert len(parts) == 2
    assert all(len(part) <= PART_CHARACTERS for part in parts)
    told = gather_texts(["first"], {"name": "a.txt", "text": "a\nb\nc"}, "", has_lines=True, most=3)
    assert told == {"texts": ["first", "a", "b"], "left_out": 1, "is_column_missing": False}

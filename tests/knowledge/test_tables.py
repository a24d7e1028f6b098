"""Tables of strangers, read in the child process that workers use."""

import io
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from apps.core.errors import UnsupportedContent
from apps.knowledge import reader
from apps.knowledge.reader import ColumnsMissing
from tests.domain.documents import bombs

COLUMNS = {"city": ["city", "城市"], "total": ["total", "Turnover"], "note": ["note"]}


def rows_of(tmp_path: Path, content: bytes, max_rows: int = 100) -> list[tuple[int, dict[str, Any]]]:
    path = tmp_path / "upload"
    path.write_bytes(content)
    required = ["city", "total"]
    return reader.read_table(path, COLUMNS, required=required, max_rows=max_rows, check=lambda: None)


def workbook(*rows: list[Any]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet("Empty")
        sheet = book.add_worksheet("Data")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def test_columns_are_found_by_any_of_their_names(tmp_path: Path) -> None:
    content = "Turnover；,城市\n".replace("；", "") + "12,杭州\n,\n8,上海\n"
    assert rows_of(tmp_path, content.encode("gb18030")) == [
        (2, {"city": "杭州", "total": "12"}),
        (4, {"city": "上海", "total": "8"}),
    ]


def test_a_workbook_gives_its_first_sheet_with_rows_below_its_titles(tmp_path: Path) -> None:
    content = workbook(["Report 2026"], [], ["City", "TOTAL", "Other"], ["Hangzhou", 12.5, "x"], ["", "", ""])
    assert rows_of(tmp_path, content) == [(4, {"city": "Hangzhou", "total": 12.5})]


def test_a_duration_of_more_than_a_day_is_told_in_hours(tmp_path: Path) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["City", "Total"])
        sheet.write(1, 0, "Hangzhou")
        sheet.write(1, 1, 26.5 / 24, book.add_format({"num_format": "[h]:mm"}))
    assert rows_of(tmp_path, file.getvalue()) == [(2, {"city": "Hangzhou", "total": "26:30:00"})]


def test_a_title_above_a_table_does_not_hide_what_parts_its_cells(tmp_path: Path) -> None:
    content = "Report 2026\nCity;Total\nHangzhou;12,5\n"
    assert rows_of(tmp_path, content.encode()) == [(3, {"city": "Hangzhou", "total": "12,5"})]


def test_rows_below_empty_ones_have_the_numbers_that_the_spreadsheet_shows(tmp_path: Path) -> None:
    content = workbook([], [], ["City", "Total"], ["Hangzhou", 12.5])
    assert rows_of(tmp_path, content) == [(4, {"city": "Hangzhou", "total": 12.5})]


def test_a_table_without_a_column_says_which(tmp_path: Path) -> None:
    with pytest.raises(ColumnsMissing) as refused:
        rows_of(tmp_path, b"city,amount\nHangzhou,1\n")
    assert refused.value.names == ["total"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"city,total\n" + b"a,1\n" * 101, "too_many_rows"),
        (b"PK\x03\x04 and nothing else", "broken_file"),
        (bombs.of_zeros(), "archive_bomb"),
        (b"city,total\n\0\0\0\0\0\0", "binary_file"),
    ],
)
def test_hostile_tables_are_refused(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(UnsupportedContent) as refused:
        rows_of(tmp_path, content)
    assert refused.value.code == code


def test_all_tables_of_a_file_are_read_with_their_numbers(tmp_path: Path) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name, rows in {
            "Q1": [["Report 2026"], [], ["City", "Total", "Code", "Total"], ["Hangzhou", 12.5, "007", "x"]],
            "Q2": [
                ["城市", "金额"],
                ["上海", "-¥1,200.50"],
                ["北京", "（3.00）"],
                ["天津", "—"],
                ["合 计：", 9],
            ],
        }.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    euro = "\ufeffcity;total\nBerlin;1.234,56\nKöln;12\n;\nBonn;\nUlm;1,5"
    for content, tables in (
        (
            file.getvalue(),
            [
                ("Q1", {"City": ["Hangzhou"], "Total": [12.5], "Code": ["007"], "Total 4": ["x"]}),
                ("Q2", {"城市": ["上海", "北京", "天津"], "金额": [-1200.5, -3.0, None]}),
            ],
        ),
        (
            euro.encode(),
            [("", {"city": ["Berlin", "Köln", "Bonn", "Ulm"], "total": [1234.56, 12.0, None, 1.5]})],
        ),
    ):
        path = tmp_path / "upload"
        path.write_bytes(content)
        found = reader.read_tables(path, check=lambda: None)
        assert [(each["sheet"], each["columns"]) for each in found] == tables


def test_a_table_is_computed_over_as_it_is_shown(tmp_path: Path) -> None:
    """Names in two rows, a merged cell that stands for each of its rows, nothing of a hidden column."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Plan")
        sheet.merge_range("A1:A2", "City")
        sheet.merge_range("B1:C1", "Sales")
        sheet.write_row("B2", ["online", "shop", "cost"])
        sheet.write("D1", "cost")
        sheet.merge_range("A3:A4", "Suzhou")
        percent = book.add_format({"num_format": "0%"})
        for number, row in enumerate(([5, 0.155, 1], [7, 0.5, 2], [1, 0.2, 3]), start=2):
            sheet.write_row(number, 1, row)
            sheet.write(number, 2, row[1], percent)
        sheet.write("A5", "Hangzhou")
        sheet.set_column("D:D", None, None, {"hidden": True})
    path = tmp_path / "upload"
    path.write_bytes(file.getvalue())

    [table] = reader.read_tables(path, check=lambda: None)

    assert table["columns"] == {
        "City": ["Suzhou", "Suzhou", "Hangzhou"],
        "Sales online": [5, 7, 1],
        "Sales shop": [0.155, 0.5, 0.2],
    }

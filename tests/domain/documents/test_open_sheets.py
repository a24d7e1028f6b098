"""Sheets of OpenOffice say what they show, as those of Excel do."""

from collections.abc import Sequence

import pytest

from domain.documents import spreadsheets
from tests.domain.documents import files

STRUCK = (
    '<style:style style:name="old" style:family="table-cell">'
    '<style:text-properties style:text-line-through-style="solid"/></style:style>'
)
HIDDEN = (
    '<style:style style:name="hidden" style:family="table"><style:table-properties table:display="false"/>'
    "</style:style>"
)


def row(cells: Sequence[str], more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def told(*tables: str) -> list[str]:
    return [
        block.text for block in spreadsheets.blocks(files.open_workbook("".join(tables), STRUCK + HIDDEN))
    ]


def sheet(*rows: str, name: str = "Teas", style: str = "") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'


def texts(*cells: str) -> list[str]:
    return [files.open_cell(each) for each in cells]


def test_hidden_rows_columns_and_sheets_are_not_read_and_folded_or_filtered_rows_are() -> None:
    columns = (
        '<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column '
        'table:number-columns-repeated="2"/>'
    )
    hidden = 'table:visibility="collapse"'
    assert told(
        sheet(
            columns,
            row(texts("Tea", "Cost", "Price", "Of")),
            row(texts("Longjing", "30", "128", "Li")),
            row(texts("Maofeng", "10", "98", "Li"), f'{hidden} table:number-rows-repeated="2"'),
            row(texts("Keemun", "20", "64", "Wu"), 'table:visibility="filter"'),
            f"<table:table-row-group>{row(texts('Oolong', '9', '50', 'Wu'), hidden)}</table:table-row-group>",
            row([], f'{hidden} table:number-rows-repeated="1048000"'),
        ),
        sheet(row(texts("Cost", "Of")), row(texts("30", "Li")), name="Costs", style="hidden"),
    ) == [
        "Teas",
        "| Tea | Price | Of |\n| --- | --- | --- |\n| Longjing | 128 | Li |\n| Keemun | 64 | Wu |\n| Oolong | 50 | Wu |",
    ]


def test_cells_say_what_they_show_and_merged_ones_in_each_of_their_rows() -> None:
    def number(kind: str, value: float, text: str) -> str:
        return files.open_cell(text, f'office:value-type="{kind}" office:value="{value}"')

    cells = [
        number("percentage", 0.1551, "15.5%"),
        number("percentage", 0.125, "12,5 %"),
        number("float", 7, "000007"),
        number("currency", -1234.5, "-¥1,234.50"),
        number("float", 12.5, "12.50 万元"),
        number("float", 125000, "12.5万"),
        number("float", 1234.5678, "1,234.57"),
        files.open_cell("26:30", 'office:value-type="time" office:time-value="PT26H30M00S"'),
        files.open_cell("128", 'office:value-type="string" table:style-name="old"'),
    ]
    spanned = 'office:value-type="string" table:number-rows-spanned="9"'
    first = [files.open_cell("Green", spanned), *["<table:covered-table-cell/>"] * 8]
    rows = [row([begin, cell]) for begin, cell in zip(first, cells, strict=True)]
    _name, table = told(sheet(row(texts("Kind", "Shown")), *rows))
    assert table.splitlines()[2:] == [
        f"| Green | {shown} |"
        for shown in (
            *(
                "15.51%",
                "12.5%",
                "000007",
                "¥-1234.5",
                "12.5 万元",
                "125000",
                "1234.5678",
                "26:30",
                "~~128~~",
            ),
        )
    ]


@pytest.mark.parametrize(
    ("stored", "shown", "expected"),
    [
        ("2026-03-01", "Mar 26", "2026-03"),
        ("2026-08-01", "August 2026", "2026-08"),
        ("2026-04-01", "2026年4月", "2026-04"),
        ("2026-06-01", "06/2026", "2026-06"),
        ("2026-05-01", "2026", "2026"),
        ("2026-03-26", "Mar 26", "2026-03-26"),
        ("2026-07-15", "15.07.", "2026-07-15"),
        ("2026-07-15", "15.07.26", "2026-07-15"),
        ("2026-08-01", "1. August 2026", "2026-08-01"),
        ("2026-09-01", "Q3 2026", "2026-09-01"),
    ],
)
def test_a_month_is_told_without_a_day(stored: str, shown: str, expected: str) -> None:
    cell = files.open_cell(shown, f'office:value-type="date" office:date-value="{stored}"')

    assert told(sheet(row([*texts("Paid"), cell])))[1].splitlines()[0] == f"| Paid | {expected} |"


def test_comments_on_cells_are_no_part_of_a_sheet() -> None:
    comment = "<office:annotation><text:p>At most 48,000</text:p></office:annotation>"
    cell = files.open_cell("45,000").replace("<text:p>", f"{comment}<text:p>")

    assert told(sheet(row([*texts("Rent"), cell])))[1].splitlines()[0] == "| Rent | 45,000 |"

"""Sheets are told as they are shown: tables under their names, numbers in their formats, nothing that is hidden."""

import io
import zipfile
from datetime import date, datetime, time

import pytest
import xlsxwriter

from domain.documents import spreadsheets
from domain.documents.blocks import Block
from tests.domain.documents import files

TEAS = [["Tea", "Price"], ["Longjing", 128], ["Keemun", 64.5]]


def read(content: bytes) -> list[Block]:
    return list(spreadsheets.blocks(content))


def told(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in blocks]


def test_sheets_are_tables_under_their_names_and_wide_ones_are_rows() -> None:
    wide = [[f"Column {n}" for n in range(8)], [f"value {n}" for n in range(8)]]
    blocks = read(files.workbook(Teas=[["Spring 2026"], [], *TEAS], Wide=wide, Empty=[]))
    assert told(blocks)[:4] == [
        ("heading", "Teas"),
        ("caption", "Spring 2026"),
        ("table", "| Tea | Price |\n| --- | --- |\n| Longjing | 128 |\n| Keemun | 64.5 |"),
        ("heading", "Wide"),
    ]
    assert blocks[4].text.startswith("Column 0: value 0\nColumn 1: value 1\n")
    assert blocks[4].is_whole


def test_cells_are_told_in_the_per_cent_zeros_and_units_that_they_show() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet("Other").write_row(0, 0, ["a", 0.5])
        sheet = book.add_worksheet("Rates")
        sheet.write_row("B2", ["Of", "Shown"])
        for at, (name, value, number_format) in enumerate(
            (
                ("Rate", 0.155, "0.0%"),
                ("Cover", 1, "0%"),
                ("Code", 7, "000000"),
                ("Price", 0.155, "0.00"),
                ("None", "n/a", "0%"),
                ("Growth", 0.155, "+0.0%;-0.0%;0.0%"),
                ("Fall", -0.05, "0.0%_);[Red]\\(0.0%\\)"),
                ("Sign", 15, '0"%"'),
                ("Sales", 12.5, '#,##0.00 "万元"'),
                ("Debt", -1234.5, '_ ¥* #,##0.00_ ;_ ¥* \\-#,##0.00_ ;_ ¥* "-"??_ ;_ @_ '),
                ("Order", 18, '"HT-"0000'),
                ("Loss", -1234.5, "#,##0.00_);(#,##0.00)"),
                ("Turned", -3, '"gain "0;"loss "0'),
                ("Divided", 125000, '0\\.0,"万"'),
                ("Large", 125000, '[>=10000]0.0,"k";0"元"'),
            ),
            start=2,
        ):
            sheet.write(at, 1, name)
            sheet.write(at, 2, value, book.add_format({"num_format": number_format}))
    table = read(file.getvalue())[-1].text
    assert [row.split(" | ")[1].rstrip(" |") for row in table.splitlines() if "---" not in row] == [
        *("Shown", "15.5%", "100%", "000007", "0.155", "n/a", "15.5%", "-5%", "15%"),
        *("12.5 万元", "¥-1234.5", "HT-0018", "-1234.5", "-3", "125000", "125000"),
    ]


def test_a_format_is_found_whatever_order_a_program_writes_the_cells_attributes_in() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Rates")
        sheet.write_row(0, 0, ["Rate", "of"])
        sheet.write_row(1, 0, ["Tea", 0.155], book.add_format({"num_format": "0.0%"}))
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            cell = before.read(name).replace(b'r="B2" s="1"', b'r="B2" t="n" s="1"')
            after.writestr(name, cell)
    assert read(changed.getvalue())[-1].text.endswith("| Tea | 15.5% |")


def test_hidden_columns_are_not_read_and_folded_ones_are() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Prices")
        sheet.merge_range("A1:D1", "Prices of 2026")
        sheet.write_row("A2", ["Tea", "Cost", "Price", "Origin"])
        sheet.write_row("A3", ["Longjing", 30, 128, "Hangzhou"])
        sheet.set_column("B:B", None, None, {"hidden": True})
        sheet.set_column("D:D", None, None, {"hidden": True, "level": 1})
    assert told(read(file.getvalue()))[1:] == [
        ("caption", "Prices of 2026"),
        ("table", "| Tea | Price | Origin |\n| --- | --- | --- |\n| Longjing | 128 | Hangzhou |"),
    ]


def test_hidden_rows_are_not_read_and_folded_or_filtered_ones_are() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name in ("Hidden", "Folded", "Filtered", "Named"):
            sheet = book.add_worksheet(name)
            for at, row in enumerate((["Kind", "Tea"], ["", "Cost"], ["", "Longjing"], ["Red", "Keemun"])):
                sheet.write_row(at, 0, row)
            sheet.set_row(1, None, None, {"hidden": True, "level": int(name == "Folded")})
            if name == "Filtered":
                sheet.autofilter("A1:B4")
                sheet.filter_column("B", "x != Cost")
            elif name == "Named":
                sheet.add_table("A1:B4", {"columns": [{"header": "Kind"}, {"header": "Tea"}]})
            else:
                sheet.merge_range("A2:A3", "Green")
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            filtered = b'<autoFilter ref="A1:B4"><filterColumn colId="1"/></autoFilter>'
            is_table = name.startswith("xl/tables/")
            content = before.read(name)
            after.writestr(
                name, content.replace(b'<autoFilter ref="A1:B4"/>', filtered) if is_table else content
            )
    tables = [text for kind, text in told(read(changed.getvalue())) if kind == "table"]
    assert [table.count("Cost") for table in tables] == [0, 1, 1, 1]
    # What merged cells say is seen in those of them that are left.
    assert tables[0].endswith("| Green | Longjing |\n| Red | Keemun |")


def test_cells_that_are_struck_out_say_so() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Prices")
        sheet.write_row("A1", ["Tea", "Price"])
        sheet.write_row("A2", ["Longjing", 128], book.add_format({"font_strikeout": True}))
        sheet.write_row("A3", ["Keemun", 64])
    assert told(read(file.getvalue()))[-1][1].endswith("| ~~Longjing~~ | ~~128~~ |\n| Keemun | 64 |")


def test_moments_and_times_of_sheets_are_told_as_people_write_them() -> None:
    moments = map(datetime.fromisoformat, ("2026-03-01", "2026-03-01 09:30", "2026-03-01 09:30:15"))
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet("Plan")
        sheet.write_row("A1", ["Day", "Begins", "Starts", "Opens"])
        sheet.write_row("A2", [*moments, time(9, 0)])
    assert told(read(file.getvalue()))[-1][1].endswith(
        "| 2026-03-01 | 2026-03-01 09:30 | 2026-03-01 09:30:15 | 09:00 |"
    )


def test_a_sheet_of_questions_gives_each_with_its_answer() -> None:
    blocks = read(files.workbook(FAQ=[["No", "问题", "答案"], [1, "营业吗？", "九点到五点。"]]))
    assert [(block.text, block.is_whole) for block in blocks[1:]] == [("营业吗？\n九点到五点。", True)]


def test_merged_cells_are_told_in_each_of_their_rows_and_two_rows_of_names_are_one() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Prices")
        for place in (
            "A1:D1 Price list 2026",
            "A2:D2 In yuan",
            "A3:A4 Kind",
            "B3:B4 Tea",
            "C3:D3 Price",
            "A5:A6 Green",
        ):
            sheet.merge_range(*place.split(" ", 1))
        rows = [["", "", "Retail", "Trade"], ["", "Longjing", 128, 100], ["", "Maofeng", 98, 80]]
        for number, row in enumerate(rows, start=3):
            for column, value in enumerate(row):
                if value:
                    sheet.write(number, column, value)
        sheet.merge_range("A7:D7", "Black teas")
        sheet.write_row("A8", ["Black", "Keemun", 64.5, 50])

    assert told(read(file.getvalue())) == [
        ("heading", "Prices"),
        ("caption", "Price list 2026"),
        ("caption", "In yuan"),
        (
            "table",
            "| Kind | Tea | Price Retail | Price Trade |\n| --- | --- | --- | --- |\n| Green | Longjing | 128 | 100 |\n"
            "| Green | Maofeng | 98 | 80 |\n| Black teas |  |  |  |\n| Black | Keemun | 64.5 | 50 |",
        ),
    ]


def test_names_above_cells_that_are_only_merged_for_their_looks_stay_one_row() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Shops")
        sheet.write("A1", "Shop")
        sheet.merge_range("B1:C1", "Address")
        sheet.write_row("A2", ["One", "Hangzhou", "Xihu"])
        sheet.write_row("A3", ["Two", "Shanghai", "Jing'an"])
    table = told(read(file.getvalue()))[-1][1]
    assert table.startswith("| Shop | Address | Address |\n| --- | --- | --- |\n| One | Hangzhou | Xihu |")


@pytest.mark.parametrize(
    ("second", "header"),
    [
        (
            ["Line", "Plan", "Actual", "Plan", "Actual"],
            "| Line | Q1 Plan | Q1 Actual | Q2 Plan | Q2 Actual |",
        ),
        (["Sales", "good", "better", "best", "none"], "|  | Q1 | Q1 | Q2 | Q2 |"),
        (["Sales", 1, 2, 1, 2], "|  | Q1 | Q1 | Q2 | Q2 |"),
    ],
)
def test_names_that_repeat_below_each_group_are_names_though_one_stands_below_nothing(
    second: list[object], header: str
) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("2026")
        sheet.merge_range("B1:C1", "Q1")
        sheet.merge_range("D1:E1", "Q2")
        sheet.write_row("A2", second)
        sheet.write_row("A3", ["Costs", 900, 950, 980, 1000])

    assert told(read(file.getvalue()))[-1][1].splitlines()[0] == header


def test_boxes_of_text_upon_a_sheet_are_read_below_its_tables() -> None:
    with xlsxwriter.Workbook(file := io.BytesIO(), {"in_memory": True}) as book:
        sheet = book.add_worksheet("Teas")
        for at, row in enumerate(TEAS):
            sheet.write_row(at, 0, row)
        sheet.set_column("B:B", None, None, {"hidden": True})
        sheet.insert_textbox(8, 1, "Prices hold until May.\nWithout freight.")
        book.add_worksheet("How to fill it in").insert_textbox(1, 1, "One row an order.")
    whole = told(read(file.getvalue()))
    assert whole == [
        ("heading", "Teas"),
        ("table", "| Tea |\n| --- |\n| Longjing |\n| Keemun |"),
        ("paragraph", "Prices hold until May.\nWithout freight."),
        ("heading", "How to fill it in"),
        ("paragraph", "One row an order."),
    ]
    damaged = io.BytesIO()
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(damaged, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, b"<xdr" if name == "xl/drawings/drawing1.xml" else archive.read(name))
    assert told(read(damaged.getvalue())) == [*whole[:2], *whole[3:]]


def test_comments_on_cells_are_no_part_of_a_sheet() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Rent")
        sheet.write_row("A1", ["Rent", 45000])
        sheet.write_comment("B1", "At most 48,000")

    assert "48,000" not in str(read(file.getvalue()))


def test_a_line_of_labels_above_a_table_names_none_of_its_columns() -> None:
    note, names = ["单位：元", "", "日期：2025-01-01"], ["品名", "折扣", "单价"]
    blocks = read(files.workbook(Teas=[["价格表"], note, names, ["绿茶", 0.5, 50]]))
    assert told(blocks)[-1][1].startswith("| 品名 | 折扣 | 单价 |")
    assert [text for _kind, text in told(blocks)[1:4]] == ["价格表", "单位：元", "日期：2025-01-01"]
    plans = [
        ["", "Basic: free", "Plus: 9 yuan"],
        ["Support", "none", "by mail"],
        ["Backups", "none", "daily"],
    ]
    assert told(read(files.workbook(Plans=plans)))[-1][1].startswith("|  | Basic: free | Plus: 9 yuan |")


def test_numbers_of_cards_stand_as_they_are_written_and_hidden_sheets_are_not_read() -> None:
    with xlsxwriter.Workbook(file := io.BytesIO(), {"in_memory": True}) as book:
        for name, rows in {
            "Cards": [["No", "Of"], [6210123456789012, "Li"]],
            "Costs": [["a"], ["b"]],
        }.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
        sheet.hide()
    texts = [text for _kind, text in told(read(file.getvalue()))]
    assert texts[0] == "Cards"
    assert "| 6210123456789012 | Li |" in texts[1]
    assert len(texts) == 2


def test_sheets_of_openoffice_are_read() -> None:
    blocks = read(files.open_sheet([["Tea", "Price"], ["Longjing", "128"]]))
    assert told(blocks) == [
        ("heading", "Teas"),
        ("table", "| Tea | Price |\n| --- | --- |\n| Longjing | 128 |"),
    ]


def test_a_date_that_names_a_month_or_a_year_has_no_day_and_a_day_of_the_week_is_one() -> None:
    day, file = date(2026, 3, 1), io.BytesIO()
    month = ("mmm-yy", 'yyyy"年"m"月"', "[$-804]yyyy\\-mm;@", "mm/yyyy")
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Plan")
        sheet.write_row("A1", ["As", "Shown"])
        for at, code in enumerate((*month, "yyyy", "m/d/yy", 'm"月"d"日"', "[$-804]aaaa;@"), start=1):
            sheet.write(at, 0, code)
            sheet.write_datetime(at, 1, day, book.add_format({"num_format": code}))
    cells = [cell.text for cell in read(file.getvalue())[-1].cells if cell.column == 1]
    assert cells == ["Shown", *["2026-03"] * 4, "2026", *["2026-03-01"] * 3]


def test_a_row_of_units_names_the_columns_too_and_a_form_has_no_names() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        prices, form, looks = map(book.add_worksheet, ("Prices", "Form", "Looks"))
        for at, row in enumerate(
            (("Tea", "Of", "Price", "Stock"), ("", "", "yuan/kg", "boxes"), ("Keemun", "Wu", 68, 3))
        ):
            prices.write_row(at, 0, row)
        form.write_row(0, 0, ["Name", "Li", "Team", "Sales"])
        looks.write_row(0, 0, ["Tea", "Taste", "", "Price"])
        looks.merge_range("B1:C1", "Taste")
        for at, (label, value) in enumerate((("Why", "Home"), ("Note", "Urgent")), start=1):
            form.write(at, 0, label)
            form.merge_range(at, 1, at, 3, value)
            looks.write_row(at, 0, [label, value, "", 8])
            looks.merge_range(at, 1, at, 2, value)
    tables = [block.text for block in read(file.getvalue()) if block.kind.value == "table"]
    assert tables == [
        "| Tea | Of | Price yuan/kg | Stock boxes |\n| --- | --- | --- | --- |\n| Keemun | Wu | 68 | 3 |",
        "|  |  |  |  |\n| --- | --- | --- | --- |\n| Name | Li | Team | Sales |\n| Why | Home |  |  |"
        "\n| Note | Urgent |  |  |",
        "| Tea | Taste | Taste | Price |\n| --- | --- | --- | --- |\n| Why | Home | Home | 8 |"
        "\n| Note | Urgent | Urgent | 8 |",
    ]

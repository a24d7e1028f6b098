"""Every format gives blocks, and what is not meant to be read is refused with its reason."""

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import datetime, time
from email.message import EmailMessage
from pathlib import Path
from time import thread_time

import pytest
import xlsxwriter

from domain.documents import blocks as block_forms
from domain.documents import content, reading
from domain.documents.blocks import Block, Box, Cell, markdown_of
from tests.domain.documents import bombs, files, outlook_files
from tests.knowledge.conftest import pdf_file

TEAS = [["Tea", "Price"], ["Longjing", 128], ["Keemun", 64.5]]
Read = Callable[[bytes, str], list[Block]]


@pytest.fixture
def answer(tmp_path: Path) -> Callable[[bytes, str], dict[str, object]]:
    def read_file(content: bytes, name: str) -> dict[str, object]:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return reading.read(str(path), name)

    return read_file


@pytest.fixture
def read(answer: Callable[[bytes, str], dict[str, list[dict[str, object]]]]) -> Read:
    return lambda content, name: [block_forms.from_json(each) for each in answer(content, name)["blocks"]]


def told(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in blocks]


def test_a_block_survives_the_way_out_of_the_child() -> None:
    block = Block(
        block_forms.BlockKind.TABLE,
        "| a |",
        page=3,
        box=Box(0.1, 0.2, 0.3, 0.4),
        part="list.xlsx",
        cells=(Cell(0, 0, "a", columns=2, is_header=True),),
    )
    assert block_forms.from_json(block_forms.to_json(block)) == block


def test_sheets_are_tables_under_their_names_and_wide_ones_are_rows(read: Read) -> None:
    wide = [[f"Column {n}" for n in range(8)], [f"value {n}" for n in range(8)]]
    blocks = read(files.workbook(Teas=[["Spring 2026"], [], *TEAS], Wide=wide, Empty=[]), "teas.xlsx")
    assert told(blocks)[:4] == [
        ("heading", "Teas"),
        ("caption", "Spring 2026"),
        ("table", "| Tea | Price |\n| --- | --- |\n| Longjing | 128 |\n| Keemun | 64.5 |"),
        ("heading", "Wide"),
    ]
    assert blocks[4].text.startswith("Column 0: value 0\nColumn 1: value 1\n")
    assert blocks[4].is_whole


def test_cells_are_told_in_the_per_cent_zeros_and_units_that_they_show(read: Read) -> None:
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
    table = read(file.getvalue(), "rates.xlsx")[-1].text
    assert [row.split(" | ")[1].rstrip(" |") for row in table.splitlines() if "---" not in row] == [
        *("Shown", "15.5%", "100%", "000007", "0.155", "n/a", "15.5%", "-5%", "15%"),
        *("12.5 万元", "¥-1234.5", "HT-0018", "-1234.5", "-3", "125000", "125000"),
    ]


def test_a_format_is_found_whatever_order_a_program_writes_the_cells_attributes_in(read: Read) -> None:
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
    assert read(changed.getvalue(), "rates.xlsx")[-1].text.endswith("| Tea | 15.5% |")


def test_hidden_columns_are_not_read_and_folded_ones_are(read: Read) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Prices")
        sheet.merge_range("A1:D1", "Prices of 2026")
        sheet.write_row("A2", ["Tea", "Cost", "Price", "Origin"])
        sheet.write_row("A3", ["Longjing", 30, 128, "Hangzhou"])
        sheet.set_column("B:B", None, None, {"hidden": True})
        sheet.set_column("D:D", None, None, {"hidden": True, "level": 1})
    assert told(read(file.getvalue(), "prices.xlsx"))[1:] == [
        ("caption", "Prices of 2026"),
        ("table", "| Tea | Price | Origin |\n| --- | --- | --- |\n| Longjing | 128 | Hangzhou |"),
    ]


def test_hidden_rows_are_not_read_and_folded_or_filtered_ones_are(read: Read) -> None:
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
    tables = [text for kind, text in told(read(changed.getvalue(), "teas.xlsx")) if kind == "table"]
    assert [table.count("Cost") for table in tables] == [0, 1, 1, 1]
    # What merged cells say is seen in those of them that are left.
    assert tables[0].endswith("| Green | Longjing |\n| Red | Keemun |")


def test_cells_that_are_struck_out_say_so(read: Read) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Prices")
        sheet.write_row("A1", ["Tea", "Price"])
        sheet.write_row("A2", ["Longjing", 128], book.add_format({"font_strikeout": True}))
        sheet.write_row("A3", ["Keemun", 64])
    assert told(read(file.getvalue(), "prices.xlsx"))[-1][1].endswith(
        "| ~~Longjing~~ | ~~128~~ |\n| Keemun | 64 |"
    )


def test_moments_and_times_of_sheets_are_told_as_people_write_them(read: Read) -> None:
    moments = map(datetime.fromisoformat, ("2026-03-01", "2026-03-01 09:30", "2026-03-01 09:30:15"))
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet("Plan")
        sheet.write_row("A1", ["Day", "Begins", "Starts", "Opens"])
        sheet.write_row("A2", [*moments, time(9, 0)])
    assert told(read(file.getvalue(), "plan.xlsx"))[-1][1].endswith(
        "| 2026-03-01 | 2026-03-01 09:30 | 2026-03-01 09:30:15 | 09:00 |"
    )


def test_a_sheet_of_questions_gives_each_with_its_answer(read: Read) -> None:
    blocks = read(files.workbook(FAQ=[["No", "问题", "答案"], [1, "营业吗？", "九点到五点。"]]), "faq.xlsx")
    assert [(block.text, block.is_whole) for block in blocks[1:]] == [("营业吗？\n九点到五点。", True)]


def test_merged_cells_are_told_in_each_of_their_rows_and_two_rows_of_names_are_one(read: Read) -> None:
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

    assert told(read(file.getvalue(), "prices.xlsx")) == [
        ("heading", "Prices"),
        ("caption", "Price list 2026"),
        ("caption", "In yuan"),
        (
            "table",
            "| Kind | Tea | Price Retail | Price Trade |\n| --- | --- | --- | --- |\n| Green | Longjing | 128 | 100 |\n"
            "| Green | Maofeng | 98 | 80 |\n| Black teas |  |  |  |\n| Black | Keemun | 64.5 | 50 |",
        ),
    ]


def test_names_above_cells_that_are_only_merged_for_their_looks_stay_one_row(read: Read) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Shops")
        sheet.write("A1", "Shop")
        sheet.merge_range("B1:C1", "Address")
        sheet.write_row("A2", ["One", "Hangzhou", "Xihu"])
        sheet.write_row("A3", ["Two", "Shanghai", "Jing'an"])
    table = told(read(file.getvalue(), "shops.xlsx"))[-1][1]
    assert table.startswith("| Shop | Address | Address |\n| --- | --- | --- |\n| One | Hangzhou | Xihu |")


def test_a_line_of_labels_above_a_table_names_none_of_its_columns(read: Read) -> None:
    note, names = ["单位：元", "", "日期：2025-01-01"], ["品名", "折扣", "单价"]
    blocks = read(files.workbook(Teas=[["价格表"], note, names, ["绿茶", 0.5, 50]]), "teas.xlsx")
    assert told(blocks)[-1][1].startswith("| 品名 | 折扣 | 单价 |")
    assert [text for _kind, text in told(blocks)[1:4]] == ["价格表", "单位：元", "日期：2025-01-01"]
    plans = [
        ["", "Basic: free", "Plus: 9 yuan"],
        ["Support", "none", "by mail"],
        ["Backups", "none", "daily"],
    ]
    assert told(read(files.workbook(Plans=plans), "p.xlsx"))[-1][1].startswith(
        "|  | Basic: free | Plus: 9 yuan |"
    )


def test_numbers_of_cards_stand_as_they_are_written_and_hidden_sheets_are_not_read(read: Read) -> None:
    with xlsxwriter.Workbook(file := io.BytesIO(), {"in_memory": True}) as book:
        for name, rows in {
            "Cards": [["No", "Of"], [6210123456789012, "Li"]],
            "Costs": [["a"], ["b"]],
        }.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
        sheet.hide()
    texts = [text for _kind, text in told(read(file.getvalue(), "cards.xlsx"))]
    assert texts[0] == "Cards"
    assert "| 6210123456789012 | Li |" in texts[1]
    assert len(texts) == 2


def test_sheets_of_openoffice_are_read(read: Read) -> None:
    blocks = read(files.open_sheet([["Tea", "Price"], ["Longjing", "128"]]), "teas.ods")
    assert told(blocks) == [
        ("heading", "Teas"),
        ("table", "| Tea | Price |\n| --- | --- |\n| Longjing | 128 |"),
    ]


def test_a_web_page_keeps_powers_notes_and_what_is_struck_out(read: Read) -> None:
    page = (
        "<html><body><p>Made 10<sup>6</sup> of 10<sup>-3</sup> g; sales 45<sup>1</sup>, the 1<sup>st</sup>.</p>"
        "<table><tr><th>Tea</th><th>Price</th></tr>"
        "<tr><td>Long<b>jing</b></td><td><s>128</s> 1<b>0</b>0<br>a piece</td></tr>"
        "<tr><td><p>Kee</p><p>mun</p></td><td>5·10<sup>2</sup></td></tr></table></body></html>"
    )
    assert told(read(page.encode(), "tea.html")) == [
        ("paragraph", "Made 10⁶ of 10⁻³ g; sales 45¹, the 1st."),
        (
            "table",
            "| Tea | Price |\n| --- | --- |\n| Longjing | ~~128~~ 100 a piece |\n| Kee mun | 5·10² |",
        ),
    ]


def test_what_nobody_sees_parts_no_word(read: Read) -> None:
    words = "<p>Rück&shy;gabe, 龙&#8203;井&#8288;茶&#65279;</p><p>&#8203;</p>"
    page = f"<html><body>{words}<table><tr><th>A&shy;b</th><td>c</td></tr></table></body></html>"
    paragraph, table = read(page.encode(), "tea.html")
    assert (paragraph.text, table.cells[0].text) == ("Rückgabe, 龙井茶", "Ab")


def test_addresses_of_a_web_page_are_quoted_as_they_are_written(read: Read) -> None:
    page = "<html><body><p>Mail max_muster@tea.example, see https://tea.example/a_b_c, size 5*3.</p></body></html>"
    assert told(read(page.encode(), "tea.html")) == [
        ("paragraph", "Mail max_muster@tea.example, see https://tea.example/a_b_c, size 5*3.")
    ]


def test_slides_are_pages_with_titles_points_tables_and_notes(read: Read) -> None:
    blocks = read(files.slides(), "teas.pptx")
    assert [(block.page, block.kind.value, block.text) for block in blocks] == [
        (1, "heading", "Spring teas"),
        (1, "list", "- Picked by hand\n- Dried in the shade"),
        (1, "paragraph", "Say that samples are free."),
        (2, "heading", "Prices"),
        (2, "table", "| Tea | Price |\n| --- | --- |\n| Longjing | 128 |"),
    ]
    assert blocks[-1].box == Box(0.1, 0.2667, 0.5, 0.4)


def test_a_book_is_read_in_the_order_of_its_spine(read: Read) -> None:
    chapters = {"b.xhtml": "<h1>One</h1><p>Water.</p>", "a.xhtml": "<h1>Two</h1><p>Tea.</p>"}
    assert told(read(files.book(chapters), "tea.epub")) == [
        ("heading", "One"),
        ("paragraph", "Water."),
        ("heading", "Two"),
        ("paragraph", "Tea."),
    ]


def test_a_book_that_only_a_bought_key_opens_says_so(answer: Callable[[bytes, str], object]) -> None:
    sealed = b'<encryption><CipherReference URI="OEBPS/a.xhtml"/></encryption>'
    content = files.book({"a.xhtml": "<p>x</p>"}, {"META-INF/encryption.xml": sealed})
    assert answer(content, "tea.epub") == {"error": "encrypted_file"}


def test_a_mail_tells_who_wrote_what_and_its_attachments_are_parts(read: Read) -> None:
    attached = {"hours.pdf": pdf_file("Opening hours are nine to five."), "photo.xyz": b"\0\1\2"}
    blocks = read(files.mail("Dear all,\n\nsee below.", attached), "order.eml")
    assert told(blocks) == [
        ("heading", "我们的订单"),
        (
            "paragraph",
            "From: Grete Müller <grete@example.com>\nTo: tea@example.com\n"
            "Date: Tue, 03 Mar 2026 09:00:00 +0100\nAttachments: hours.pdf, photo.xyz",
        ),
        ("paragraph", "Dear all,"),
        ("paragraph", "see below."),
        ("paragraph", "Opening hours are nine to five."),
    ]
    assert [(block.part, block.page) for block in blocks[-2:]] == [("", None), ("hours.pdf", 1)]


@pytest.mark.parametrize("cut", [0, 40])
def test_what_outlook_packed_into_a_winmail_file_are_attachments(read: Read, cut: int) -> None:
    def attribute(number: int, value: bytes) -> bytes:
        return struct.pack("<BII", 2, number, len(value)) + value + b"\0\0"

    packed = b"\x78\x9f\x3e\x22\1\0"
    for name, value in {
        "报价.csv": b"tea,price,stock\nKeemun,68,3\n",
        "b.txt": b"Until March only. " * 3,
    }.items():
        packed += attribute(0x00069002, b"\0" * 14) + attribute(0x00018010, name.encode("gbk") + b"\0")
        packed += attribute(0x0006800F, value)
    blocks = read(files.mail("See below.", {"winmail.dat": packed[: len(packed) - cut]}), "order.eml")
    parts = {block.part: block.text.strip() for block in blocks if block.part}
    whole = {} if cut else {"b.txt": ("Until March only. " * 3).strip()}
    assert parts == {"报价.csv": "tea: Keemun\nprice: 68\nstock: 3", **whole}
    unpacked = read(files.mail("Hi.", {"winmail.dat": b"no such file"}), "a.eml")
    assert unpacked[1].text.endswith("Attachments: winmail.dat")


def test_a_mail_without_plain_text_is_read_from_its_html(read: Read) -> None:
    content = files.mail("", html="<html><body><p>Hello <b>you</b>.</p></body></html>")
    assert told(read(content, "order.eml"))[-1] == ("paragraph", "Hello **you**.")


def test_a_plain_part_that_only_says_to_look_at_the_html_is_not_the_mail(read: Read) -> None:
    price = "<html><body><p>Our prices for you, as agreed upon in the meeting of March:</p>{}</body></html>"
    table = "<table><tr><th>Tea</th><th>Price</th></tr><tr><td>Longjing</td><td>128</td></tr></table>"
    hint = files.mail("Please view this mail as HTML.", html=price.format(table))
    assert told(read(hint, "order.eml"))[-1][0] == "table"
    whole = files.mail("Our prices, as agreed upon in March: Longjing 128", html=price.format(""))
    assert told(read(whole, "order.eml"))[-1] == (
        "paragraph",
        "Our prices, as agreed upon in March: Longjing 128",
    )


def test_mails_inside_mails_are_read_three_deep(read: Read) -> None:
    inner = files.mail("The innermost words.")
    for depth in range(6):
        inner = files.mail(f"Level {depth}.", {"mail.eml": inner})
    text = markdown_of(read(inner, "nested.eml"))
    assert "Level 5." in text
    assert "Level 2." in text
    assert "innermost" not in text


def test_a_message_of_outlook_is_read_with_its_attachments(read: Read) -> None:
    attached = {"terms.pdf": pdf_file("Terms of sale."), "logo.bin": bytes(5000)}
    blocks = read(
        outlook_files.message("订单 7", "Dear all,\n\nsee below.", attachments=attached), "order.msg"
    )

    assert told(blocks[:4]) == [
        ("heading", "订单 7"),
        (
            "paragraph",
            'From: "Ann Lee" <ann@tea.example>\nTo: Bo <bo@tea.example>\nAttachments: terms.pdf, logo.bin',
        ),
        ("paragraph", "Dear all,"),
        ("paragraph", "see below."),
    ]
    assert [(block.part, block.text) for block in blocks[4:]] == [("terms.pdf", "Terms of sale.")]


def test_a_message_of_outlook_without_plain_text_is_read_from_its_html(read: Read) -> None:
    content = outlook_files.message(
        "Teas", "", html="<html><body><p>Hello <b>谢谢</b>.</p></body></html>".encode()
    )
    assert told(read(content, "order.msg"))[-1] == ("paragraph", "Hello **谢谢**.")


def test_a_web_page_that_a_word_file_wraps_is_read(read: Read) -> None:
    page = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="B"\r\n\r\n--B\r\nContent-Type: text/html\r\n'
        b"\r\n<html><body><h1>Returns</h1><p>Within 30 days.</p></body></html>\r\n--B--\r\n"
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    relation = f'<Relationship Id="r1" Type="{office}/{{}}" Target="{{}}"/>'.format
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relation("officeDocument", "word/document.xml"),
        "word/_rels/document.xml.rels": relation("aFChunk", "page.mht"),
        "word/document.xml": f'<w:document xmlns:w="{word}"><w:body><w:altChunk/></w:body></w:document>',
    }
    wrapped = {
        name: (
            f'<Relationships xmlns="{package}">{text}</Relationships>' if name.endswith(".rels") else text
        ).encode()
        for name, text in parts.items()
    }
    blocks = read(bombs.archive({**wrapped, "word/page.mht": page}), "returns.docx")
    assert told(blocks) == [("heading", "Returns"), ("paragraph", "Within 30 days.")]


def test_the_content_decides_what_an_archive_is(read: Read) -> None:
    assert read(files.slides(), "teas.docx")[0].text == "Spring teas"
    assert read(files.workbook(Teas=TEAS), "teas.zip")[0].text == "Teas"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "teas.xlsx", "encrypted_file"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "teas.docx", "encrypted_file"),
        (OLE + "__substg1.0_1000".encode("utf-16-le"), "order.msg", "broken_file"),
        (outlook_files.message("Teas", "See below.")[:2000], "order.msg", "broken_file"),
        (OLE + "WordDocument".encode("utf-16-le"), "terms.doc", "old_office_file"),
        (OLE + "Workbook".encode("utf-16-le"), "teas.xls", "broken_file"),
        (rb"{\rtf1\ansi Terms}", "terms.doc", "old_office_file"),
        (
            b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook/>',
            "teas.xls",
            "old_office_file",
        ),
        (bombs.of_zeros("xl/workbook.xml"), "teas.xlsx", "archive_bomb"),
        (bombs.of_zeros("ppt/presentation.xml"), "teas.pptx", "archive_bomb"),
        (bombs.of_zeros("META-INF/container.xml"), "tea.epub", "archive_bomb"),
        (bombs.archive({"xl/workbook.xml": b"<workbook/>"}), "teas.xlsx", "broken_file"),
        (bombs.archive({"ppt/presentation.xml": b"<p/>"}), "teas.pptx", "broken_file"),
        (bombs.archive({"META-INF/container.xml": b"<container/>"}), "tea.epub", "broken_file"),
        (bombs.archive({"META-INF/container.xml": b"no xml"}), "tea.epub", "broken_file"),
        (
            bombs.archive({"mimetype": b"application/vnd.oasis.opendocument.text"}),
            "terms.odt",
            "unsupported_archive",
        ),
        (bombs.claiming("META-INF/container.xml", bytes(2**20), 10), "tea.epub", "broken_file"),
        (",".join(f"c{n}" for n in range(20_000)).encode() + b"\n1\n", "wide.csv", "too_many_columns"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(
    answer: Callable[[bytes, str], object], content: bytes, name: str, code: str
) -> None:
    assert answer(content, name) == {"error": code}


def test_a_sheet_of_twenty_thousand_columns_is_refused(answer: Callable[[bytes, str], object]) -> None:
    # Excel itself ends at 16,384.
    assert answer(files.workbook(Wide=[[*range(16_384)]]), "wide.xlsx") == {"error": "too_many_columns"}


@pytest.mark.slow
def test_a_mail_of_many_nested_mails_costs_little() -> None:
    inner: EmailMessage = EmailMessage()
    inner.set_content("x")
    for _ in range(30):
        outer = EmailMessage()
        outer["Subject"] = "Fwd"
        for _copy in range(2):
            outer.add_attachment(b"x" * 200_000, maintype="text", subtype="plain", filename="x.txt")
        outer.add_attachment(inner)
        inner = outer
    begun = thread_time()
    blocks = list(reading._blocks(inner.as_bytes(), content.Kind.MAIL, []))
    assert thread_time() - begun < 10
    assert len({block.part for block in blocks}) < 12


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"From: a@b.c\nSubject: x\nDate: y\n\nz", "noname", content.Kind.MAIL),
        (b"From: a@b.c to d", "notes.txt", content.Kind.TEXT),
        (b"Subject: x", "x.eml", content.Kind.MAIL),
        (b"PK\x03\x04", "a.pptx", content.Kind.SLIDES),
        (b"PK\x03\x04", "a.bin", content.Kind.WORD),
        (OLE, "a.xls", content.Kind.OLD_SHEETS),
        (b"a\tb", "a.tsv", content.Kind.CSV),
        (b"a\tb\n1\t2", "a.xls", content.Kind.CSV),
        (b"<table><tr><td>a</td></tr></table>", "a.xls", content.Kind.HTML),
        (b"<table><tr><td>a</td></tr></table>", "a.md", content.Kind.MARKDOWN),
        (
            b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="B"\r\n\r\n--B',
            "a.doc",
            content.Kind.MAIL,
        ),
    ],
)
def test_the_kind_of_a_file_is_told_from_its_beginning(head: bytes, name: str, kind: content.Kind) -> None:
    assert content.kind_of_head(head, name) is kind

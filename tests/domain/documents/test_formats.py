"""Every format gives blocks, and what is not meant to be read is refused with its reason."""

import base64
import io
import struct
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from domain.documents import blocks as block_forms
from domain.documents import content, markdown
from domain.documents.blocks import Block, Box, Cell
from tests.domain.documents import bombs, files, outlook_files
from tests.domain.documents.conftest import Read, told
from tests.knowledge.conftest import pdf_file

TEAS = [["Tea", "Price"], ["Longjing", 128], ["Keemun", 64.5]]


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


def test_a_note_of_a_book_stands_below_its_paragraph(read: Read) -> None:
    """A mark on the line is none of the digits before it."""
    note = '<aside epub:type="footnote" id="n1"><p><a href="#r1">1</a> Only in summer.</p></aside>'
    text = '<p>It costs 300<a epub:type="noteref" href="#n1" id="r1">1</a>.</p><h2>Tea</h2><p>Green.</p>'
    assert told(read(files.book({"a.xhtml": f"<section>{text}{note}</section>"}), "tea.epub")) == [
        ("paragraph", "It costs 300¹."),
        ("paragraph", "¹ Only in summer."),
        ("heading", "Tea"),
        ("paragraph", "Green."),
    ]


def test_a_note_in_another_file_of_a_book_stands_below_the_paragraph_of_its_mark(read: Read) -> None:
    """Whether the link leads to the note or to the number at its head; a note that nothing asks for stays."""
    mark = '<a epub:type="noteref" href="../notes%%20x.xhtml#n{0}" id="r{0}">{0}</a>'.replace("%%", "%")
    chapters = {
        "text/a.xhtml": f"<h1>Pay</h1><p>It rises{mark.format(1)}.</p><p>Each year.</p>",
        "text/b.xhtml": f"<h1>Leave</h1><p>30 days{mark.format(2)}.</p>",
        "notes x.xhtml": '<h1>Notes</h1><aside id="n1"><p><a href="text/a.xhtml#r1">1</a> Not for trainees.</p></aside>'
        '<p><a id="n2" href="text/b.xhtml#r2">2</a> 20 in the shop.</p><p id="n3">By the board.</p>',
    }
    assert [block.text for block in read(files.book(chapters), "staff.epub")] == [
        *("Pay", "It rises¹.", "¹ Not for trainees.", "Each year."),
        *("Leave", "30 days².", "² 20 in the shop."),
        *("Notes", "By the board."),
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
            "Date: Tue, 03 Mar 2026 09:00:00 +0100\nAttachments: hours.pdf, photo.xyz\n"
            "Not read: photo.xyz",
        ),
        ("paragraph", "Dear all,"),
        ("paragraph", "see below."),
        ("paragraph", "Opening hours are nine to five."),
    ]
    assert [(block.part, block.page) for block in blocks[-2:]] == [("", None), ("hours.pdf", 1)]


def test_scans_inside_mails_are_left_to_recognition_under_their_names(
    answer: Callable[[bytes, str], dict[str, Any]],
) -> None:
    photo = io.BytesIO()
    Image.effect_noise((300, 200), 60).save(photo, "PNG")
    logo = io.BytesIO()
    Image.new("L", (30, 20)).save(logo, "PNG")
    inner = files.mail("Inside.", {"photo.png": photo.getvalue()})
    attached = {"both.pdf": pdf_file("Opening hours are nine to five.", ""), "logo.png": logo.getvalue()}
    read = answer(files.mail("Two scans.", {**attached, "mail.eml": inner}), "order.eml")

    assert read["pictures"] == []
    assert [(scan["name"], scan["pages"]) for scan in read["scans"]] == [
        ("both.pdf", [2]),
        ("photo.png", [1]),
    ]
    assert base64.b64decode(read["scans"][1]["content"]) == photo.getvalue()
    assert not any("Not read" in block["text"] for block in read["blocks"])


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


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("**注意：**生鲜不退，满**99**元包邮。", "注意：生鲜不退，满99元包邮。"),
        ("It is ***never*** sold or **“lent”**.", "It is never sold or “lent”."),
        ("张**、李**，138****5678", None),
        ("2**10 and 3**5, f(**a, **b), `**a**`", None),
        ("```\n**x**\n```", None),
        ("| **品名** |\n|---|\n| 单价**1**元 |", "| 品名 |\n|---|\n| 单价1元 |"),
    ],
)
def test_signs_of_bold_type_are_not_read_and_what_else_is_written_so_is(
    written: str, text: str | None
) -> None:
    assert [block.text for block in markdown.blocks(written)] == [text or written]
    assert [cell.text for block in markdown.blocks(written) for cell in block.cells if "*" in cell.text] == []


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
@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"From: a@b.c\nSubject: x\nDate: y\n\nz", "noname", content.Kind.MAIL),
        (b"From: a@b.c to d", "notes.txt", content.Kind.TEXT),
        (b"Subject: x", "x.eml", content.Kind.MAIL),
        (b"From a@b.c 1 May\nFrom: a@b.c\nSubject: x\nDate: y\n\nz", "noname", content.Kind.MAILBOX),
        (b"from a@b.c 1 May\nFrom: a@b.c\nSubject: x\nDate: y\n\nz", "noname", content.Kind.TEXT),
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

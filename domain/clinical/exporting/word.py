"""A record as a Word file that people may go on writing in: styles, a table is a table, fonts that every Word has."""

from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph

from domain.clinical.exporting.document import ExportedRecord
from domain.clinical.exporting.layout import Page, Part, Table, lay_out

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WARNING = RGBColor(0xA8, 0x32, 0x1F)
FAINT = RGBColor(0x6E, 0x6E, 0x6E)
# Latin letters and Chinese ones take different fonts in Word; a style that names one alone shows boxes.
TEXT_FONTS, TITLE_FONTS = ("Times New Roman", "宋体"), ("Arial", "黑体")


def write(record: ExportedRecord) -> bytes:
    page = lay_out(record)
    document = Document()
    _describe(document, page, record)
    _set_styles(document)
    _set_sheet(document, page)
    _write_top(document, page)
    for part in page.parts:
        _write_part(document, part)
    _write_signature(document, page)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _describe(document: WordDocument, page: Page, record: ExportedRecord) -> None:
    """Properties of the file travel unseen: no name of a person among them."""
    properties = document.core_properties
    properties.author, properties.last_modified_by, properties.comments = page.hospital[:255], "", ""
    properties.title, properties.language = page.title[:255], page.language
    properties.created = properties.modified = record.written_at.replace(tzinfo=None)


def _set_styles(document: WordDocument) -> None:
    # Ten and a half points is 五号, the size that Chinese documents are written in.
    set_fonts(document.styles["Normal"], TEXT_FONTS, Pt(10.5))
    for name, size in (
        ("Title", Pt(17)),
        ("Heading 1", Pt(13.5)),
        ("Heading 2", Pt(11.5)),
        ("Heading 3", Pt(10)),
    ):
        style: Any = document.styles[name]
        set_fonts(style, TITLE_FONTS, size)
        style.font.bold, style.font.italic = True, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(9), Pt(3)
        style.paragraph_format.keep_with_next = True
    normal: Any = document.styles["Normal"]
    normal.paragraph_format.space_after = Pt(4)


def set_fonts(style: Any, fonts: tuple[str, str], size: Pt) -> None:
    latin, chinese = fonts
    style.font.name, style.font.size = latin, size
    run_fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        # Fonts of the theme win over those that are named: they have to go.
        run_fonts.attrib.pop(qn(f"w:{theme}"), None)
    run_fonts.set(qn("w:eastAsia"), chinese)


def _set_sheet(document: WordDocument, page: Page) -> None:
    """A4; who it is about and how it stands is in the head of every page, its number in the foot."""
    sheet = document.sections[0]
    sheet.page_width, sheet.page_height = Cm(21), Cm(29.7)
    sheet.left_margin = sheet.right_margin = Cm(2.2)
    sheet.top_margin, sheet.bottom_margin = Cm(2.6), Cm(2.2)
    head = sheet.header.paragraphs[0]
    _add(head, f"{page.hospital} · {page.title}    {page.patient_line}", FAINT)
    if page.banner:
        banner = sheet.header.add_paragraph()
        banner.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _add(banner, page.banner, WARNING)
    foot = sheet.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, between, after = page.words["page"].split("{}")
    _add(foot, before, FAINT)
    _add_field(foot, "PAGE")
    _add(foot, between, FAINT)
    _add_field(foot, "NUMPAGES")
    _add(foot, after, FAINT)
    if page.fingerprint:
        line = sheet.footer.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _add(line, page.fingerprint, FAINT)


def _write_top(document: WordDocument, page: Page) -> None:
    for text, style in ((page.hospital, "Title"), (page.letterhead, "Normal"), (page.title, "Heading 1")):
        if text:
            document.add_paragraph(text, style=style).alignment = WD_ALIGN_PARAGRAPH.CENTER
    if page.notice:
        notice = document.add_paragraph()
        notice.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _add(notice, page.notice, WARNING, 10)
    pairs = [page.facts[start : start + 2] for start in range(0, len(page.facts), 2)]
    rows = [[cell for label, value in pair for cell in (label, value)] for pair in pairs]
    _fill(document.add_table(rows=len(rows), cols=4), rows)


def _write_part(document: WordDocument, part: Part) -> None:
    document.add_paragraph(part.title, style="Heading 2")
    for block in part.blocks:
        if block.title and (block.table or block.items):
            document.add_paragraph(block.title, style="Heading 3")
        if block.table:
            _write_table(document, block.table)
        elif block.items:
            for number, item in enumerate(block.items, start=1):
                document.add_paragraph(f"{number}. {item}")
        else:
            paragraph = document.add_paragraph()
            if block.title:
                colon = ": " if block.title.isascii() else "："
                paragraph.add_run(f"{block.title}{colon}").bold = True
            _add(paragraph, block.text, FAINT if block.is_empty else None, 10.5)


def _write_table(document: WordDocument, table: Table) -> None:
    word_table = document.add_table(rows=len(table.rows) + 1, cols=len(table.head))
    word_table.style = "Table Grid"
    _fill(word_table, [table.head, *table.rows])
    for cell in word_table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    if not table.head[0]:
        word_table.autofit = False
        for cell in word_table.columns[0].cells:
            cell.width = Cm(1)
        for cell in word_table.columns[1].cells:
            cell.width = Cm(15.6 if len(table.head) == 2 else 10.6)


def _fill(table: WordTable, rows: list[list[str]]) -> None:
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=False):
            cell.paragraphs[0].add_run(text)


def _write_signature(document: WordDocument, page: Page) -> None:
    # The end of what is signed stays on the page of the signature.
    for last in document.paragraphs[-1:]:
        last.paragraph_format.keep_with_next = True
    document.add_paragraph().paragraph_format.keep_with_next = True
    table = document.add_table(rows=len(page.signature), cols=2)
    _fill(table, [list(pair) for pair in page.signature])
    for cell in [cell for row in table.rows for cell in row.cells]:
        cell.paragraphs[0].paragraph_format.keep_with_next = True
    line = document.add_paragraph(f"{page.words['wet_signature']} ____________________")
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _add(paragraph: Paragraph, text: str, colour: RGBColor | None, size: float = 8) -> None:
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    if colour is not None:
        run.font.color.rgb = colour


def _add_field(paragraph: Paragraph, name: str) -> None:
    """A number that Word counts itself."""
    run = paragraph.add_run()
    run.font.size, run.font.color.rgb = Pt(8), FAINT
    for kind in ("begin", "separate", "end"):
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        run._r.append(mark)
        if kind == "begin":
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = name
            run._r.append(instruction)

"""Files as people's programs write them, as small as they can be."""

import io
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

import xlsxwriter
from pptx import Presentation
from pptx.util import Inches

from tests.domain.documents import bombs


def workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return file.getvalue()


def open_cell(text: str, more: str = 'office:value-type="string"') -> str:
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"


def open_sheet(rows: Sequence[Sequence[str]]) -> bytes:
    cells = "".join(f"<table:table-row>{''.join(map(open_cell, row))}</table:table-row>" for row in rows)
    return open_workbook(f'<table:table table:name="Teas">{cells}</table:table>')


def open_workbook(tables: str, styles: str = "") -> bytes:
    kinds = " ".join(
        f'xmlns:{kind}="urn:oasis:names:tc:opendocument:xmlns:{kind}:1.0"'
        for kind in ("office", "table", "text", "style")
    )
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    styles = f"<office:automatic-styles>{styles}</office:automatic-styles>"
    return bombs.archive(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content {kinds}>{styles}{body}</office:document-content>".encode(),
            "META-INF/manifest.xml": b"<manifest/>",
        }
    )


def slides() -> bytes:
    presentation = Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[1])
    first.shapes.title.text = "Spring teas"
    points = first.placeholders[1].text_frame
    points.text = "Picked by hand"
    points.add_paragraph().text = "Dried in the shade"
    first.notes_slide.notes_text_frame.text = "Say that samples are free."
    second = presentation.slides.add_slide(presentation.slide_layouts[5])
    second.shapes.title.text = "Prices"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for at, text in enumerate(("Tea", "Price", "Longjing", "128")):
        table.cell(at // 2, at % 2).text = text
    file = io.BytesIO()
    presentation.save(file)
    return file.getvalue()


def book(chapters: Mapping[str, str], more: Mapping[str, bytes] | None = None) -> bytes:
    """An EPUB whose spine is in the order of these."""
    items = "".join(
        f'<item id="c{at}" href="{name}" media-type="application/xhtml+xml"/>'
        for at, name in enumerate(chapters)
    )
    places = "".join(f'<itemref idref="c{at}"/>' for at in range(len(chapters)))
    container = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    return bombs.archive(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": container.encode(),
            "OEBPS/book.opf": f"<package><manifest>{items}</manifest><spine>{places}</spine></package>".encode(),
            **{
                f"OEBPS/{name}": f'<?xml version="1.0"?><html><body>{text}</body></html>'.encode()
                for name, text in reversed(list(chapters.items()))
            },
            **(more or {}),
        }
    )


def mail(text: str = "See below.", attachments: Mapping[str, bytes] | None = None, html: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Grete Müller <grete@example.com>", "tea@example.com"
    message["Subject"], message["Date"] = "我们的订单", "Tue, 3 Mar 2026 09:00:00 +0100"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in (attachments or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()

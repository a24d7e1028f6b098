"""PDF → blocks of each page: paragraphs, headings, lists and tables where they stand on it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2

from domain.documents import pdf_characters
from domain.documents.blocks import Block
from domain.documents.errors import Unreadable
from domain.documents.pages import layout, running, styles, tables
from domain.documents.pages.runs import PageRuns
from domain.documents.sources import Source

MOST_PAGES = 5000
MOST_CHARACTERS = 20_000_000
# Fewer letters than this, and what is there is a page number on a scan.
LETTERS_PER_PAGE = 8
# PDFium's FPDF_ERR_PASSWORD.
_PASSWORD = 4


@dataclass(frozen=True)
class Page:
    """`blocks` is None where the page is a picture: it has no text layer, or a few letters of stamps and page numbers."""

    number: int
    blocks: list[Block] | None


def pages(source: Source) -> Iterator[Page]:
    """In order. What every page repeats and how large its text is are known only behind the last one, so the runs of all are
    kept, and nothing else of them. Raises Unreadable.
    """
    every_page = list(_page_runs(source))
    repeated = running.repeated(every_page)
    for page in every_page:
        page.runs = tables.with_tables(page.runs, page.rules)
        page.rules = []
    style = styles.style_of(every_page)
    for page in every_page:
        letters = sum(character.isalnum() for run in page.runs for character in run.text)
        if letters < LETTERS_PER_PAGE:
            yield Page(page.number, None)
        else:
            yield Page(page.number, list(layout.blocks_of(page, style, repeated)))
        page.runs = []


def _page_runs(source: Source) -> Iterator[PageRuns]:
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(
            "encrypted_file" if getattr(error, "err_code", None) == _PASSWORD else "broken_file"
        ) from error
    if len(document) > MOST_PAGES:
        raise Unreadable("too_much_text")
    characters = 0
    for index in range(len(document)):
        page = document[index]
        runs = pdf_characters.page_runs(page, index + 1)
        page.close()
        characters += sum(len(run.text) for run in runs.runs)
        if characters > MOST_CHARACTERS:
            raise Unreadable("too_much_text")
        yield runs

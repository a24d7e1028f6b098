"""PDF → blocks of each page: paragraphs, headings, lists and tables where they stand on it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import pypdfium2

from domain.documents import pdf_characters, pdf_pictures, plausible_text
from domain.documents.blocks import Block
from domain.documents.errors import Unreadable
from domain.documents.pages import document
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
    """`blocks` is None where the page is read as a picture: it has no text layer, or a few letters of stamps and page
    numbers, or one that makes no sense.
    """

    number: int
    blocks: list[Block] | None


def pages(source: Source) -> Iterator[Page]:
    """In order, of each what stands sideways last. The runs of all are kept until the last is known, and nothing else of
    them. Raises Unreadable.
    """
    pictures: dict[int, list[Block]] = {}
    every_page = list(_page_runs(source, pictures))
    # Counted before tables become cells, and lines what they repeat.
    texts = defaultdict[int, list[str]](list)
    for page in every_page:
        texts[page.number] += (run.text for run in page.runs)
    are_texts = {number: _is_text(found) for number, found in texts.items()}
    texts.clear()
    told = zip(every_page, document.blocks(every_page), strict=True)
    for number, parts in groupby(told, key=lambda each: each[0].number):
        blocks = [block for _page, found in parts for block in found]
        shown = pdf_pictures.put_beside(pictures[number], blocks)
        yield Page(number, shown if are_texts[number] else None)


def _is_text(texts: Sequence[str]) -> bool:
    letters = sum(each.isalnum() for text in texts for each in text)
    return letters >= LETTERS_PER_PAGE and plausible_text.is_plausible(texts)


def _page_runs(source: Source, pictures: dict[int, list[Block]]) -> Iterator[PageRuns]:
    """`pictures`: what those of each page show goes there."""
    try:
        opened = pypdfium2.PdfDocument(source)
        opened.init_forms()
    except pypdfium2.PdfiumError as error:
        raise Unreadable(
            "encrypted_file" if getattr(error, "err_code", None) == _PASSWORD else "broken_file"
        ) from error
    if len(opened) > MOST_PAGES:
        raise Unreadable("too_much_text")
    characters = 0
    for index in range(len(opened)):
        page = pdf_characters.printed_page(opened, index)
        runs = pdf_characters.page_runs(page, index + 1)
        pictures[index + 1] = pdf_pictures.captions(page, index + 1)
        page.close()
        characters += sum(len(run.text) for part in runs for run in part.runs)
        if characters > MOST_CHARACTERS:
            raise Unreadable("too_much_text")
        yield from runs

"""PDF → blocks of each page, so that an answer can say on which page it was."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

from domain.documents.blocks import Block, BlockKind
from domain.documents.errors import Unreadable
from llm_backend import patterns

MOST_PAGES = 5000
# Fewer letters than this, and what is there is a page number on a scan.
LETTERS_PER_PAGE = 8
# PDFium's FPDF_ERR_PASSWORD.
_PASSWORD = 4
_HARD_BREAK = patterns.compile(r"(?<=[^\s。．.!！?？:：;；])\n(?=\S)")
_CJK = r"[　-〿㐀-鿿＀-￯]"
_CJK_SPACE = patterns.compile(rf"(?<={_CJK}) (?={_CJK})")


@dataclass(frozen=True)
class Page:
    """`blocks` is None where the page is a picture: it has no text layer, or a few letters of stamps and page numbers."""

    number: int
    blocks: list[Block] | None


def pages(path: Path) -> Iterator[Page]:
    """In order, one held at a time. Raises Unreadable."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(
            "encrypted_file" if getattr(error, "err_code", None) == _PASSWORD else "broken_file"
        ) from error
    if len(document) > MOST_PAGES:
        raise Unreadable("too_much_text")
    for index in range(len(document)):
        text = _page_text(document, index)
        letters = sum(character.isalnum() for character in text)
        has_text = letters >= LETTERS_PER_PAGE
        yield Page(index + 1, [Block(BlockKind.PARAGRAPH, text, page=index + 1)] if has_text else None)


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    text_page = page.get_textpage()
    text = text_page.get_text_bounded()
    text_page.close()
    page.close()
    # A PDF breaks lines where the paper ends, not where the sentence does.
    lines = (line.strip() for line in text.replace("\r\n", "\n").replace("\ufffe", "").split("\n"))
    return _CJK_SPACE.sub("", _HARD_BREAK.sub(" ", "\n".join(lines)))

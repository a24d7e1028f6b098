"""PDF → one block per page, so that an answer can say on which page it was."""

from collections.abc import Iterator
from pathlib import Path

import pypdfium2

from domain.documents.errors import Unreadable
from llm_backend import patterns

MOST_PAGES = 5000
# Fewer letters than this on average, and what is there is page numbers on scans.
LETTERS_PER_PAGE = 8
# PDFium's FPDF_ERR_PASSWORD.
_PASSWORD = 4
_HARD_BREAK = patterns.compile(r"(?<=[^\s。．.!！?？:：;；])\n(?=\S)")
_CJK = r"[　-〿㐀-鿿＀-￯]"
_CJK_SPACE = patterns.compile(rf"(?<={_CJK}) (?={_CJK})")


def pages(path: Path) -> Iterator[str]:
    """The text of each page. Raises Unreadable; that it is a scan without text is only known, and raised, behind the
    last page.
    """
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(
            "encrypted_file" if getattr(error, "err_code", None) == _PASSWORD else "broken_file"
        ) from error
    if len(document) > MOST_PAGES:
        raise Unreadable("too_much_text")
    letters = 0
    for number in range(len(document)):
        text = _page_text(document, number)
        letters += sum(character.isalnum() for character in text)
        yield text
    # Scanned pages: a few letters come of stamps and page numbers.
    if letters < LETTERS_PER_PAGE * len(document):
        raise Unreadable("no_text_layer")


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    text_page = page.get_textpage()
    text = text_page.get_text_bounded()
    text_page.close()
    page.close()
    # A PDF breaks lines where the paper ends, not where the sentence does.
    lines = (line.strip() for line in text.replace("\r\n", "\n").replace("\ufffe", "").split("\n"))
    return _CJK_SPACE.sub("", _HARD_BREAK.sub(" ", "\n".join(lines)))

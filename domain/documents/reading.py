"""A stored file → its media type and blocks. Called in a child process by `apps.knowledge.reader`."""

import xml.parsers.expat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from lxml.etree import LxmlError

from domain.documents import book, content, mail, markdown, markup, pdf, questions, sheets, slides, text
from domain.documents.blocks import Block, BlockKind, to_json
from domain.documents.content import Kind
from domain.documents.errors import Unreadable
from domain.documents.sources import Source, content_of
from llm_backend.unicode_forms import nfc

MOST_CHARACTERS = 20_000_000
# What the readers of other people's formats raise on damaged files.
DAMAGE_ERRORS = (
    zipfile.BadZipFile,
    xml.parsers.expat.ExpatError,
    KeyError,
    ValueError,
    AttributeError,
    TypeError,
    LxmlError,
)
# A mail may hold mails that hold mails.
DEEPEST_MAIL = 3
_READERS: dict[Kind, Callable[[Source], Iterator[Block]]] = {
    Kind.WORD: markup.word_blocks,
    Kind.SLIDES: slides.blocks,
    Kind.SHEETS: sheets.blocks,
    Kind.OLD_SHEETS: sheets.blocks,
    Kind.OPEN_SHEETS: sheets.blocks,
    Kind.BOOK: book.blocks,
}


def read(path: str, name: str) -> dict[str, Any]:
    """`media_type` and `blocks` (`blocks.to_json`), or `error` with a code."""
    file = Path(path)
    try:
        kind = content.kind_of(file, name)
        return {"media_type": kind.value, "blocks": [to_json(block) for block in _limit(_blocks(file, kind))]}
    except Unreadable as error:
        return {"error": error.code}
    except DAMAGE_ERRORS:
        return {"error": "broken_file"}


def _blocks(source: Source, kind: Kind, depth: int = 0) -> Iterator[Block]:
    """`depth`: in how many mails it lay."""
    if kind is Kind.PDF:
        return _pdf_blocks(source)
    if reader := _READERS.get(kind):
        return reader(source)
    if kind is Kind.MAIL:
        return mail.blocks(content_of(source), partial(_attached_blocks, depth=depth + 1))
    return _text_blocks(text.decode(content_of(source)), kind)


def _pdf_blocks(source: Source) -> Iterator[Block]:
    """Of pages that are pictures, those that can be read. Raises Unreadable for a document of them alone."""
    has_text = False
    for page in pdf.pages(source):
        blocks = _scanned_blocks(source, page.number) if page.blocks is None else page.blocks
        has_text = has_text or bool(blocks)
        yield from blocks
    if not has_text:
        raise Unreadable("no_text_layer")


def _scanned_blocks(source: Source, number: int) -> list[Block]:
    """Of a page that has no text layer."""
    return []


def _attached_blocks(attached: bytes, name: str, depth: int) -> list[Block]:
    """None of what cannot be read: the rest of the mail goes on."""
    if depth > DEEPEST_MAIL or not attached:
        return []
    try:
        return list(_blocks(attached, content.kind_of(attached, name), depth))
    except (Unreadable, *DAMAGE_ERRORS):
        return []


def _text_blocks(source: str, kind: Kind) -> Iterator[Block]:
    if kind is Kind.HTML:
        yield from markup.html_blocks(source)
    elif kind is Kind.CSV:
        yield from (Block(BlockKind.PARAGRAPH, row, is_whole=True) for row in questions.rows(source))
    else:
        yield from markdown.blocks(source)


def _limit(blocks: Iterable[Block]) -> Iterator[Block]:
    """Those with text, in NFC. Raises Unreadable for too much of it, and behind the last block where there was none."""
    characters, has_text = 0, False
    for block in blocks:
        characters += len(block.text)
        if characters > MOST_CHARACTERS:
            raise Unreadable("too_much_text")
        if block.text.strip():
            has_text = True
            cells = tuple(replace(cell, text=nfc(cell.text)) for cell in block.cells)
            yield replace(block, text=nfc(block.text), cells=cells)
    if not has_text:
        raise Unreadable("empty_file")

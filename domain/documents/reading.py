"""A stored file → its media type and blocks. Called in a child process by `apps.knowledge.reader`."""

import xml.parsers.expat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.documents import content, markdown, markup, pdf, questions, text
from domain.documents.blocks import Block, BlockKind, to_json
from domain.documents.content import Kind
from domain.documents.errors import Unreadable
from domain.documents.ocr.pictures import page_count
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
)


def read(path: str, name: str) -> dict[str, Any]:
    """`media_type`, `blocks` (`blocks.to_json`) and `pictures`: the pages without text, which are left to
    `domain.documents.ocr`; or `error` with a code.
    """
    file = Path(path)
    try:
        kind = content.kind_of(file, name)
        pictures: list[int] = []
        blocks = [to_json(block) for block in _limit(_blocks(file, kind, pictures))]
    except Unreadable as error:
        return {"error": error.code}
    except DAMAGE_ERRORS:
        return {"error": "broken_file"}
    if not blocks and not pictures:
        return {"error": "empty_file"}
    return {"media_type": kind.value, "blocks": blocks, "pictures": pictures}


def _blocks(path: Path, kind: Kind, pictures: list[int]) -> Iterator[Block]:
    """Numbers of pages that are pictures go into `pictures`."""
    if kind in content.PICTURES:
        pictures += range(1, page_count(path) + 1)
    elif kind is Kind.PDF:
        yield from _pdf_blocks(path, pictures)
    elif kind is Kind.WORD:
        yield from markup.word_blocks(path)
    else:
        yield from _text_blocks(text.decode(path.read_bytes()), kind)


def _pdf_blocks(path: Path, pictures: list[int]) -> Iterator[Block]:
    for page in pdf.pages(path):
        if page.blocks is None:
            pictures.append(page.number)
        else:
            yield from page.blocks


def _text_blocks(source: str, kind: Kind) -> Iterator[Block]:
    if kind is Kind.HTML:
        yield from markup.html_blocks(source)
    elif kind is Kind.CSV:
        yield from (Block(BlockKind.PARAGRAPH, row, is_whole=True) for row in questions.rows(source))
    else:
        yield from markdown.blocks(source)


def _limit(blocks: Iterable[Block]) -> Iterator[Block]:
    """Those with text, in NFC. Raises Unreadable for too much of it."""
    characters = 0
    for block in blocks:
        characters += len(block.text)
        if characters > MOST_CHARACTERS:
            raise Unreadable("too_much_text")
        if block.text.strip():
            cells = tuple(replace(cell, text=nfc(cell.text)) for cell in block.cells)
            yield replace(block, text=nfc(block.text), cells=cells)

"""A stored file → its media type and blocks. Called in a child process by `apps.knowledge.reader`."""

import base64
import pkgutil
import xml.parsers.expat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from lxml.etree import LxmlError

from domain.documents import content
from domain.documents.blocks import Block, to_json
from domain.documents.content import Kind
from domain.documents.errors import Unreadable
from domain.documents.sources import Source, content_of, opened
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
# Smaller pictures in a mail are the logos and lines of its signature.
LEAST_SCAN_BYTES = 20_000
Scan = dict[str, Any]
# By name: each brings libraries of its own, and a process lives for one file.
_READERS = {
    Kind.WORD: "markup:word_blocks",
    Kind.SLIDES: "slides:blocks",
    Kind.SHEETS: "spreadsheets:blocks",
    Kind.OLD_SHEETS: "spreadsheets:blocks",
    Kind.OPEN_SHEETS: "spreadsheets:blocks",
    Kind.BOOK: "book:blocks",
}
_LETTERS = {Kind.MAIL: "mail:blocks", Kind.MAILBOX: "mail:mailbox", Kind.OUTLOOK: "outlook:blocks"}


# Where a line may break, and where not. In the middle of a word they hide it from every search.
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))


def read(path: str, name: str) -> dict[str, Any]:
    """`media_type`, `blocks` (`blocks.to_json`) and `pictures`: the pages without text, which are left to
    `domain.documents.ocr`, as those of `scans` are, which lay inside: `name`, `pages`, `content` as base64; or `error` with
    a code.
    """
    file = Path(path)
    try:
        kind = content.kind_of(file, name)
        pictures: list[int] = []
        scans: list[Scan] = []
        blocks = [to_json(block) for block in _limit(_blocks(file, kind, pictures, scans))]
    except Unreadable as error:
        return {"error": error.code}
    except DAMAGE_ERRORS:
        return {"error": "broken_file"}
    if not blocks and not pictures and not scans:
        return {"error": "empty_file"}
    return {"media_type": kind.value, "blocks": blocks, "pictures": pictures, "scans": scans}


def _blocks(
    source: Source, kind: Kind, pictures: list[int], scans: list[Scan], depth: int = 0
) -> Iterator[Block]:
    """Numbers of pages that are pictures go into `pictures`, files with such that lie inside into `scans`. `depth`: in how
    many mails it lay.
    """
    if kind in content.PICTURES:
        pictures += range(1, _named("ocr.pictures:page_count")(source) + 1)
    elif kind is Kind.PDF:
        yield from _pdf_blocks(source, pictures)
    elif reader := _READERS.get(kind):
        yield from _named(reader)(source)
        if kind is Kind.WORD:
            with opened(source) as file:
                for inside, name in _named("word_parts:chunks")(file):
                    yield from _attached_blocks(inside, name, scans, depth + 1) or []
    elif letter := _LETTERS.get(kind):
        yield from _named(letter)(content_of(source), partial(_attached_blocks, scans=scans, depth=depth + 1))
    else:
        yield from _text_blocks(_named("text:decode")(content_of(source)), kind)


def _named(reader: str) -> Any:
    return pkgutil.resolve_name(f"domain.documents.{reader}")


def _pdf_blocks(source: Source, pictures: list[int]) -> Iterator[Block]:
    for page in _named("pdf:pages")(source):
        if page.blocks is None:
            pictures.append(page.number)
        else:
            yield from page.blocks


def _attached_blocks(attached: bytes, name: str, scans: list[Scan], depth: int) -> list[Block] | None:
    """None of what cannot be read: the rest of the mail goes on."""
    if depth > DEEPEST_MAIL or not attached:
        return None
    pictures: list[int] = []
    try:
        kind = content.kind_of(attached, name)
        if kind in content.PICTURES and len(attached) < LEAST_SCAN_BYTES:
            return []
        found = list(_blocks(attached, kind, pictures, scans, depth))
    except (Unreadable, *DAMAGE_ERRORS):
        return None
    if pictures:
        scans.append({"name": name, "pages": pictures, "content": base64.b64encode(attached).decode()})
    return found


def _text_blocks(source: str, kind: Kind) -> Iterator[Block]:
    if kind is Kind.HTML:
        yield from _named("markup:html_blocks")(source)
    elif kind is Kind.CALENDAR:
        yield from _named("invitations:blocks")(source)
    elif kind is Kind.CSV:
        yield from _named("questions:blocks")(source)
    else:
        yield from _named("markdown:blocks")(source)


def _limit(blocks: Iterable[Block]) -> Iterator[Block]:
    """Those with text, in NFC, without what nobody sees. Raises Unreadable for too much of it."""
    characters = 0
    for block in blocks:
        characters += len(block.text)
        if characters > MOST_CHARACTERS:
            raise Unreadable("too_much_text")
        if (text := _seen(block.text)).strip():
            cells = tuple(replace(cell, text=_seen(cell.text)) for cell in block.cells)
            yield replace(block, text=text, cells=cells)


def _seen(text: str) -> str:
    return nfc(text.translate(_UNSEEN))

"""A stored file → its media type and blocks of Markdown. Called in a child process by `apps.knowledge.reader`."""

import xml.parsers.expat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domain.documents import content, markup, pdf, questions, text
from domain.documents.content import Kind
from domain.documents.errors import Unreadable

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
    """`media_type` and `blocks`, or `error` with a code."""
    file = Path(path)
    try:
        kind = content.kind_of(file, name)
        return {"media_type": kind.value, "blocks": _limit(_read_blocks(file, kind))}
    except Unreadable as error:
        return {"error": error.code}
    except DAMAGE_ERRORS:
        return {"error": "broken_file"}


def _read_blocks(path: Path, kind: Kind) -> Iterator[dict[str, Any]]:
    if kind is Kind.PDF:
        for number, page in enumerate(pdf.pages(path), start=1):
            yield {"page": number, "text": page}
    elif kind is Kind.WORD:
        yield {"text": markup.word_to_markdown(path)}
    else:
        yield from _text_blocks(text.decode(path.read_bytes()), kind)


def _text_blocks(source: str, kind: Kind) -> Iterator[dict[str, Any]]:
    if kind is Kind.HTML:
        yield {"text": markup.html_to_markdown(source)}
    elif kind is Kind.CSV:
        yield from ({"text": row, "is_whole": True} for row in questions.rows(source))
    else:
        yield {"text": source}


def _limit(blocks: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    blocks_with_text, characters = [], 0
    for block in blocks:
        characters += len(block["text"])
        if characters > MOST_CHARACTERS:
            raise Unreadable("too_much_text")
        if block["text"].strip():
            blocks_with_text.append(block)
    if not blocks_with_text:
        raise Unreadable("empty_file")
    return blocks_with_text

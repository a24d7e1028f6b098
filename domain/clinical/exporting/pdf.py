"""A record as PDF: A4, with fonts that come along, set by Typst from a template that is given the text as plain JSON."""

import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import pylopdf_fonts_zh_cn as chinese
import typst
from fontTools.ttLib import TTFont

from domain.clinical.exporting.document import ExportedRecord
from domain.clinical.exporting.layout import lay_out
from llm_backend.unicode_forms import nfc

MEDIA_TYPE = "application/pdf"
_TEMPLATE = Path(__file__).with_name("record.typ")
# For archives that must open it in thirty years: fonts inside, nothing loaded, text that can be searched.
_STANDARD: Final = "a-2u"
# Latin with all its accents, Greek, Cyrillic; signs. Typst's own fonts have every one of them.
_FALLBACK: Final = (
    range(0x20, 0x500),
    range(0x1E00, 0x1F00),
    range(0x2010, 0x2028),
    range(0x2070, 0x20C0),
    range(0x2190, 0x2400),
    range(0x25A0, 0x2600),
)


def write(record: ExportedRecord) -> bytes:
    return typeset(_TEMPLATE.read_bytes(), lay_out(record).to_dict(), record.written_at)


def typeset(template: bytes, page: Mapping[str, Any], written_at: datetime) -> bytes:
    """What a template makes of `page`, which it reads as JSON from `sys.inputs.page`."""
    pdf = typst.compile(
        template,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"page": _printable(json.dumps(page, ensure_ascii=False))},
        pdf_standards=_STANDARD,
        timestamp=int(written_at.timestamp()),
    )
    if not isinstance(pdf, bytes):
        raise TypeError(f"Typst gave {type(pdf).__name__} for one PDF")
    return pdf


def _printable(text: str) -> str:
    """A character without a glyph becomes its number: PDF/A allows no boxes, and a rare name stays readable."""
    composed = nfc(text)
    for unknown in set(composed) - _glyphs():
        composed = composed.replace(unknown, f"[U+{ord(unknown):04X}]")
    return composed


@cache
def _glyphs() -> frozenset[str]:
    """Of our fonts, and of those that Typst falls back to for letters written from left to right.

    Marks that combine with any letter are left out: no font has all the pairs.
    """
    paths = (chinese.sans_path(), chinese.serif_path())
    ours = {code for path in paths for code in TTFont(path, lazy=True).getBestCmap()}
    drawn = map(chr, ours.union(*_FALLBACK))
    return frozenset(each for each in drawn if unicodedata.category(each) not in ("Cn", "Mn", "Mc", "Me"))


@cache
def fonts() -> typst.Fonts:
    """Read once in a process. Fonts of the system are left alone, so that every machine prints the same."""
    return typst.Fonts(include_system_fonts=False, font_paths=[chinese.sans_path().parent])

"""A record as PDF: A4, with fonts that come along, set by Typst from a template that is given the text as plain JSON."""

import json
from functools import cache
from pathlib import Path
from typing import Final

import pylopdf_fonts_zh_cn as chinese
import typst

from llm_backend.clinical.exporting.document import ExportedRecord
from llm_backend.clinical.exporting.layout import page_of

MEDIA_TYPE = "application/pdf"
_TEMPLATE = Path(__file__).with_name("record.typ")
# For archives that must open it in thirty years: fonts inside, nothing loaded, text that can be searched.
_STANDARD: Final = "a-2u"


def write(record: ExportedRecord) -> bytes:
    page = json.dumps(page_of(record).to_dict(), ensure_ascii=False)
    made = typst.compile(
        _TEMPLATE.read_bytes(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"page": page},
        pdf_standards=_STANDARD,
        timestamp=int(record.written_at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError(f"Typst gave {type(made).__name__} for one PDF")
    return made


@cache
def _fonts() -> typst.Fonts:
    """Read once in a process. Fonts of the system are left alone, so that every machine prints the same."""
    return typst.Fonts(include_system_fonts=False, font_paths=[chinese.sans_path().parent])

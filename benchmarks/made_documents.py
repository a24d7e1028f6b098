"""Documents whose structure is known because it was made up, set by our own typesetter: each a PDF and what stands in it."""

import io
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pypdfium2
import typst
from PIL import Image

from domain.clinical.exporting import pdf as fonts

TEMPLATE = Path(__file__).with_name("made_document.typ")
# Of a scanner; the noise is of the 256 shades of grey, as the deviation of each point.
MOST_DEGREES, NOISE, JPEG_QUALITY = 3.0, 10.0, 80
_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
NOUNS, SENTENCES, TITLES = (
    {language: list[str](words[name]) for language, words in _WORDS.items()}
    for name in ("nouns", "sentences", "titles")
)
LOOKS = ("grid", "grid", "rows", "rules", "plain")


@dataclass
class MadeDocument:
    """`items`: in the order in which a person reads. `notes`: at the foot of their pages."""

    number: int
    language: str
    setting: dict[str, Any]
    items: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def pdf(self) -> bytes:
        """Without the tags that typesetters leave for readers: what stands on the paper has to do."""
        page = json.dumps(
            {"language": self.language, "items": self.items, **self.setting}, ensure_ascii=False
        )
        own_fonts: dict[str, Any] = {"font_paths": fonts.fonts(), "ignore_system_fonts": True}
        written = typst.compile(TEMPLATE.read_bytes(), sys_inputs={"page": page}, pdf_tags=False, **own_fonts)
        if not isinstance(written, bytes):
            raise TypeError(f"Typst gave {type(written).__name__} for one PDF")
        return written


def made(number: int) -> MadeDocument:
    """The same for the same number."""
    random = Random(number)
    language = ("en", "zh")[number % 2]
    setting = {
        "columns": random.choice((1, 1, 2)),
        "size": random.choice((9, 10, 10.5, 11, 12)),
        "is_serif": random.random() < 0.6,
        "is_justified": random.random() < 0.6,
        "is_indented": random.random() < 0.4,
        "is_numbered": random.random() < 0.5,
        "has_other_font": random.random() < 0.4,
        "are_numbers_right": random.random() < 0.4,
        "has_large_headings": language == "zh" or random.random() < 0.7,
        "header": _title(random, language) if random.random() < 0.6 else "",
        "has_numbers": random.random() < 0.8,
    }
    document = MadeDocument(number, language, setting)
    _fill(document, random)
    return document


def scan(path: Path, random: Random, dpi: int) -> bytes:
    """A PDF as a scanner gives it: pictures of its pages, a little askew, with noise."""
    noise, pages = np.random.default_rng(random.randrange(2**32)), []
    for page in pypdfium2.PdfDocument(path):
        picture = page.render(scale=dpi / 72, grayscale=True).to_pil()
        skew = random.uniform(-MOST_DEGREES, MOST_DEGREES)
        turned = picture.rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=255)
        points = np.asarray(turned, dtype=np.float32)
        noisy = np.clip(points + noise.normal(0, NOISE, points.shape), 0, 255)
        pages.append(Image.fromarray(noisy.astype(np.uint8)))
    written = io.BytesIO()
    form: dict[str, Any] = {"format": "PDF", "resolution": dpi, "quality": JPEG_QUALITY}
    pages[0].save(written, save_all=True, append_images=pages[1:], **form)
    return written.getvalue()


def _fill(document: MadeDocument, random: Random) -> None:
    language, is_narrow = document.language, document.setting["columns"] > 1
    document.items.append({"kind": "heading", "level": 1, "text": _title(random, language)})
    for section in range(1, random.randint(3, 5) + 1):
        _heading(document, random, 2, str(section))
        _text(document, random)
        for part in range(1, random.choice((1, 1, 3))):
            _heading(document, random, 3, f"{section}.{part}")
            _text(document, random)
        if random.random() < 0.5:
            items = [_sentence(random, language) for _ in range(random.randint(2, 5))]
            document.items.append({"kind": "list", "items": items, "is_ordered": random.random() < 0.4})
        if random.random() < 0.6:
            document.items.append(_table(random, language, is_narrow=is_narrow))
            _text(document, random)


def _heading(document: MadeDocument, random: Random, level: int, number: str) -> None:
    title = _title(random, document.language)
    text = f"{number} {title}" if document.setting["is_numbered"] else title
    document.items.append({"kind": "heading", "level": level, "text": text})


def _text(document: MadeDocument, random: Random) -> None:
    for _ in range(random.randint(1, 3)):
        between = " " if document.language == "en" else ""
        text = between.join(_sentence(random, document.language) for _ in range(random.randint(2, 6)))
        note = _sentence(random, document.language) if random.random() < 0.12 else ""
        document.notes += [note] if note else []
        document.items.append({"kind": "paragraph", "text": text, "note": note})


def _sentence(random: Random, language: str) -> str:
    first, second = random.sample(NOUNS[language], 2)
    return random.choice(SENTENCES[language]).format(first, second, n=random.randint(2, 90))


def _title(random: Random, language: str) -> str:
    first, second = random.sample(NOUNS[language], 2)
    title = random.choice(TITLES[language]).format(first, second)
    return title[0].upper() + title[1:]


def _table(random: Random, language: str, *, is_narrow: bool) -> dict[str, Any]:
    columns, rows = random.randint(2, 3 if is_narrow else 5), random.randint(3, 8)
    look = random.choice(LOOKS)
    is_wide = random.random() < 0.4
    cells = {
        (row, column): {"row": row, "column": column, "text": _cell(random, language, row, column)}
        for row in range(rows)
        for column in range(columns)
    }
    for each in cells.values():
        each |= {"rows": 1, "columns": 1}
    if is_wide:
        # Cells of several lines.
        for row in range(1, rows):
            cells[row, columns - 1]["text"] = _sentence(random, language)
    if look != "plain" and random.random() < 0.4:
        _join(random, cells, rows, columns)
    table = {"kind": "table", "columns": columns, "rows": rows, "look": look, "is_wide": is_wide}
    return {**table, "cells": list(cells.values())}


def _join(random: Random, cells: dict[tuple[int, int], dict[str, Any]], rows: int, columns: int) -> None:
    """Two columns in the head, or two rows below it."""
    if columns > 2 and random.random() < 0.5:
        column = random.randint(1, columns - 2)
        cells[0, column]["columns"] = 2
        del cells[0, column + 1]
    else:
        row = random.randint(1, rows - 2)
        cells[row, 0]["rows"] = 2
        del cells[row + 1, 0]


def _cell(random: Random, language: str, row: int, column: int) -> str:
    first, second = random.sample(NOUNS[language], 2)
    if row and column:
        share = f"{random.randint(1, 9999):,}", f"{random.randint(1, 99)}.{random.randint(10, 99)} %"
        return random.choice((*share, first))
    return f"{first} {second}" if language == "en" and row else first.capitalize()

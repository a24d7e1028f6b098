"""One page of a picture or PDF, to be understood: the page as a picture, its lines and its blocks, all with their places.

Called in a child process by `apps.knowledge.reader`.
"""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from domain.documents import content, page_pictures, pdf, pdf_characters
from domain.documents.blocks import Block, BlockKind, Box, to_json
from domain.documents.errors import Unreadable
from domain.documents.ocr import pictures, reading
from domain.documents.pages.runs import PageRuns, Run, lines_of

# Of a line: its row on the upright page, from which it is told what stands beside and what below.
Line = dict[str, Any]


def read(path: str, name: str, number: int) -> dict[str, Any]:
    """`jpeg` as base64, `lines`, `blocks` (`blocks.to_json`) and `is_recognised`: its text was read from a picture; or
    `error` with a code.
    """
    file = Path(path)
    try:
        kind = content.kind_of(file, name)
        if kind is not content.Kind.PDF and kind not in content.PICTURES:
            return {"error": "no_picture"}
        if not 1 <= number <= page_pictures.page_count(file, kind):
            return {"error": "no_such_page"}
        picture = pictures.page(file, number, kind)
        written = _pdf_text(file, number) if kind is content.Kind.PDF else None
        lines, blocks = written or _recognised(picture)
    except Unreadable as error:
        return {"error": error.code}
    return {
        "jpeg": page_pictures.jpeg_of(Image.fromarray(picture)),
        "lines": lines,
        "blocks": [to_json(block) for block in blocks],
        "is_recognised": written is None,
    }


def _pdf_text(path: Path, number: int) -> tuple[list[Line], list[Block]] | None:
    """None where the page has no text layer. Its blocks are told from this page alone: what others repeat is not asked."""
    with pypdfium2.PdfDocument(path) as document, pypdfium2.PdfDocument.new() as single:
        document.init_forms()
        runs = pdf_characters.page_runs(pdf_characters.printed_page(document, number - 1), 1)
        single.import_pages(document, [number - 1])
        file = io.BytesIO()
        single.save(file)
    (page,) = pdf.pages(file.getvalue())
    return None if page.blocks is None else (list(_lines_of_runs(runs)), page.blocks)


def _lines_of_runs(parts: Iterable[PageRuns]) -> Iterator[Line]:
    found = ((page, line) for page in parts for line in lines_of(page.runs))
    for row, (page, line) in enumerate(found):
        for run in line.runs:
            yield _line(run.text, 1.0, row, (run.left / page.width, run.right / page.width), page.box([run]))


def _recognised(picture: Any) -> tuple[list[Line], list[Block]]:
    if pictures.is_blank(picture):
        return [], []
    # Loads the weights: not for a blank page, nor for one with a text layer.
    from domain.documents.ocr import engine, illustrations, page

    read = engine.read(picture)
    found = page.runs_of(read, 1)
    pieces = [Run(each.text, each.left, each.top, each.right, each.bottom) for each in read.lines]
    sureness = {id(piece): each.confidence for piece, each in zip(pieces, read.lines, strict=True)}
    lines = [
        _line(
            piece.text,
            sureness[id(piece)],
            row,
            (piece.left / found.width, piece.right / found.width),
            found.box([piece]),
        )
        for row, line in enumerate(lines_of(pieces))
        for piece in line.runs
    ]
    text = [found.box([piece]) for piece in pieces]
    blocks = reading.blocks([found])
    text += [block.box for block in blocks if block.box]
    seen = [Block(BlockKind.PICTURE, "", box=box) for box in illustrations.find(picture, text)]
    return lines, [*blocks, *seen]


def _line(text: str, confidence: float, row: int, across: Iterable[float], box: Box) -> Line:
    left, right = across
    return {
        "text": text,
        "confidence": round(confidence, 3),
        "row": row,
        "left": round(left, 4),
        "right": round(right, 4),
        "boxes": [[round(each, 4) for each in (box.left, box.top, box.right, box.bottom)]],
    }

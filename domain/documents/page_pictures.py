"""A page of a stored document as a picture for the screen. Called in a child process by `apps.knowledge.reader`."""

import base64
import io
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from domain.documents import content
from domain.documents.errors import Unreadable
from domain.documents.ocr import pictures

# Enough to read a page of small print on a screen; half as many bytes as at twice the width.
LONGEST_SIDE = 1400
JPEG_QUALITY = 80


def read(path: str, name: str, number: int) -> dict[str, Any]:
    """`jpeg` of the page, from 1, as base64, or `error` with a code. Only PDFs and pictures have pages to show."""
    file = Path(path)
    try:
        kind = content.kind_of(file, name)
        if kind is not content.Kind.PDF and kind not in content.PICTURES:
            return {"error": "no_page_pictures"}
        if not 1 <= number <= page_count(file, kind):
            return {"error": "no_such_page"}
        picture = Image.fromarray(pictures.page(file, number, kind))
    except Unreadable as error:
        return {"error": error.code}
    return {"jpeg": jpeg_of(picture)}


def jpeg_of(picture: Image.Image) -> str:
    """As base64, no larger than a screen has use for."""
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=JPEG_QUALITY)
    return base64.b64encode(written.getvalue()).decode()


def page_count(path: Path, kind: content.Kind) -> int:
    """Raises Unreadable."""
    if kind is not content.Kind.PDF:
        return pictures.page_count(path)
    try:
        with pypdfium2.PdfDocument(path) as document:
            return len(document)
    except pypdfium2.PdfiumError as error:
        raise Unreadable("broken_file") from error

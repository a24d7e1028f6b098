"""Pages of picture files and of PDFs as pictures in RGB, small enough to be read in bounded memory."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image, ImageOps, UnidentifiedImageError

from domain.documents.content import Kind
from domain.documents.errors import Unreadable
from domain.documents.sources import Source, opened

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
# Of a picture as its file says, before anything is decoded: three bytes each have to fit into the child's memory.
MOST_PIXELS = 120_000_000
MOST_PAGES = 2000
# Of a page as it is read. An A4 page has 2,339 at 200 dpi.
LONGEST_SIDE = 3600
DPI = 200
LEAST_CONTRAST = 12


def page_count(source: Source) -> int:
    """Of a picture file: of a TIFF as many as it has, of moving pictures the first. Raises Unreadable."""
    with _opened(source) as picture:
        count = int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1
    if count > MOST_PAGES:
        raise Unreadable("too_much_text")
    return count


def page(path: Path, number: int, kind: Kind) -> npt.NDArray[np.uint8]:
    """`number` from 1. Raises Unreadable."""
    picture = _pdf_page(path, number) if kind is Kind.PDF else _picture(path, number)
    return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def is_blank(picture: npt.NDArray[np.uint8]) -> bool:
    """Of one colour, whatever that is. A scanned empty sheet has its grain, and takes a second."""
    return int(picture.max()) - int(picture.min()) < LEAST_CONTRAST


def _opened(source: Source) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow refuses twice as much
    try:
        return Image.open(opened(source), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise Unreadable("picture_too_large") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise Unreadable("broken_file") from error


def _picture(path: Path, number: int) -> Image.Image:
    try:
        with _opened(path) as picture:
            picture.seek(number - 1)
            if picture.width * picture.height > MOST_PIXELS:
                raise Unreadable("picture_too_large")
            # JPEG is decoded to a half, a quarter or an eighth at once.
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            if max(picture.size) > LONGEST_SIDE:
                picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return _on_white(ImageOps.exif_transpose(picture))
    except (EOFError, OSError, SyntaxError, ValueError) as error:
        raise Unreadable("broken_file") from error


def _on_white(picture: Image.Image) -> Image.Image:
    """Letters on a transparent ground are black on black otherwise; of 16 bits the upper eight are kept."""
    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.asarray(picture, dtype=np.float32)
        spread = float(values.max() - values.min()) or 1.0
        return Image.fromarray(((values - values.min()) * (255 / spread)).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        with_alpha = picture.convert("RGBA")
        ground = Image.new("RGBA", with_alpha.size, "white")
        return Image.alpha_composite(ground, with_alpha)
    return picture.copy()


def _pdf_page(path: Path, number: int) -> Image.Image:
    """At 200 dpi, large sheets at less."""
    try:
        with pypdfium2.PdfDocument(path) as document:
            sheet = document[number - 1]
            scale = min(DPI / 72, LONGEST_SIDE / max(sheet.get_size()))
            bitmap = sheet.render(scale=scale, may_draw_forms=False)
            picture: Image.Image = bitmap.to_pil().copy()
            return picture
    except pypdfium2.PdfiumError as error:
        raise Unreadable("broken_file") from error

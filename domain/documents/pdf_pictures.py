"""What pictures of a tagged PDF show, in the words that the file has for those who do not see them."""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from domain.documents.alternative_texts import alternative_text
from domain.documents.blocks import Block, BlockKind, Box
from domain.documents.pdf_characters import frame_of

# Of the tree of tags of a page.
MOST_TAGS = 20_000
MOST_OBJECTS = 4000


def captions(page: pypdfium2.PdfPage, number: int) -> list[Block]:
    """With their places, where these are told."""
    tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return []
    try:
        told = [(_first_mark(tag), text) for tag in _tags(tree) if (text := _alternative_text(tag))]
    finally:
        pdfium.FPDF_StructTree_Close(tree)
    boxes = dict(_boxes(page)) if told else {}
    return [Block(BlockKind.CAPTION, text, page=number, box=boxes.get(mark)) for mark, text in told]


def put_beside(captions: Sequence[Block], blocks: list[Block]) -> list[Block]:
    """Each above the first block that stands below it, else at the end."""
    for caption in captions:
        box = caption.box
        below = (at for at, block in enumerate(blocks) if box and block.box and _is_below(block.box, box))
        blocks.insert(next(below, len(blocks)), caption)
    return blocks


def _is_below(box: Box, other: Box) -> bool:
    return box.top >= other.top and box.left < other.right and box.right > other.left


def _tags(tree: Any) -> Iterator[Any]:
    count = min(pdfium.FPDF_StructTree_CountChildren(tree), MOST_TAGS)
    waiting = [pdfium.FPDF_StructTree_GetChildAtIndex(tree, at) for at in reversed(range(count))]
    for _tag in range(MOST_TAGS):
        if not waiting:
            return
        if tag := waiting.pop():
            yield tag
            count = min(pdfium.FPDF_StructElement_CountChildren(tag), MOST_TAGS)
            waiting += [pdfium.FPDF_StructElement_GetChildAtIndex(tag, at) for at in reversed(range(count))]


def _alternative_text(tag: Any) -> str:
    """Of a formula or a link it says what these say themselves."""
    text = alternative_text(_text(pdfium.FPDF_StructElement_GetAltText, tag))
    return text if text and _text(pdfium.FPDF_StructElement_GetType, tag) == "Figure" else ""


def _first_mark(tag: Any) -> int:
    return int(pdfium.FPDF_StructElement_GetMarkedContentIdAtIndex(tag, 0))


def _text(read: Callable[..., int], tag: Any) -> str:
    if not (size := read(tag, None, 0)):
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(tag, buffer, size)
    return buffer.raw[:size].decode("utf-16-le", "replace").rstrip("\0")


def _boxes(page: pypdfium2.PdfPage) -> Iterator[tuple[int, Box]]:
    frame = frame_of(page)
    for piece in islice(page.get_objects(max_depth=2), MOST_OBJECTS):
        mark = pdfium.FPDFPageObj_GetMarkedContentID(piece.raw)
        if mark >= 0:
            left, top, right, bottom = frame.place(*piece.get_bounds())
            across, down = (
                (left / frame.width, right / frame.width),
                (top / frame.height, bottom / frame.height),
            )
            sides = (across[0], down[0], across[1], down[1])
            yield mark, Box(*(min(max(side, 0.0), 1.0) for side in sides))

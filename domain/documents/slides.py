"""PowerPoint → its slides as pages: titles as headings, texts where they stand, tables, notes."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from pptx import Presentation
from pptx.exc import PythonPptxError

from domain.documents import formulas, grids
from domain.documents.blocks import Block, BlockKind, Box, Cell
from domain.documents.errors import Unreadable
from domain.documents.sources import Source, opened

MOST_SLIDES = 3000
MOST_SHAPES = 2000
# Groups hold groups.
DEEPEST_GROUP = 8
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DRAWING_2010 = "{http://schemas.microsoft.com/office/drawing/2010/main}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"


def blocks(source: Source) -> Iterator[Block]:
    """Raises Unreadable."""
    with opened(source) as file:
        try:
            presentation = Presentation(file)
        except PythonPptxError as error:
            raise Unreadable("broken_file") from error
        size = float(presentation.slide_width or 1), float(presentation.slide_height or 1)
        for number, slide in enumerate(presentation.slides, start=1):
            if number > MOST_SLIDES:
                raise Unreadable("too_much_text")
            yield from _slide(slide, number, size)


def _slide(slide: Any, number: int, size: tuple[float, float]) -> Iterator[Block]:
    _choose(slide.element)
    title = slide.shapes.title
    title_id = title.shape_id if title is not None else None
    if title is not None and title.has_text_frame and (text := _title(title.text_frame)):
        yield Block(BlockKind.HEADING, text, level=1, page=number, box=_box(title, size))
    shapes = [shape for shape in islice(_leaves(slide.shapes), MOST_SHAPES) if shape.shape_id != title_id]
    for shape in sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0)):
        box = _box(shape, size)
        if getattr(shape, "has_table", False):
            cells = tuple(_cells(shape.table))
            yield Block(BlockKind.TABLE, grids.markdown(cells), page=number, box=box, cells=cells)
        elif getattr(shape, "has_text_frame", False):
            yield from _texts(shape.text_frame, number, box)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield from _texts(slide.notes_slide.notes_text_frame, number, None)


def _leaves(shapes: Any, depth: int = 0) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < DEEPEST_GROUP:
            yield from _leaves(shape.shapes, depth + 1)
        else:
            yield shape


def _choose(slide: Any) -> None:
    """What older programs show as a picture, such as a text with a formula, is taken as the text that it is."""
    for alternatives in list(slide.iter(f"{_COMPATIBILITY}AlternateContent")):
        choice = alternatives.find(f"{_COMPATIBILITY}Choice")
        for element in list(choice) if choice is not None else []:
            alternatives.addprevious(element)
        alternatives.getparent().remove(alternatives)


def _title(frame: Any) -> str:
    return " ".join(filter(None, (_paragraph(each) for each in frame.paragraphs)))


def _texts(frame: Any, number: int, box: Box | None) -> Iterator[Block]:
    """Several paragraphs of a frame are points of a list, as slides are written; a formula alone is one."""
    paragraphs = [(each.level, _paragraph(each)) for each in frame.paragraphs]
    lines = [(level, text) for level, text in paragraphs if text]
    if len(lines) > 1:
        items = "\n".join(f"{'  ' * level}- {text}" for level, text in lines)
        yield Block(BlockKind.LIST, items, page=number, box=box)
    elif lines:
        text = lines[0][1]
        if text.startswith("$") and text.endswith("$") and text.count("$") == 2:
            yield Block(BlockKind.FORMULA, f"$$ {text[1:-1]} $$", page=number, box=box)
        else:
            yield Block(BlockKind.PARAGRAPH, text, page=number, box=box)


def _paragraph(paragraph: Any) -> str:
    """Its runs, with formulas in their places."""
    parts = []
    for element in paragraph._p:
        if element.tag == f"{_DRAWING_2010}m":
            parts += [f" ${written}$ " for each in element if (written := formulas.latex(each))]
        elif element.tag == f"{_DRAWING}br":
            parts.append(" ")
        else:
            parts += [text.text or "" for text in element.iter(f"{_DRAWING}t")]
    return _line("".join(parts))


def _cells(table: Any) -> Iterator[Cell]:
    for row_number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells):
            if not cell.is_spanned:
                rows = cell.span_height if cell.is_merge_origin else 1
                columns = cell.span_width if cell.is_merge_origin else 1
                is_header = row_number == 0 and bool(table.first_row)
                yield Cell(row_number, column, _line(cell.text_frame.text), rows, columns, is_header)


def _line(text: str) -> str:
    return " ".join(text.split())


def _box(shape: Any, size: tuple[float, float]) -> Box | None:
    """None where the slide takes the place from its layout, or lies in a group."""
    sides = (shape.left, shape.top, shape.width, shape.height)
    if any(side is None for side in sides):
        return None
    left, top, width, height = map(float, sides)
    shares = (left / size[0], top / size[1], (left + width) / size[0], (top + height) / size[1])
    return Box(*(min(max(share, 0.0), 1.0) for share in shares))

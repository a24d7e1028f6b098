"""PowerPoint → its slides as pages: titles as headings, texts where they stand, tables, notes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any, NamedTuple

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PythonPptxError

from domain.documents import charts, formulas, grids, shape_order, word_numbers
from domain.documents.alternative_texts import alternative_text
from domain.documents.blocks import Block, BlockKind, Box, Cell
from domain.documents.errors import Unreadable
from domain.documents.shape_order import Placed, Sides
from domain.documents.sources import Source, opened

MOST_SLIDES = 3000
MOST_SHAPES = 2000
# Groups hold groups.
DEEPEST_GROUP = 8
# Of a line that nobody called one.
LONGEST_TITLE = 40
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DRAWING_2010 = "{http://schemas.microsoft.com/office/drawing/2010/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_INK = "{http://schemas.openxmlformats.org/presentationml/2006/main}contentPart"
# Sentences, labels with their values, and formulas have these.
_IN_NO_TITLE = frozenset(".。!！;；,，:：|$~")
_NO_STRIKE = "noStrike"
_OFF = ("0", "false")
_FOOTERS = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER)
_NOT_CONTENT = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.SLIDE_NUMBER)


def blocks(source: Source) -> Iterator[Block]:
    """What stands below all slides is told once, behind them. Raises Unreadable."""
    footers: dict[str, None] = {}
    backgrounds: dict[str, list[str]] = {}
    with opened(source) as file:
        try:
            presentation = Presentation(file)
        except PythonPptxError as error:
            raise Unreadable("broken_file") from error
        size = float(presentation.slide_width or 1), float(presentation.slide_height or 1)
        for number, slide in enumerate(presentation.slides, start=1):
            if number > MOST_SLIDES:
                raise Unreadable("too_much_text")
            # As sheets that somebody hid.
            if slide.element.get("show") not in _OFF:
                footers |= dict.fromkeys(_background(slide, backgrounds))
                for block in _slide(slide, number, size):
                    if block.kind is BlockKind.PAGE_FOOTER:
                        footers[block.text] = None
                    else:
                        yield block
    if footers:
        yield Block(BlockKind.PAGE_FOOTER, "\n".join(footers))


def _background(slide: Any, known: dict[str, list[str]]) -> list[str]:
    """What the layout of a slide and its master show below it, which are asked once."""
    texts: list[str] = []
    for own, below in pairwise((slide, slide.slide_layout, slide.slide_layout.slide_master)):
        if own.element.get("showMasterSp") in _OFF:
            break
        name = str(below.part.partname)
        if name not in known:
            shapes = [each.shape for each in islice(_arranged(below.shapes), MOST_SHAPES)]
            frames = [each.text_frame for each in shapes if each.has_text_frame and not each.is_placeholder]
            known[name] = [text for text in map(_title, frames) if any(map(str.isalnum, text))]
        texts += known[name]
    return texts


def _slide(slide: Any, number: int, size: tuple[float, float]) -> Iterator[Block]:
    _choose(slide.element)
    title = slide.shapes.title
    leaves = _arranged(slide.shapes, title.shape_id if title is not None else None)[:MOST_SHAPES]
    found = [block for leaf in leaves for block in _shape_blocks(leaf.shape, number, _box(leaf.sides, size))]
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        found += _texts(slide.notes_slide.notes_text_frame, number, None)
    if title is not None and title.has_text_frame and (text := _title(title.text_frame)):
        yield Block(BlockKind.HEADING, text, level=1, page=number, box=_box(_sides(title), size))
    elif found:
        found[0] = _untitled(found)
    yield from found


def _untitled(blocks: Sequence[Block]) -> Block:
    """The first of a slide without a title: a line above all others is one. The title of another slide holds for none."""
    first, *others = blocks
    is_above = first.box is not None and all(
        each.box is None or each.box.top >= first.box.bottom for each in others
    )
    is_line = first.kind is BlockKind.PARAGRAPH and len(first.text) <= LONGEST_TITLE
    if is_above and is_line and _IN_NO_TITLE.isdisjoint(first.text):
        return replace(first, kind=BlockKind.HEADING, level=1)
    return replace(first, is_apart=True)


class _Leaf(NamedTuple):
    """A shape that holds no other, and its left, top, right and bottom on the slide; none where its layout says them."""

    shape: Any
    sides: Sides | None


def _arranged(shapes: Any, title: int | None = None, depth: int = 0) -> list[_Leaf]:
    """As they are read, without the title and what says nothing. What was grouped belongs together; it has places in the
    group, which may lie elsewhere and be of another size.
    """
    leaves, placed = list[_Leaf](), list[Placed[list[_Leaf]]]()
    for shape in islice(_visible(shapes, title), MOST_SHAPES):
        if hasattr(shape, "shapes") and depth < DEEPEST_GROUP:
            inner = _arranged(shape.shapes, title, depth + 1)
            group = [_Leaf(leaf.shape, _sides_outside(leaf.sides, shape)) for leaf in inner]
        else:
            group = [_Leaf(shape, _sides(shape))] if any(_shape_blocks(shape, 0, None)) else []
        if sides := [leaf.sides for leaf in group if leaf.sides]:
            placed.append(Placed(shape_order.around(sides), group))
        else:
            leaves += group
    return [*leaves, *(leaf for each in shape_order.in_order(placed) for leaf in each.said)]


def _visible(shapes: Any, title: int | None) -> Iterator[Any]:
    for shape in shapes:
        is_hidden = shape._element._nvXxPr.cNvPr.get("hidden") in ("1", "true")
        if not is_hidden and _place(shape) not in _NOT_CONTENT and shape.shape_id != title:
            yield shape


def _place(shape: Any) -> Any:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _sides(shape: Any) -> Sides | None:
    sides = (shape.left, shape.top, shape.width, shape.height)
    if any(side is None for side in sides):
        return None
    left, top, width, height = map(float, sides)
    return left, top, left + width, top + height


def _sides_outside(sides: Sides | None, group: Any) -> Sides | None:
    frame, outside = group._element.grpSpPr.find(f"{_DRAWING}xfrm"), _sides(group)
    if sides is None or outside is None or frame is None or frame.chOff is None or frame.chExt is None:
        return None
    across = (outside[2] - outside[0]) / (frame.chExt.cx or 1)
    down = (outside[3] - outside[1]) / (frame.chExt.cy or 1)
    begin, scale = (frame.chOff.x, frame.chOff.y) * 2, (across, down) * 2
    return tuple(outside[at % 2] + (side - begin[at]) * scale[at] for at, side in enumerate(sides))


def _shape_blocks(shape: Any, number: int, box: Box | None) -> Iterator[Block]:
    cells: tuple[Cell, ...] = ()
    if _place(shape) in _FOOTERS:
        if shape.has_text_frame and (text := _title(shape.text_frame)):
            yield Block(BlockKind.PAGE_FOOTER, text)
    elif getattr(shape, "has_table", False):
        cells = tuple(_cells(shape.table))
    elif getattr(shape, "has_chart", False):
        for title in charts.titles(shape.chart):
            yield from _texts(title, number, box)
        cells = grids.of_rows(charts.rows(shape.chart))
    elif getattr(shape, "has_text_frame", False):
        yield from _texts(shape.text_frame, number, box)
    else:
        yield from _drawn(shape, number, box)
    if cells:
        yield from grids.blocks(cells, number, box)


def _drawn(shape: Any, number: int, box: Box | None) -> Iterator[Block]:
    """Of what has no text of its own."""
    if points := _diagram_points(shape):
        yield Block(BlockKind.LIST, "\n".join(f"- {each}" for each in points), page=number, box=box)
    elif shown := alternative_text(shape._element._nvXxPr.cNvPr.get("descr")):
        yield Block(BlockKind.CAPTION, shown, page=number, box=box)


def _diagram_points(shape: Any) -> list[str]:
    """The texts of a diagram (SmartArt), which lie in a part of their own."""
    told = shape._element.find(f".//{_DIAGRAM}relIds")
    name = told.get(f"{_RELATIONS}dm") if told is not None else None
    if name not in shape.part.rels:
        return []
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    points = etree.fromstring(shape.part.related_part(name).blob, parser).iter(f"{_DIAGRAM}t")
    texts = (_line(" ".join(text.text or "" for text in point.iter(f"{_DRAWING}t"))) for point in points)
    return [text for text in texts if text]


def _choose(slide: Any) -> None:
    """What older programs show as a picture, such as a text with a formula, is taken as the text that it is."""
    for alternatives in list(slide.iter(f"{_COMPATIBILITY}AlternateContent")):
        choice = alternatives.find(f"{_COMPATIBILITY}Choice")
        for element in list(choice) if choice is not None else []:
            alternatives.addprevious(element)
        alternatives.getparent().remove(alternatives)
    for ink in list(slide.iter(_INK)):
        # The library knows no shape of that kind.
        ink.getparent().remove(ink)


def _title(frame: Any) -> str:
    return " ".join(filter(None, (_paragraph(each) for each in frame.paragraphs)))


def _texts(frame: Any, number: int, box: Box | None) -> Iterator[Block]:
    """Several paragraphs of a frame are points of a list, as slides are written; a formula alone is one."""
    paragraphs = [(each, _paragraph(each)) for each in frame.paragraphs]
    lines = [(paragraph, text) for paragraph, text in paragraphs if text]
    if len(lines) > 1:
        marks = _marks([paragraph for paragraph, _text in lines])
        items = [f"{'  ' * each.level}{mark} {text}" for (each, text), mark in zip(lines, marks, strict=True)]
        yield Block(BlockKind.LIST, "\n".join(items), page=number, box=box)
    elif lines:
        text = lines[0][1]
        if text.startswith("$") and text.endswith("$") and text.count("$") == 2:
            yield Block(BlockKind.FORMULA, f"$$ {text[1:-1]} $$", page=number, box=box)
        else:
            yield Block(BlockKind.PARAGRAPH, text, page=number, box=box)


def _marks(paragraphs: Iterable[Any]) -> Iterator[str]:
    """What stands before each: the number that PowerPoint counts, or a stroke."""
    counts: dict[int, tuple[str, int]] = {}
    for paragraph in paragraphs:
        counts = {level: count for level, count in counts.items() if level <= paragraph.level}
        numbered = paragraph._p.find(f"{_DRAWING}pPr/{_DRAWING}buAutoNum")
        if numbered is None:
            counts.pop(paragraph.level, None)
            yield "-"
            continue
        form, start = numbered.get("type", ""), int(numbered.get("startAt", "1"))
        before, count = counts.get(paragraph.level, (form, start - 1))
        count = count + 1 if before == form else start
        counts[paragraph.level] = form, count
        written = word_numbers.written(count, _number_format(form))
        left, right = "(" * form.endswith("ParenBoth"), ")" if "Paren" in form else "."
        yield f"{left}{written}{right}"


def _number_format(form: str) -> str:
    """As Word calls it, which counts in the same ways: arabicPeriod, alphaLcParenR, romanUcPeriod, ea1ChsPeriod."""
    case = "upper" if "Uc" in form else "lower"
    if form.startswith(("alpha", "roman")):
        return f"{case}Letter" if form.startswith("alpha") else f"{case}Roman"
    if form.startswith("circleNum"):
        return "decimalEnclosedCircle"
    return "chineseCounting" if form.startswith("ea1Ch") else "decimal"


def _paragraph(paragraph: Any) -> str:
    """Its runs, with formulas in their places."""
    parts = []
    for element in paragraph._p:
        if element.tag == f"{_DRAWING_2010}m":
            parts += [f" ${written}$ " for each in element if (written := formulas.latex(each))]
        elif element.tag == f"{_DRAWING}br":
            parts.append(" ")
        else:
            text = "".join(each.text or "" for each in element.iter(f"{_DRAWING}t"))
            properties = element.find(f"{_DRAWING}rPr")
            strike = properties.get("strike", _NO_STRIKE) if properties is not None else _NO_STRIKE
            parts.append(text if strike == _NO_STRIKE or not text.strip() else f"~~{text}~~")
    return _line("".join(parts).replace("~~~~", ""))


def _cells(table: Any) -> Iterator[Cell]:
    for row_number, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells):
            if not cell.is_spanned:
                rows = cell.span_height if cell.is_merge_origin else 1
                columns = cell.span_width if cell.is_merge_origin else 1
                is_header = row_number == 0 and bool(table.first_row)
                yield Cell(row_number, column, _title(cell.text_frame), rows, columns, is_header)


def _line(text: str) -> str:
    return " ".join(text.split())


def _box(sides: Sides | None, size: tuple[float, float]) -> Box | None:
    if sides is None:
        return None
    return Box(*(min(max(side / size[at % 2], 0.0), 1.0) for at, side in enumerate(sides)))

"""Runs of a page → its blocks: by columns, lines and paragraphs, in the order in which a person reads."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, replace
from itertools import groupby, pairwise

from domain.documents import grids
from domain.documents.blocks import Block, BlockKind, Box
from domain.documents.pages import running, tables
from domain.documents.pages.running import Mark
from domain.documents.pages.runs import Line, PageRuns, Run, joined, lines_of, wide
from domain.documents.pages.styles import Style
from llm_backend import patterns

# Between two columns, in sizes of the text.
LEAST_GUTTER = 0.8
LEAST_COLUMN_LINES = 4
STANDS_IN = 2.5
# In sizes: the gap below two columns, and by how much their ends may differ.
AFTER_COLUMNS = 0.8
UNEVEN = 5
# How much of a column lines of prose fill; the cells of a table do not.
PROSE_WIDTH = 0.5
# Of its lines; the rest are headings, ends of paragraphs, tables.
LEAST_FULL = 0.35
# Letters of a line of prose, Chinese ones counted twice, and how many of all letters stand in such lines where there are
# columns of it: a page that is one wide table has fewer.
PROSE_LETTERS, LEAST_PROSE = 18, 0.25
# A page of more is a list of numbers or a plan.
MOST_RUNS = 4000
# Columns stand in at most so many parts.
MOST_COLUMNS = 4
# Of the leading: what is further apart is no paragraph any more.
FURTHER = 1.25
# In sizes of the text.
INDENT = 0.8
# A last line ends so much of the column before its edge.
SHORT_LINE = 0.15
_ENDS = frozenset('.!?:;。！？：；…"”’」』)）')
_BULLET = patterns.compile(r"[•‣◦▪■●○∙–—\-*·]\s*(?=\S)")
_NUMBER = patterns.compile(
    r"(?:\d{1,2}[.)、）]|[（(][\da-z一二三四五六七八九十]{1,2}[)）]|[a-z][.)])\s*(?=\D)"
)
_CAPTION = patterns.compile(r"(?:table|figure|fig\.|图|表|圖)\s?\d", patterns.IGNORECASE)
LONGEST_CAPTION = 200


def blocks_of(page: PageRuns, style: Style, repeated: frozenset[Mark]) -> Iterator[Block]:
    heads, feet, body = _without_repeated(page, repeated)
    for line in heads:
        yield Block(BlockKind.PAGE_HEADER, line.text, page=page.number, box=page.box(line.runs))
    for column in columns_of(body, style.size):
        found = tables.with_aligned_tables(lines_of(column), style.leading)
        yield from _lists(
            block for lines in _paragraphs(found, style) for block in _blocks(page, style, lines)
        )
    for line in feet:
        yield Block(BlockKind.PAGE_FOOTER, line.text, page=page.number, box=page.box(line.runs))


def _lists(blocks: Iterable[Block]) -> Iterator[Block]:
    """Items of a list as one block."""
    for kind, group in groupby(blocks, key=lambda block: block.kind):
        if kind is not BlockKind.LIST:
            yield from group
            continue
        items = list(group)
        left, top, right, bottom = zip(*(astuple(item.box) for item in items if item.box), strict=True)
        yield replace(
            items[0],
            text="\n".join(item.text for item in items),
            box=Box(min(left), min(top), max(right), max(bottom)),
        )


def columns_of(runs: Sequence[Run], size: float, parts: int = MOST_COLUMNS) -> Iterator[list[Run]]:
    """What is read from top to bottom: above two columns what goes over both, then the left one, then the right."""
    gutter = _gutter(runs, size) if parts > 1 else None
    wide: list[Run] = []
    ordered = sorted(runs, key=lambda run: run.middle)
    for is_across, group in groupby(ordered, key=lambda run: gutter is None or run.left < gutter < run.right):
        if gutter is None or is_across:
            wide += group
            continue
        band = list(group)
        above, left, right, below = _band(band, gutter, size, is_last=band[-1] is ordered[-1])
        wide += above
        if right:
            yield from [wide] if wide else ()
            yield from columns_of(left, size, parts - 1)
            yield from columns_of(right, size, parts - 1)
            wide = []
        wide += below
    yield from [wide] if wide else ()


def _band(
    runs: Sequence[Run], gutter: float, size: float, *, is_last: bool
) -> tuple[list[Run], list[Run], list[Run], list[Run]]:
    """What stands between two lines that go over both columns: short lines above them, the columns, short lines below. The
    latter begin where the right column ends, behind a gap, and only where lines over both follow: what stands apart at
    the end of a column is mostly a note.
    """
    left = [run for run in runs if run.right <= gutter]
    right = [run for run in runs if run.left >= gutter]
    if not left or not right:
        return (list(runs), [], [], []) if not right else ([], left, right, [])
    top, bottom = min(run.top for run in right), max(run.bottom for run in right)
    above = [run for run in left if run.bottom <= top + 0.2 * size]
    beside = [run for run in left if run.bottom > top + 0.2 * size]
    end = next(
        (
            below.top
            for above_it, below in ([] if is_last else pairwise(lines_of(beside)))
            if below.top - above_it.bottom > AFTER_COLUMNS * size
            and below.top >= bottom - 0.2 * size
            and above_it.bottom > bottom - UNEVEN * size
        ),
        float("inf"),
    )
    return (
        above,
        [run for run in beside if run.top < end],
        right,
        [run for run in beside if run.top >= end],
    )


def _gutter(runs: Sequence[Run], size: float) -> float | None:
    """Just before where a column begins that has prose on both of its sides."""
    if not 2 * LEAST_COLUMN_LINES <= len(runs) <= MOST_RUNS:
        return None
    letters = [wide(run.text) for run in runs]
    if sum(count for count in letters if count >= PROSE_LETTERS) < LEAST_PROSE * sum(letters):
        return None
    start, end = min(run.left for run in runs), max(run.right for run in runs)
    best, best_score = None, 0
    for x in sorted({round(run.left) for run in runs}):
        # Items of a list and first lines stand in from the edge of their column.
        begun = sum(x - 1 <= run.left <= x + STANDS_IN * size for run in runs)
        if begun < LEAST_COLUMN_LINES or not start + 0.2 * (end - start) < x < end - 0.15 * (end - start):
            continue
        gutter = x - LEAST_GUTTER * size
        left = [run for run in runs if run.right <= gutter]
        right = [run for run in runs if run.left >= gutter]
        crossing = len(runs) - len(left) - len(right)
        score = min(len(left), len(right)) - 2 * crossing
        if score > best_score and _is_prose(left) and _is_prose(right):
            best, best_score = gutter, score
    return best


def _is_prose(runs: Sequence[Run]) -> bool:
    if len(runs) < LEAST_COLUMN_LINES:
        return False
    lines = lines_of(runs)
    width = max(run.right for run in runs) - min(run.left for run in runs)
    full = sum(line.right - line.left >= PROSE_WIDTH * width for line in lines)
    return full >= LEAST_FULL * len(lines)


def _without_repeated(page: PageRuns, repeated: frozenset[Mark]) -> tuple[list[Line], list[Line], list[Run]]:
    heads: list[Line] = []
    feet: list[Line] = []
    edges = running.edge_lines(page)
    for line in edges:
        if running.is_repeated(page, line, edges, repeated):
            (heads if line.top < page.height / 2 else feet).append(line)
    aside = {id(run) for line in (*heads, *feet) for run in line.runs}
    return heads, feet, [run for run in page.runs if id(run) not in aside]


def _paragraphs(lines: Sequence[Line], style: Style) -> Iterator[list[Line]]:
    """Lines that belong together. A table is one by itself."""
    if not lines:
        return
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    paragraph: list[Line] = []
    for line in lines:
        if paragraph and _begins_anew(paragraph, line, style, left, right):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    yield paragraph


def _begins_anew(paragraph: Sequence[Line], line: Line, style: Style, left: float, right: float) -> bool:
    above, first = paragraph[-1], paragraph[0]
    if line.cells or above.cells or line.is_bold != above.is_bold:
        return True
    if abs(line.size - above.size) > 0.08 * above.size:
        return True
    if line.bottom - above.bottom > FURTHER * style.leading * max(line.size, 1.0):
        return True
    if _marker(line.text):
        return True
    # What hangs below a marker goes on with its item.
    if _marker(first.text):
        return line.left < first.left + 0.3 * line.size
    if line.left > above.left + INDENT * line.size and (len(paragraph) > 1 or above.left <= left + 1):
        return True
    is_short = above.right < right - SHORT_LINE * (right - left)
    return is_short and above.text[-1:] in _ENDS


def _marker(text: str) -> str:
    """What an item of a list begins with, as Markdown writes it."""
    if _BULLET.match(text):
        return "- "
    number = _NUMBER.match(text)
    return number[0].strip() + " " if number else ""


def _blocks(page: PageRuns, style: Style, lines: Sequence[Line]) -> Iterator[Block]:
    box = page.box([run for line in lines for run in line.runs])
    if not lines[0].cells:
        yield _text_block(page.number, box, style, lines)
        return
    for block in grids.blocks(lines[0].cells, page.number, box):
        cells = grids.without_guessed_names(block.cells) if block.cells else ()
        yield replace(block, text=grids.markdown(cells), cells=cells) if cells else block


def _text_block(page: int, box: Box, style: Style, lines: Sequence[Line]) -> Block:
    text = joined(line.text for line in lines)
    if style.is_heading(lines, text):
        return Block(BlockKind.HEADING, text, level=style.level(lines[0]), page=page, box=box)
    if marker := _marker(text):
        item = _BULLET.sub("", text, count=1) if marker == "- " else _NUMBER.sub("", text, count=1)
        return Block(BlockKind.LIST, marker + item, page=page, box=box)
    is_caption = len(text) <= LONGEST_CAPTION and _CAPTION.match(text)
    return Block(BlockKind.CAPTION if is_caption else BlockKind.PARAGRAPH, text, page=page, box=box)

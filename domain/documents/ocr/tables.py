"""Tables out of lines of text: in the cells of a ruled grid, or where lines stand in columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from domain.documents import grids
from domain.documents.blocks import Block, BlockKind, Cell
from domain.documents.ocr.lines import Line, joined_text, rows_of, union
from domain.documents.ocr.rules import Grid, Rule

# In heights of a line: white between two columns.
COLUMN_GAP = 0.45
# Of the rows that may write across the white between two columns: titles, and headings of several columns.
MOST_CROSSING = 0.25
# Lines of one cell stand so much closer than rows do.
CLOSER_LINES = 0.82


@dataclass(frozen=True)
class _Place:
    """A line with the first and the last column over which it is written."""

    line: Line
    first: int
    last: int


def table_block(cells: Sequence[Cell], lines: Sequence[Line]) -> Block:
    """`lines`: the text of the table, which say where it stands."""
    box = union([line.box for line in lines])
    return Block(BlockKind.TABLE, grids.markdown(cells), box=box, cells=tuple(cells))


def ruled_cells(grid: Grid, lines: Sequence[Line]) -> tuple[list[Cell], list[Line]]:
    """The cells of a grid, and the lines inside it."""
    inside: dict[int, list[Line]] = {}
    for line in lines:
        place = grid.cell_at((line.left + line.right) / 2, line.middle)
        if place is not None:
            inside.setdefault(place, []).append(line)
    cells = [
        Cell(row, column, _cell_text(inside.get(place, [])), rows, columns, is_header=row == 0)
        for place, (row, column, rows, columns) in enumerate(grid.spans)
    ]
    return cells, [line for some in inside.values() for line in some]


def aligned_cells(lines: Sequence[Line], rules: Sequence[Rule] = ()) -> list[Cell]:
    """The cells of a table whose columns are told by white space alone, of which `lines` are all the text."""
    height = median(line.height for line in lines)
    columns = _columns(rows_of(lines), COLUMN_GAP * height)
    inner_rules = [rule for rule in rules if _is_inside(rule, lines)]
    headings = [rule for rule in inner_rules if not _is_across(rule, lines)]
    rows = [
        [_place(line, row, columns, headings) for whole in row for line in _cells_of(whole, columns)]
        for row in rows_of(lines)
    ]
    rows = _with_wrapped_lines(rows, inner_rules)
    header_rows = _header_rows(rows, inner_rules, lines)
    cells: list[Cell] = []
    for number, row in enumerate(rows):
        is_header = number < header_rows
        cells += _row_cells(row if is_header else _title(row, len(columns)), number, len(columns), is_header)
    return cells


def _cell_text(lines: Sequence[Line]) -> str:
    return joined_text(line.text for row in rows_of(lines) for line in row)


def _columns(rows: Sequence[Sequence[Line]], least_gap: float) -> list[tuple[float, float]]:
    """From left to right, where each column begins and ends.

    First white in nearly every row counts, so that headings of several columns are known as such; without those, every
    white counts, and a column that is filled in few rows is found too.
    """
    rough = _covered(rows, least_gap, crossing_allowed=MOST_CROSSING * len(rows))
    if len(rough) < 2:
        return rough or _covered(rows, least_gap, crossing_allowed=0)
    within_one = [[line for line in row if len(_touched(line, rough)) < 2] for row in rows]
    return _covered(within_one, least_gap, crossing_allowed=0) or rough


def _covered(
    rows: Sequence[Sequence[Line]], least_gap: float, *, crossing_allowed: float
) -> list[tuple[float, float]]:
    edges = sorted({edge for row in rows for line in row for edge in (line.left, line.right)})
    columns: list[tuple[float, float]] = []
    for start, end in pairwise(edges):
        middle = (start + end) / 2
        if sum(any(line.left < middle < line.right for line in row) for row in rows) <= crossing_allowed:
            continue
        if columns and start - columns[-1][1] < least_gap:
            columns[-1] = (columns[-1][0], end)
        else:
            columns.append((start, end))
    return columns


def _touched(line: Line, columns: Sequence[tuple[float, float]]) -> list[int]:
    return [
        index
        for index, (left, right) in enumerate(columns)
        if min(right, line.right) - max(left, line.left) > 0.25 * min(right - left, line.width)
    ]


def _cells_of(line: Line, columns: Sequence[tuple[float, float]]) -> list[Line]:
    """A line over as many columns as it has words is neighbouring cells that were taken for one."""
    words, touched = line.text.split(), _touched(line, columns)
    if len(words) < 2 or len(words) != len(touched):
        return [line]
    edges = [line.left, *(columns[index][0] for index in touched[1:]), line.right]
    return [
        replace(line, text=word, left=left, right=right)
        for word, (left, right) in zip(words, pairwise(edges), strict=True)
    ]


def _place(
    line: Line, row: Sequence[Line], columns: Sequence[tuple[float, float]], rules: Sequence[Rule]
) -> _Place:
    touched = _touched(line, columns)
    if not touched:
        middle = (line.left + line.right) / 2
        touched = [min(range(len(columns)), key=lambda index: abs(sum(columns[index]) / 2 - middle))]
    # A heading of several columns has a rule of their width above or below it.
    for rule in rules:
        is_near = abs(rule.y - line.middle) < 1.3 * line.height
        under = [each for each in row if rule.left < (each.left + each.right) / 2 < rule.right]
        if is_near and under == [line] and line.right <= rule.right + line.height:
            over = [
                index
                for index, (left, right) in enumerate(columns)
                if rule.left <= (left + right) / 2 <= rule.right
            ]
            if over and set(touched) <= set(over):
                touched = over
                break
    return _Place(line, touched[0], touched[-1])


def _title(row: list[_Place], columns: int) -> list[_Place]:
    """A single line across several columns is the title of what follows, and spans all."""
    if len(row) == 1 and row[0].last > row[0].first:
        return [_Place(row[0].line, 0, columns - 1)]
    return row


def _with_wrapped_lines(rows: list[list[_Place]], rules: Sequence[Rule]) -> list[list[_Place]]:
    """Rows of lines → rows of the table: a line that goes on with the cell above it belongs to that cell."""
    pitches = [_middle(below) - _middle(above) for above, below in pairwise(rows)]
    if not pitches:
        return rows
    usual = median(pitches)
    merged = [list(rows[0])]
    for above, row, pitch in zip(rows, rows[1:], pitches, strict=False):
        is_ruled_off = any(_middle(above) < rule.y < _middle(row) for rule in rules)
        filled_above = {column for place in merged[-1] for column in range(place.first, place.last + 1)}
        goes_on = all(place.first in filled_above for place in row) and len(row) < max(2, len(filled_above))
        if goes_on and pitch < CLOSER_LINES * usual and not is_ruled_off:
            merged[-1] += row
        else:
            merged.append(list(row))
    return merged


def _header_rows(rows: Sequence[Sequence[_Place]], rules: Sequence[Rule], lines: Sequence[Line]) -> int:
    """Those above the first rule that runs across the table; the first where none does."""
    for y in sorted(rule.y for rule in rules if _is_across(rule, lines)):
        above = sum(_middle(row) < y for row in rows)
        if 0 < above <= max(1, len(rows) // 2):
            return above
    return 1


def _row_cells(row: Sequence[_Place], number: int, columns: int, is_header: bool) -> list[Cell]:
    taken: dict[int, list[_Place]] = {}
    for place in sorted(row, key=lambda each: each.first):
        key = next(
            (first for first, some in taken.items() if first <= place.first <= some[0].last), place.first
        )
        taken.setdefault(key, []).append(place)
    cells, column = [], 0
    while column < columns:
        if some := taken.get(column):
            wide = max(place.last for place in some) - column + 1
            text = _cell_text([place.line for place in some])
            cells.append(Cell(number, column, text, 1, wide, is_header=is_header))
            column += wide
        else:
            cells.append(Cell(number, column, "", is_header=is_header))
            column += 1
    return cells


def _is_inside(rule: Rule, lines: Sequence[Line]) -> bool:
    return min(line.top for line in lines) < rule.y < max(line.bottom for line in lines)


def _is_across(rule: Rule, lines: Sequence[Line]) -> bool:
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    return rule.right - rule.left > 0.85 * (right - left)


def _middle(row: Sequence[_Place]) -> float:
    return median(place.line.middle for place in row)

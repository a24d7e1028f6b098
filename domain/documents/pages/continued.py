"""Tables that go on overleaf: their rows stand under the names of their columns there, too, not under the first of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from domain.documents import grids
from domain.documents.blocks import RUNNING, Block, BlockKind, Cell
from domain.documents.table_parts import are_words

# In shares of a page: how far down a table goes that goes on overleaf, how far up it does so there, and how exactly its
# sides stand below one another.
LEAST_BOTTOM, MOST_TOP = 0.7, 0.3
SAME_SIDE = 0.03
LONGEST_GROUP = 40
_NOTE_ENDS = frozenset(".。;；:：!！")


class End(NamedTuple):
    """What stands last on a page; of a table, the name of a group of rows that is its last row."""

    block: Block
    group: str = ""


def end_of(page: Sequence[Block]) -> End | None:
    blocks = [block for block in page if block.kind not in RUNNING]
    *_others, table, line = [None, None, *blocks]
    # The last row of a table that stands alone across it is told as a note below it.
    is_row = table is not None and line is not None and table.cells and table.box == line.box
    if table and line and is_row and len(line.text) <= LONGEST_GROUP and line.text[-1] not in _NOTE_ENDS:
        return End(table, line.text)
    return End(line) if line else None


def with_names(page: Sequence[Block], end: End | None) -> list[Block]:
    """`end`: of the page before it."""
    at = next((at for at, block in enumerate(page) if block.kind not in RUNNING), None)
    if at is not None and _is_row_across(page[at : at + 2]):
        at += 1
    if at is None or end is None or not _goes_on(end.block, page[at]):
        return list(page)
    height, width = grids.size(end.block.cells)
    count = grids.name_rows_count(end.block.cells, height, width)
    names = [cell for cell in end.block.cells if cell.row < count]
    if end.group:
        names.append(Cell(count, 0, end.group, columns=width))
        count += 1
    rows = [replace(cell, row=cell.row + count, is_header=False) for cell in page[at].cells]
    cells = (*names, *rows)
    return [*page[:at], replace(page[at], text=grids.markdown(cells), cells=cells), *page[at + 1 :]]


def _is_row_across(blocks: Sequence[Block]) -> bool:
    """The name of a group of rows, read as a line above a table without names."""
    kinds = [block.kind for block in blocks]
    return kinds == [BlockKind.CAPTION, BlockKind.TABLE] and not are_words([*_first_row(blocks[1]).values()])


def _goes_on(last: Block, first: Block) -> bool:
    """Not where names stand above it again, nor where it begins with one of them, as the next of many forms does."""
    are_tables = last.kind is first.kind is BlockKind.TABLE and last.cells and first.cells
    if (
        not are_tables
        or last.box is None
        or first.box is None
        or grids.size(last.cells)[1] != grids.size(first.cells)[1]
    ):
        return False
    is_below = last.box.bottom > LEAST_BOTTOM and first.box.top < MOST_TOP
    sides = ((last.box.left, first.box.left), (last.box.right, first.box.right))
    names, row = _first_row(last), _first_row(first)
    is_named = any(names[column] == text for column, text in row.items() if text and column in names)
    is_same = all(abs(one - other) <= SAME_SIDE for one, other in sides)
    return is_below and is_same and are_words(list(names.values())) and not is_named


def _first_row(table: Block) -> dict[int, str]:
    return {cell.column: cell.text for cell in table.cells if cell.row == 0}

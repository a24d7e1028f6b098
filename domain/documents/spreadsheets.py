"""Spreadsheets → the sheets of each as tables, or as rows with the names of their columns where they are wide."""

from collections.abc import Iterable, Iterator, Sequence

import python_calamine

from domain.documents import grids, questions
from domain.documents.blocks import Block, BlockKind
from domain.documents.errors import Unreadable
from domain.documents.questions import MOST_COLUMNS, MOST_ROWS
from domain.documents.sources import Source, opened
from domain.documents.tables import cell_value

MOST_SHEETS = 200
MOST_CELLS = 2_000_000
# Wider tables, and those with long cells, are read better row by row.
NARROW_COLUMNS = 6
SHORT_CELL = 60
# A record of more is cut like any other text.
LONGEST_WHOLE = 2000


def blocks(source: Source) -> Iterator[Block]:
    """Raises Unreadable. A formula is what it last gave: none is run."""
    try:
        with opened(source) as file, python_calamine.load_workbook(file) as book:
            cells = 0
            for name in book.sheet_names[:MOST_SHEETS]:
                sheet = book.get_sheet_by_name(name)
                cells += sheet.height * sheet.width
                if sheet.width > MOST_COLUMNS:
                    raise Unreadable("too_many_columns")
                if sheet.height > MOST_ROWS or cells > MOST_CELLS:
                    raise Unreadable("too_much_text")
                yield from _sheet_blocks(name, _rows(sheet.iter_rows()))
    except python_calamine.PasswordError as error:
        raise Unreadable("encrypted_file") from error
    except python_calamine.CalamineError as error:
        raise Unreadable("broken_file") from error


def _rows(rows: Iterable[Sequence[object]]) -> list[list[str]]:
    """Without empty rows, nor the columns that are empty in all of them."""
    written = [[_text(cell) for cell in row] for row in rows]
    filled = [row for row in written if any(row)]
    kept = [at for at in range(len(filled[0])) if any(row[at] for row in filled)] if filled else []
    return [[row[at] for at in kept] for row in filled]


def _text(cell: object) -> str:
    value = cell_value(cell)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _sheet_blocks(name: str, rows: list[list[str]]) -> Iterator[Block]:
    if not rows:
        return
    yield Block(BlockKind.HEADING, name, level=1)
    # Titles that people put above the names of the columns.
    while len(rows) > 1 and sum(map(bool, rows[0])) == 1 < sum(map(bool, rows[1])):
        yield Block(BlockKind.PARAGRAPH, "".join(rows.pop(0)))
    if pairs := questions.pairs_of(rows):
        yield from pairs
    elif len(rows[0]) <= NARROW_COLUMNS and not any(len(cell) > SHORT_CELL for row in rows for cell in row):
        cells = grids.of_rows(rows)
        yield Block(BlockKind.TABLE, grids.markdown(cells), cells=cells)
    else:
        for record in questions.records(rows):
            yield Block(BlockKind.PARAGRAPH, record, is_whole=len(record) <= LONGEST_WHOLE)

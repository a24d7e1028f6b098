"""Spreadsheets → the sheets of each as tables, or as rows with the names of their columns where they are wide."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import python_calamine

from domain.documents import grids, number_formats, questions
from domain.documents.blocks import Block, BlockKind
from domain.documents.errors import Unreadable
from domain.documents.questions import MOST_COLUMNS, MOST_ROWS, MOST_TITLES
from domain.documents.sources import Source, opened
from domain.documents.tables import cell_value, visible_sheets

MOST_SHEETS = 200
MOST_CELLS = 2_000_000
# Wider tables, and those with long cells, are read better row by row.
NARROW_COLUMNS = 6
SHORT_CELL = 60
# A record of more is cut like any other text.
LONGEST_WHOLE = 2000
# From here on a number is an amount of physics.
MOST_WRITTEN = 1e20

Rows = list[list[str]]


class Span(NamedTuple):
    """Cells that are one, in rows and columns of what was read; `bottom` and `right` are the first behind it."""

    top: int
    left: int
    bottom: int
    right: int


def blocks(source: Source) -> Iterator[Block]:
    """Raises Unreadable. A formula is what it last gave: none is run."""
    try:
        with opened(source) as file, python_calamine.load_workbook(file) as book:
            cells, formats = 0, number_formats.of_sheets(file)
            for name in visible_sheets(book)[:MOST_SHEETS]:
                sheet = book.get_sheet_by_name(name)
                cells += sheet.height * sheet.width
                if sheet.width > MOST_COLUMNS:
                    raise Unreadable("too_many_columns")
                if sheet.height > MOST_ROWS or cells > MOST_CELLS:
                    raise Unreadable("too_much_text")
                yield from _sheet_blocks(name, *_titles_and_table(sheet, formats.get(name, {})))
    except python_calamine.PasswordError as error:
        raise Unreadable("encrypted_file") from error
    except python_calamine.CalamineError as error:
        raise Unreadable("broken_file") from error


def _titles_and_table(
    sheet: python_calamine.CalamineSheet, formats: number_formats.Formats
) -> tuple[list[str], Rows]:
    """The table without empty rows, nor the columns that are empty in all of them; each row says what cells that it shares
    with others say.
    """
    left = sheet.start[1] if sheet.start else 0
    rows = [
        [_text(cell, formats.get((at, column), "")) for column, cell in enumerate(row, start=left)]
        for at, row in enumerate(sheet.iter_rows())
    ]
    first = next((at for at, row in enumerate(rows) if sum(map(bool, row)) > 1), 0)
    first += questions.notes_count(rows[first:])
    titles = [text for row in rows[:first] for text in row if text]
    if len(titles) > MOST_TITLES:
        titles, first = [], 0
    table = rows[first:]
    spans = [span for span in _spans(sheet, first) if span.top < len(table) and span.left < len(table[0])]
    is_filled = [any(row) for row in table]
    has_two_headers = _has_two_headers(table, spans)
    _fill(table, spans)
    if has_two_headers:
        pairs = zip(*table[:2], strict=True)
        table[0] = [group if name in ("", group) else f"{group} {name}".strip() for group, name in pairs]
        is_filled[1] = False
    filled = [row for row, is_kept in zip(table, is_filled, strict=True) if is_kept]
    kept = [at for at in range(len(filled[0])) if any(row[at] for row in filled)] if filled else []
    return titles, [[row[at] for at in kept] for row in filled]


def _spans(sheet: python_calamine.CalamineSheet, first: int) -> Iterator[Span]:
    """Merged cells, counted from the row `first` of what is read of the sheet: that begins with its first row, and with the
    first column that holds something.
    """
    before = sheet.start[1] if sheet.start else 0
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top >= first and left >= before:
            yield Span(top - first, left - before, bottom + 1 - first, right + 1 - before)


def _has_two_headers(table: Rows, spans: Sequence[Span]) -> bool:
    """Whether the second row names the columns below one name of the first, and says nothing else."""
    if len(table) < 3:
        return False
    grouped = {
        column
        for span in spans
        if span.top == 0 and span.bottom == 1
        for column in range(span.left, min(span.right, len(table[0])))
    }
    named = {column for column, text in enumerate(table[1]) if text}
    return bool(named) and named <= grouped and len(grouped) < len(table[0])


def _fill(table: Rows, spans: Sequence[Span]) -> None:
    """A line that stands alone across the table, such as the name of a part of it, stays one cell."""
    is_filled = [any(row) for row in table]
    is_alone = [sum(map(bool, row)) == 1 for row in table]
    room = MOST_CELLS
    for span in spans:
        text = table[span.top][span.left]
        right = span.left + 1 if is_alone[span.top] else min(span.right, len(table[0]))
        rows = range(span.top, min(span.bottom, len(table)))
        room -= len(rows) * (right - span.left)
        if room < 0:
            raise Unreadable("too_much_text")
        for at in rows:
            if text and is_filled[at]:
                table[at][span.left : right] = [text] * (right - span.left)


def _text(cell: object, number_format: str) -> str:
    value = cell_value(cell)
    if number_format and isinstance(value, int | float) and not isinstance(value, bool):
        return number_formats.cell_text(value, number_format)
    if isinstance(value, float):
        # Numbers of cards and orders have more digits than are sure, and are looked for as they are written.
        return str(int(value)) if value.is_integer() and abs(value) < MOST_WRITTEN else f"{value:.15g}"
    return str(value)


def _sheet_blocks(name: str, titles: Sequence[str], rows: Rows) -> Iterator[Block]:
    if not rows:
        return
    yield Block(BlockKind.HEADING, name, level=1)
    for title in titles:
        yield Block(BlockKind.PARAGRAPH, title)
    if pairs := questions.pairs_of(rows):
        yield from pairs
    elif len(rows[0]) <= NARROW_COLUMNS and not any(len(cell) > SHORT_CELL for row in rows for cell in row):
        cells = grids.of_rows(rows)
        yield Block(BlockKind.TABLE, grids.markdown(cells), cells=cells)
    else:
        for record in questions.records(rows):
            yield Block(BlockKind.PARAGRAPH, record, is_whole=len(record) <= LONGEST_WHOLE)

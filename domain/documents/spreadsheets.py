"""Spreadsheets → the sheets of each as tables, or as rows with the names of their columns where they are wide."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, TypeVar

import python_calamine

from domain.documents import field_pairs, grids, old_sheet_looks, open_sheet_looks, questions, sheet_looks
from domain.documents.blocks import Block, BlockKind, Cell
from domain.documents.errors import Unreadable
from domain.documents.questions import MOST_COLUMNS, MOST_ROWS
from domain.documents.sheet_looks import CellLook, Place, SheetLook
from domain.documents.sources import Source, opened
from domain.documents.table_parts import MOST_NAME_ROWS, TablePart, number_text, parts_of, side_by_side
from domain.documents.tables import cell_value, visible_sheets

MOST_SHEETS = 200
MOST_CELLS = 2_000_000
# Wider tables, and those with long cells, are read better row by row.
NARROW_COLUMNS = 6
SHORT_CELL = 60
# A record of more is cut like any other text.
LONGEST_WHOLE = 2000

# Spreadsheets count days from here, to the end of the year 9999.
FIRST_DAY, MOST_DAYS = date(1899, 12, 30), 2_958_466
# Of each kind of file.
_LOOKS = (sheet_looks, open_sheet_looks, old_sheet_looks)

Rows = list[list[str]]
Made = TypeVar("Made")


class Span(NamedTuple):
    """Cells that are one, in rows and columns of what was read; `bottom` and `right` are the first behind it."""

    top: int
    left: int
    bottom: int
    right: int

    def within(self, top: int, left: int, rows: Sequence[Sequence[str]]) -> "Span | None":
        """As these rows count, which begin there; None where it begins elsewhere."""
        moved = Span(self.top - top, self.left - left, self.bottom - top, self.right - left)
        is_inside = 0 <= moved.top < len(rows) and 0 <= moved.left < len(rows[0])
        return moved if is_inside else None


class SheetCell(str):
    """What a cell shows, with its value."""

    __slots__ = ("value",)
    value: str | float | bool


def blocks(source: Source) -> Iterator[Block]:
    """Raises Unreadable. A formula is what it last gave: none is run."""
    return _of_sheets(source, _sheet_blocks)


def tables(source: Source) -> Iterator[tuple[str, Rows]]:
    """All tables, each with its sheet, below one row of names; cells are a `SheetCell`. Raises Unreadable."""
    return _of_sheets(source, _sheet_tables)


def _of_sheets(
    source: Source, make: Callable[[str, python_calamine.CalamineSheet, SheetLook], Iterator[Made]]
) -> Iterator[Made]:
    try:
        with opened(source) as file, python_calamine.load_workbook(file) as book:
            cells = 0
            looks = next(filter(None, (each.of_sheets(file) for each in _LOOKS)), dict[str, SheetLook]())
            for name in visible_sheets(book)[:MOST_SHEETS]:
                sheet = book.get_sheet_by_name(name)
                cells += sheet.height * sheet.width
                if sheet.width > MOST_COLUMNS:
                    raise Unreadable("too_many_columns")
                if sheet.height > MOST_ROWS or cells > MOST_CELLS:
                    raise Unreadable("too_much_text")
                yield from make(name, sheet, looks.get(name, SheetLook()))
    except python_calamine.PasswordError as error:
        raise Unreadable("encrypted_file") from error
    except python_calamine.CalamineError as error:
        raise Unreadable("broken_file") from error


def _sheet_blocks(name: str, sheet: python_calamine.CalamineSheet, look: SheetLook) -> Iterator[Block]:
    parts = list(_parts(sheet, look, _text))
    if parts or look.texts:
        yield Block(BlockKind.HEADING, name, level=1)
    for part, table in parts:
        yield from (Block(BlockKind.CAPTION, title) for title in part.titles)
        yield from _table_blocks(table, is_form=part.is_form)
        yield from (Block(BlockKind.PARAGRAPH, note) for note in part.notes)
    yield from (Block(BlockKind.PARAGRAPH, text) for text in look.texts)


def _sheet_tables(
    name: str, sheet: python_calamine.CalamineSheet, look: SheetLook
) -> Iterator[tuple[str, Rows]]:
    yield from ((name, table) for _part, table in _parts(sheet, look, _with_value))


def _parts(
    sheet: python_calamine.CalamineSheet, look: SheetLook, text_of: Callable[[object, CellLook], str]
) -> Iterator[tuple[TablePart, Rows]]:
    """The tables of a sheet, without what is hidden."""
    left = sheet.start[1] if sheet.start else 0
    columns = [column for column in range(left, left + sheet.width) if column not in look.hidden_columns]
    texts = [
        [text_of(row[column - left], look.cells.get((at, column), CellLook())) for column in columns]
        for at, row in enumerate(sheet.iter_rows())
    ]
    shown = [at for at in range(len(texts)) if at not in look.hidden_rows]
    merged = list(_spans(sheet.merged_cell_ranges or look.merged, shown, columns))
    for top, span in merged:
        # Shown in what is left of it.
        texts[shown[span.top]][span.left] = texts[top][span.left]
    rows = [texts[at] for at in shown]
    if not any(map(any, rows)):
        return
    spans = defaultdict[int, list[Span]](list)
    for _top, span in merged:
        spans[span.top].append(span)
    for first, end in side_by_side(rows):
        some = [row[first:end] for row in rows]
        for part in parts_of(some):
            table = some[part.top : part.bottom]
            begun = [span for at in range(part.top, part.bottom) for span in spans.get(at, ())]
            inside = [each for span in begun if (each := span.within(part.top, first, table))]
            wide = ((span.top, span.left, span.right - span.left) for span in inside)
            part.is_form = grids.are_values_wide(wide, sum(map(any, table)))
            if part.is_form:
                inside = [span._replace(right=span.left + 1) for span in inside]
            yield part, _filled_table(table, inside)


def _filled_table(table: Rows, spans: Sequence[Span]) -> Rows:
    """Without empty rows, nor the columns that are empty in all of them; each row says what cells that it shares with others
    say.
    """
    is_filled = [any(row) for row in table]
    count = _name_rows_count(table, spans)
    _fill(table, spans)
    table[0] = list(map(grids.joined_name, zip(*table[:count], strict=True)))
    is_filled[1:count] = [False] * (count - 1)
    filled = [row for row, is_kept in zip(table, is_filled, strict=True) if is_kept]
    kept = [at for at in range(len(filled[0])) if any(row[at] for row in filled)] if filled else []
    return [[row[at] for at in kept] for row in filled]


def _spans(
    merged: Iterable[tuple[Place, Place]], rows: Sequence[int], columns: Sequence[int]
) -> Iterator[tuple[int, Span]]:
    """Merged cells, counted from what is read of the sheet, which has these rows and columns of it; each with the row where
    its text stands.
    """
    for (top, left), (bottom, right) in merged:
        first, end = bisect_left(columns, left), bisect_left(columns, right + 1)
        above, below = bisect_left(rows, top), bisect_left(rows, bottom + 1)
        if first < end and columns[first] == left and above < below:
            yield top, Span(above, first, below, end)


def _name_rows_count(table: Rows, spans: Sequence[Span]) -> int:
    begun = {(span.top, span.left): span for span in spans}
    cells = [
        Cell(at, column, text, span.bottom - at, span.right - column)
        for at, row in enumerate(table[: MOST_NAME_ROWS + 1])
        for column, text in enumerate(row)
        for span in (begun.get((at, column), Span(at, column, at + 1, column + 1)),)
    ]
    return grids.name_rows_count(cells, len(table), len(table[0]))


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


def _text(cell: object, look: CellLook) -> str:
    text = look.text or _plain_text(cell, look)
    return f"~~{text}~~" if look.is_struck and text else text


def _with_value(cell: object, look: CellLook) -> SheetCell:
    """What is struck out has no value but its text."""
    shown = SheetCell(_text(cell, look))
    shown.value = str(shown) if look.is_struck else cell_value(cell)
    return shown


def _day(cell: object) -> date | None:
    """Also of a number that the library does not know as a day."""
    if isinstance(cell, float) and 0 < cell < MOST_DAYS:
        return FIRST_DAY + timedelta(days=int(cell))
    return cell if isinstance(cell, date) else None


def _plain_text(cell: object, look: CellLook) -> str:
    value = cell_value(cell)
    if look.date_letters and (day := _day(cell)):
        return day.isoformat()[: look.date_letters]
    if isinstance(cell, datetime | time):
        return str(value).replace("T", " ").removesuffix(":00")
    if look.number_format and isinstance(value, int | float) and not isinstance(value, bool):
        return look.number_format.text(value)
    return number_text(value) if isinstance(value, float) else str(value)


def _table_blocks(rows: Rows, *, is_form: bool) -> Iterator[Block]:
    if is_form:
        cells = grids.of_rows([[""] * len(rows[0]), *rows])
        yield Block(BlockKind.TABLE, grids.markdown(cells), cells=cells)
    elif pairs := questions.pairs_of(rows):
        yield from pairs
    elif field_pairs.pairs_of(rows) or _is_small(rows):
        cells = grids.of_rows(rows)
        yield Block(BlockKind.TABLE, grids.markdown(cells), cells=cells)
    else:
        names = [[""] * len(rows[0])] if grids.are_properties(rows) else []
        for record in questions.records([*names, *rows]):
            yield Block(BlockKind.PARAGRAPH, record, is_whole=len(record) <= LONGEST_WHOLE)


def _is_small(rows: Rows) -> bool:
    return len(rows[0]) <= NARROW_COLUMNS and not any(len(cell) > SHORT_CELL for row in rows for cell in row)

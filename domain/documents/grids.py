"""Tables as cells, and the Markdown of them that is searched and shown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from bs4 import Tag
from bs4.element import NavigableString, PageElement

from domain.documents import field_pairs
from domain.documents.blocks import Block, BlockKind, Box, Cell
from domain.documents.table_parts import MOST_NAME_ROWS, is_number
from llm_backend import patterns

# Larger spans are mistakes or bombs: no table that people read is so wide.
MOST_SPANNED = 1000
# Of one table, spans counted out.
MOST_PLACES = 200_000
LEAST_PAIRS, LEAST_WIDE = 3, 2
# Of a table below its title.
LEAST_ROWS = 2
_AMOUNT = patterns.compile(r"[¥￥$€£+-]?\s?\d")
_YEAR = patterns.compile(r"(?:19|20)\d\d(?!\d)")
# What begins a line of its own in a cell.
_LINES = frozenset(("p", "div", "li", "ul", "ol", "dl", "dt", "dd", "pre", "blockquote", "section"))
STRUCK = ("s", "strike", "del")


def blocks(cells: Sequence[Cell], page: int | None = None, box: Box | None = None) -> Iterator[Block]:
    """A table. What stands alone across all columns above the others is its title, and below them a note."""
    height, width = size(cells)
    lone = {cell.row: cell.text for cell in cells if cell.columns == width > 1 and cell.rows == 1}
    top, bottom = 0, height
    while top in lone and bottom - top > LEAST_ROWS:
        top += 1
    while bottom - 1 in lone and bottom - top > LEAST_ROWS:
        bottom -= 1
    are_guessed = top > 0 and any(cell.is_header for cell in cells if cell.row < top)
    inside = tuple(
        replace(cell, row=cell.row - top, is_header=cell.is_header or (are_guessed and cell.row == top))
        for cell in cells
        if top <= cell.row < bottom
    )
    yield from (Block(BlockKind.CAPTION, lone[at], page=page, box=box) for at in range(top))
    yield Block(BlockKind.TABLE, markdown(inside), page=page, box=box, cells=inside)
    yield from (Block(BlockKind.PARAGRAPH, lone[at], page=page, box=box) for at in range(bottom, height))


def markdown(cells: Sequence[Cell]) -> str:
    """Under the rows of names as one header, or under none where each row begins with its own (“Phone | 0571 8888”). A cell
    that spans stands in each of its rows and columns, so that every row is understood by itself.
    """
    if not cells:
        return ""
    height, width = size(cells)
    if height * width > MOST_PLACES:
        cells = [Cell(cell.row, cell.column, cell.text) for cell in cells]
        height, width = (max(each) + 1 for each in zip(*((c.row, c.column) for c in cells), strict=True))
    if height * width > MOST_PLACES:
        return "\n".join(cell.text for cell in cells)
    rows = _rows(cells, height, width)
    if not _has_names(cells, width) and (pairs := field_pairs.pairs_of(rows)):
        rows, width = [["", ""], *pairs], 2
    elif _names_rows(cells, height):
        rows.insert(0, [""] * width)
    elif not any(cell.is_header for cell in cells) and _are_fields(cells, rows):
        for cell in cells:
            # Below no name, it is understood once.
            rows[cell.row][cell.column + 1 : cell.column + cell.columns] = [""] * (cell.columns - 1)
        rows.insert(0, [""] * width)
    else:
        count = name_rows_count(cells, height, width)
        rows[:count] = [list(map(joined_name, zip(*rows[:count], strict=True)))]
        rows = field_pairs.unfolded(rows)
        width = len(rows[0])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"| {' | '.join(['---'] * width)} |", *lines[1:]])


def without_guessed_names(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Of a table whose first row was taken for the names of its columns, and tells a property as those below do."""
    height, width = size(cells)
    if height * width > MOST_PLACES or not _are_fields(cells, _rows(cells, height, width)):
        return cells
    return tuple(replace(cell, is_header=False) for cell in cells)


def size(cells: Sequence[Cell]) -> tuple[int, int]:
    """How many rows and columns."""
    return max(cell.row + cell.rows for cell in cells), max(cell.column + cell.columns for cell in cells)


def _rows(cells: Iterable[Cell], height: int, width: int) -> list[list[str]]:
    rows = [[""] * width for _ in range(height)]
    for cell in cells:
        text = " ".join(cell.text.split()).replace("|", "\\|")
        for row in rows[cell.row : cell.row + cell.rows]:
            row[cell.column : cell.column + cell.columns] = [text] * cell.columns
    return rows


def name_rows_count(cells: Iterable[Cell], height: int, width: int) -> int:
    """How many rows name the columns: below the first each says what stands below one name of the row above, and nothing
    else, or in which units the numbers below it are.
    """
    first = [cell for cell in cells if cell.text and cell.row <= MOST_NAME_ROWS]
    count = 1
    while count < min(height - 1, MOST_NAME_ROWS):
        grouped = {
            at
            for cell in first
            if cell.columns > 1 and cell.row + cell.rows == count
            for at in _columns_of(cell)
        }
        named = {at for cell in first if cell.row == count for at in _columns_of(cell)}
        are_parts = named <= grouped and not (count == 1 and len(grouped) >= width)
        if not named or not (are_parts or _are_units(first, count) or _are_repeated(first, count)):
            break
        count += 1
    return count


def _are_units(cells: Sequence[Cell], at: int) -> bool:
    """Whether a row says nothing but words right above numbers, and nothing of the first column."""
    row = {cell.column: cell.text for cell in cells if cell.row == at}
    below = {cell.column for cell in cells if cell.row == at + 1 and is_number(cell.text)}
    return 0 not in row and row.keys() <= below and not any(map(is_number, row.values()))


def _are_repeated(cells: Sequence[Cell], at: int) -> bool:
    """Whether a row says the same words below each name that spans columns: “planned, actual” of every quarter, behind
    “item”, above which nothing stands.
    """
    row = {cell.column: cell.text for cell in cells if cell.row == at}
    wide = [_columns_of(cell) for cell in cells if cell.row == at - 1 and cell.columns > 1]
    grouped = {column for columns in wide for column in columns}
    named = {column for cell in cells if cell.row < at for column in _columns_of(cell)}
    said = [[row.get(column) for column in columns] for columns in wide]
    is_same = len(said) > 1 and all(each == said[0] and None not in each for each in said)
    return is_same and not row.keys() & (named - grouped) and not any(map(is_number, row.values()))


def joined_name(names: Iterable[str]) -> str:
    """Of a column, from the top: “Sales online planned”; what spans several rows counts once."""
    return " ".join(name for name, _same in groupby(filter(None, names)))


def _columns_of(cell: Cell) -> range:
    return range(cell.column, cell.column + cell.columns)


def _has_names(cells: Iterable[Cell], width: int) -> bool:
    """Whether the first row says itself that it is one of names."""
    return sum(cell.columns for cell in cells if cell.is_header and not cell.row) == width


def _names_rows(cells: Sequence[Cell], height: int) -> bool:
    """Whether headers stand at the beginning of every row, and not above all columns."""
    first = {
        row
        for cell in cells
        if cell.is_header and not cell.column
        for row in range(cell.row, cell.row + cell.rows)
    }
    return len(first) == height > 1 and any(not cell.row and not cell.is_header for cell in cells)


def _are_fields(cells: Sequence[Cell], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table tells properties of one thing: in pairs, or as a form, most of whose rows have a value that goes over
    several columns.
    """
    spans = ((cell.row, cell.column, cell.columns) for cell in cells)
    # Below the names, one that goes all across names a group of rows.
    across = {cell.row for cell in cells if cell.row and cell.columns == len(rows[0])}
    inside = [row for at, row in enumerate(rows) if at not in across]
    return _are_pairs(inside) or are_values_wide(spans, len(rows)) or bool(field_pairs.pairs_of(rows))


def are_values_wide(spans: Iterable[tuple[int, int, int]], height: int) -> bool:
    """Whether most rows below the first have a value over several of its columns, which therefore are none. `spans`: row,
    first column and how many.
    """
    wide = [each for each in spans if each[2] > 1]
    of_names = {each[1:] for each in wide if not each[0]}
    rows = {row for row, column, columns in wide if row and column and (column, columns) not in of_names}
    return len(rows) >= LEAST_WIDE and 2 * len(rows) >= height - 1


def _are_pairs(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table without headers tells properties of one thing, “Origin | Hangzhou” and “Weight | 250 g”: no name of a
    column begins with a number, and below one stand numbers or words.
    """
    if len(rows[0]) != 2 or len(rows) < LEAST_PAIRS:
        return False
    first, *values = (row[1] for row in rows)
    are_amounts = {_AMOUNT.match(value) is not None for value in values if value}
    return len(are_amounts) == 2 or (_AMOUNT.match(first) is not None and _YEAR.match(first) is None)


def of_rows(rows: Sequence[Sequence[str]]) -> tuple[Cell, ...]:
    """The first row is the header, unless it tells a property as those below do; empty cells are left out."""
    has_names = not are_properties(rows)
    return tuple(
        Cell(at, column, text, is_header=at == 0 and has_names)
        for at, row in enumerate(rows)
        for column, text in enumerate(row)
        if text
    )


def are_properties(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows that may begin with names of columns do not, “Open | 9:00–18:00” and “Town | Hangzhou”: no name begins
    with a number above words; or of which every second says a value.
    """
    if field_pairs.pairs_of(rows):
        return True
    if len(rows) < LEAST_PAIRS or any(len(row) != 2 for row in rows):
        return False
    first, *values = (row[1] for row in rows)
    is_amount = _AMOUNT.match(first) is not None and _YEAR.match(first) is None
    return is_amount and not all(map(_AMOUNT.match, filter(None, values)))


def of_html(table: Tag) -> tuple[Cell, ...]:
    """The cells of an HTML table that holds no other, placed as browsers do: below a cell that spans rows nothing else
    stands.
    """
    cells: list[Cell] = []
    taken: set[tuple[int, int]] = set()
    for at, row in enumerate(table.find_all("tr")):
        is_head = row.find_parent("thead") is not None
        column = 0
        for cell in row.find_all(["td", "th"]):
            while (at, column) in taken:
                column += 1
            rows, columns = _span(cell, "rowspan"), _span(cell, "colspan")
            if len(taken) + rows * columns > MOST_PLACES:
                rows = columns = 1
            taken.update((at + down, column + along) for down in range(rows) for along in range(columns))
            text = " ".join("".join(_said(cell)).split())
            cells.append(Cell(at, column, text, rows, columns, is_head or cell.name == "th"))
            column += columns
    return tuple(cells)


def _said(cell: Tag) -> Iterator[str]:
    """As browsers show it: parts of a word stand together, lines apart, and what is struck out does not count."""
    line: Tag | None = cell
    for part in cell.descendants:
        if isinstance(part, Tag):
            yield " " if part.name == "br" else ""
        elif type(part) is NavigableString:
            own, is_struck = _line_of(part, cell)
            yield " " if own is not line else ""
            yield f"~~{part.strip()}~~" if is_struck and part.strip() else str(part)
            line = own


def _line_of(part: PageElement, cell: Tag) -> tuple[Tag | None, bool]:
    """The innermost element with a line of its own, and whether one on the way there strikes its text out."""
    line, is_struck, above = None, False, part.parent
    while above is not None and above is not cell:
        is_struck = is_struck or above.name in STRUCK
        line = line or (above if above.name in _LINES else None)
        above = above.parent
    return line or cell, is_struck


def _span(cell: Tag, name: str) -> int:
    written = str(cell.get(name, "1"))
    return min(max(int(written), 1), MOST_SPANNED) if written.isascii() and written.isdigit() else 1

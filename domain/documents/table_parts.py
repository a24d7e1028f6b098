"""Rows of a sheet or CSV file → the tables in them, each with the lines above and below that are none of its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile
from typing import NamedTuple

from llm_backend import patterns

# Titles, notes and empty lines that people put above the names of the columns.
MOST_LINES_ABOVE = 20
# Of these, lines that say something of the table in several cells.
MOST_NOTES = 5
# Rows that name columns stand above one another.
MOST_NAME_ROWS = 3
# A group of columns behind an empty one is a table of its own from so many columns and rows on.
LEAST_SIDE = 2
# Of names that are numbers, and of numbers below names.
LEAST_COUNTED, LEAST_AMOUNTS = 3, 2
# From here on a number is an amount of physics.
MOST_WRITTEN = 1e20
_LABELLED = patterns.compile(r"[^\W\d_] ?[:：] ?[^\s/]")
_NUMBER = patterns.compile(r"[¥￥$€£]?\s?[-+]?\d[\d,.:/-]{0,40}\s?%?")
_DATE = patterns.compile(r"(?:19|20)\d\d(?:(?:[-/.]\d{1,2}){0,2}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?)")

Row = Sequence[str]


@dataclass
class TablePart:
    """Rows from `top` to before `bottom` are the table, the names of its columns first, which a form has not; empty ones may
    be among them.
    """

    titles: list[str]
    top: int
    bottom: int
    notes: list[str]
    is_form: bool = False


def parts_of(rows: Sequence[Row]) -> Iterator[TablePart]:
    """In their order. A table ends where other names of columns stand below an empty line or a title."""
    titles, top = _head(rows)
    last, last_wide, is_behind_gap = top, top, False
    lone: list[_LoneLine] = []
    for at in range(top + 1, len(rows)):
        count = filled_count(rows[at])
        if count == 0:
            is_behind_gap = True
        elif count == 1 or (_are_labels(rows[at]) and (is_behind_gap or _is_below(rows, at, last_wide, top))):
            lone.append(_LoneLine(at, is_behind_gap or _LABELLED.search(_text(rows[at])) is not None))
        else:
            is_parted = last_wide > top and (is_behind_gap or lone)
            if is_parted and _names_columns(rows, at, rows[top], rows[last_wide]):
                inside, outside = _parted(lone)
                # With no empty line anywhere, it is the title of what follows.
                titled = outside or inside
                yield TablePart(titles, top, inside[-1].at + 1 if outside and inside else last + 1, [])
                titles, top = [_text(rows[each.at]) for each in titled], at
            last, last_wide, lone, is_behind_gap = at, at, [], False
    # Below names alone, lines of one cell are the rows.
    inside, outside = _parted(lone) if last > top else (lone, [])
    yield TablePart(
        titles, top, inside[-1].at + 1 if inside else last + 1, [_text(rows[each.at]) for each in outside]
    )


def _are_labels(row: Row) -> bool:
    return all(_LABELLED.search(cell) for cell in row if cell.strip())


def _is_below(rows: Sequence[Row], at: int, last: int, top: int) -> bool:
    """Whether a line of labels ends a table whose rows are none, and fill more columns."""
    return last > top and not _are_labels(rows[last]) and filled_count(rows[at]) < filled_count(rows[last])


class _LoneLine(NamedTuple):
    """A line of one cell, or of labels (“Checked by: Li | Date: 1 May”): a row that has nothing else to say, or what is said
    of the table.
    """

    at: int
    is_note: bool


def _parted(lone: Sequence[_LoneLine]) -> tuple[Sequence[_LoneLine], Sequence[_LoneLine]]:
    """Before the first note, and from there on."""
    first = next((number for number, each in enumerate(lone) if each.is_note), len(lone))
    return lone[:first], lone[first:]


def side_by_side(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Columns from … to before … of tables that stand beside one another, with an empty column between them: of other
    lengths, or under the same names. An empty column alone may be there for its looks.
    """
    width = max(map(len, rows), default=0)
    filled = [any(row[at].strip() for row in rows if at < len(row)) for at in range(width)]
    edges = [at for at in range(width + 1) if (at < width and filled[at]) != (at > 0 and filled[at - 1])]
    groups = list(zip(edges[::2], edges[1::2], strict=True))
    tables = [_Side([row[left:right] for row in rows]) for left, right in groups]
    if len(tables) < 2 or not all(each.is_table for each in tables):
        return [(0, width)]
    is_apart = len({each.height for each in tables}) > 1 or len({tuple(each.names) for each in tables}) == 1
    return groups if is_apart else [(0, width)]


class _Side:
    """Some columns of a sheet, as if they were all of it."""

    def __init__(self, rows: Sequence[Row]) -> None:
        filled = [at for at, row in enumerate(rows) if any(cell.strip() for cell in row)]
        self.height = filled[-1] - filled[0] + 1
        wide = next((at for at in filled if filled_count(rows[at]) > 1), filled[0])
        # A table below it may have more columns.
        self.names = [cell.strip() for cell in rows[wide]]
        while self.names and not self.names[-1]:
            self.names.pop()
        inside = [at for at in filled if at >= wide]
        # Empty rows part tables that stand below one another.
        is_dense = len(inside) >= LEAST_SIDE and all(rows[at][0].strip() for at in inside)
        self.is_table = (
            is_dense and all(self.names) and len(self.names) >= LEAST_SIDE and are_words(self.names)
        )


def number_text(value: float) -> str:
    """Numbers of cards and orders have more digits than are sure, and are looked for as they are written."""
    return str(int(value)) if value.is_integer() and abs(value) < MOST_WRITTEN else f"{value:.15g}"


def filled_count(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def are_words(row: Row) -> bool:
    """As names of columns are: none is a number, unless it is a year or a date."""
    return not any(is_number(cell) and not _DATE.fullmatch(cell.strip()) for cell in row)


def _counts_up(row: Row) -> bool:
    """As days of a month and sizes do, which name columns, too: 36, 38, 40."""
    numbers = [
        int(cell) for cell in map(str.strip, row) if cell.isascii() and cell.isdecimal() and len(cell) < 5
    ]
    is_plain = len(numbers) == sum(map(is_number, row))
    return is_plain and len(numbers) >= LEAST_COUNTED and all(a < b for a, b in pairwise(numbers))


def _head(rows: Sequence[Row]) -> tuple[list[str], int]:
    """What is said above the first names of columns, and where these stand."""
    begin = next((at for at, row in enumerate(rows) if filled_count(row)), 0)
    wide = (at for at, row in enumerate(rows[:MOST_LINES_ABOVE]) if filled_count(row) > 1)
    if (at := next(wide, None)) is None:
        return [], begin
    at += _notes_count(rows[at:])
    below = next(filter(filled_count, islice(rows, at + 1, None)), None)
    are_names = (are_words(rows[at]) or _counts_up(rows[at])) and (below is None or filled_count(below) > 1)
    if not are_names:
        return [], begin
    return [cell.strip().lstrip("\ufeff") for row in rows[:at] for cell in row if cell.strip()], at


def _notes_count(rows: Sequence[Row]) -> int:
    """How many lines say something of the table, such as “Unit: yuan | | | Date: 1 May”, above the names of its columns:
    those are words, fill more columns, and begin with the first. One without a label is known by the numbers below these.
    """
    # Lines of one cell may stand between them.
    filled = [
        (at, [cell.strip() for cell in row])
        for at, row in enumerate(rows[:MOST_LINES_ABOVE])
        if filled_count(row) > 1
    ]
    count = 0
    for number, ((_at, note), (following, names)) in enumerate(pairwise(filled[: MOST_NOTES + 2])):
        # A corner that is empty belongs to a table with names on two sides.
        fills_more = note[0] and names[0] and filled_count(note) < filled_count(names)
        below = filled[number + 2][1] if number + 2 < len(filled) else []
        amounts = sum(bool(name) and is_number(cell) for name, cell in zip(names, below, strict=False))
        is_note = amounts >= LEAST_AMOUNTS or any(_LABELLED.search(cell) for cell in note)
        if not (fills_more and are_words(names) and is_note):
            break
        count = following
    return count if any(any(row) for row in rows[count + 1 :]) else 0


def _names_columns(rows: Sequence[Row], at: int, names: Row, last: Row) -> bool:
    """Whether a row says words in a column that has numbers above it and below; or more than the table above has names for,
    in all columns that the row below it fills.
    """
    named = list(takewhile(lambda row: filled_count(row) and are_words(row), rows[at : at + MOST_NAME_ROWS]))
    if not named:
        return False
    following: Row = rows[at + len(named)] if at + len(named) < len(rows) else ()
    columns = zip(last, following, *named, strict=False)
    if any(is_number(above) and is_number(below) and any(words) for above, below, *words in columns):
        return True
    own, below = (
        _filled_columns(rows[at]),
        _filled_columns(rows[at + 1]) if at + 1 < len(rows) else set[int](),
    )
    return bool(below) and below <= own and not own <= _filled_columns(names)


def _filled_columns(row: Row) -> set[int]:
    return {at for at, cell in enumerate(row) if cell.strip()}


def _text(row: Row) -> str:
    return " ".join(cell.strip().lstrip("\ufeff") for cell in row if cell.strip())

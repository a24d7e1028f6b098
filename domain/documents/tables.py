"""A sheet or CSV file → rows under the columns that somebody asked for. Called in a child by `apps.knowledge.reader`."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine

from domain.documents import archives, questions, text
from domain.documents.archives import ArchiveRefused
from domain.documents.errors import Unreadable
from domain.documents.table_parts import MOST_LINES_ABOVE, filled_count, parts_of
from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

SHEET_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# In the first cell of a row that sums up others, without the space inside.
TOTALS = frozenset(
    ["total", "totals", "subtotal", "grandtotal", "合计", "总计", "小计", "累计", "合計", "總計", "小計"]
)
# 1,200.50 and ¥3, or 1.200,50 where a whole column is written so. What begins with 0 or is longer is a code.
_AMOUNT = patterns.compile(
    r"[¥$€£]? ?([-+]?(?:[1-9]\d{0,2}(?:,\d{3}){1,4}|0|[1-9]\d{0,14})(?:\.\d{1,10})?) ?元?"
)
_COMMA_AMOUNT = patterns.compile(
    r"[¥$€£]? ?([-+]?(?:[1-9]\d{0,2}(?:\.\d{3}){1,4}|0|[1-9]\d{0,14})(?:,\d{1,10})?) ?€?"
)

Cells = Sequence[Any]


def read(
    path: str, columns: Mapping[str, Sequence[str]], required: Sequence[str], max_rows: int
) -> dict[str, Any]:
    """`columns`: what each may be called in the file. → `rows` as [number in the file, cells by column], or `error` with a
    code, and `missing` columns where the file lacks some.
    """
    return _answer(partial(_asked_rows, Path(path), columns, required, max_rows))


def read_all(path: str, max_rows: int) -> dict[str, Any]:
    """All tables of all visible sheets. → `tables`, each with its `sheet` and its `columns`: of each name its cells, numbers
    and None where all that are filled are numbers, else texts; or `error` with a code. Rows that sum up others are left out.
    """
    return _answer(lambda: {"tables": list(_tables(Path(path), max_rows))})


def _answer(read_file: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return read_file()
    except Unreadable as error:
        return {"error": error.code}
    except python_calamine.PasswordError:
        return {"error": "encrypted_file"}
    except (python_calamine.CalamineError, csv.Error, ValueError):
        return {"error": "broken_file"}


def _asked_rows(
    path: Path, columns: Mapping[str, Sequence[str]], required: Sequence[str], max_rows: int
) -> dict[str, Any]:
    """Of a workbook, from the first sheet that has rows."""
    lines = (line for _name, some in islice(_sheets(path), 1) for line in some)
    places = _column_indexes(lines, columns, frozenset(required))
    if missing := [name for name in required if name not in places]:
        return {"error": "columns_missing", "missing": missing}
    return {"rows": list(_rows(lines, places, max_rows))}


def _tables(path: Path, max_rows: int) -> Iterator[dict[str, Any]]:
    for name, lines in _sheets(path):
        rows = [[cell_value(cell) for cell in row] for _number, row in islice(lines, max_rows + 1)]
        if len(rows) > max_rows:
            raise Unreadable("too_many_rows")
        texts = [[str(cell) for cell in row] for row in rows]
        for part in parts_of(texts) if any(map(filled_count, texts)) else ():
            table = [row for row in rows[part.top + 1 : part.bottom] if not _is_total(row)]
            if table:
                yield {"sheet": name, "columns": _columns(texts[part.top], table)}


def _is_total(row: Cells) -> bool:
    """Or empty."""
    first = next((str(cell) for cell in row if cell != ""), "")
    return not first or _plain(first).replace(" ", "").rstrip(":") in TOTALS


def _columns(names: Sequence[str], rows: Sequence[Cells]) -> dict[str, list[Any]]:
    """Those that hold anything; one without a name goes by its number, one of two with the same name, too."""
    columns: dict[str, list[Any]] = {}
    for place in range(max(map(len, rows))):
        cells = [row[place] if place < len(row) else "" for row in rows]
        name = " ".join(names[place].lstrip("\ufeff").split()) if place < len(names) else ""
        if any(cell != "" for cell in cells):
            known = {each.casefold() for each in columns}
            name = f"{name} {place + 1}".strip() if not name or name.casefold() in known else name
            columns[name] = numbers_of(cells) or list(map(str, cells))
    return columns


def numbers_of(cells: Cells) -> list[float | None] | None:
    """What a column of amounts says, in one way of writing them; None where a cell is no amount."""
    for written, group in ((_AMOUNT, ","), (_COMMA_AMOUNT, ".")):
        found = [_number(cell, written, group) for cell in cells]
        if all(each is not None or cell == "" for each, cell in zip(found, cells, strict=True)):
            return found
    return None


def _number(cell: Any, written: patterns.Pattern[str], group: str) -> float | None:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    amount = written.fullmatch(nfkc(cell).strip()) if isinstance(cell, str) else None
    return float(amount[1].replace(group, "").replace(",", ".")) if amount else None


def _sheets(path: Path) -> Iterator[tuple[str, Iterator[tuple[int, Cells]]]]:
    """Those of a workbook that have rows, by name; a CSV file is one. Lines are numbered as a spreadsheet does."""
    with path.open("rb") as file:
        head = file.read(8)
        if head.startswith(b"PK\x03\x04"):
            _check_archive(file)
    if head.startswith(SHEET_STARTS):
        with python_calamine.load_workbook(str(path)) as book:
            for name in visible_sheets(book):
                sheet = book.get_sheet_by_name(name)
                if sheet.height:
                    # Empty rows above the first that is filled are among them.
                    yield name, enumerate(sheet.iter_rows(), start=1)
        return
    delimiter, content = questions.delimiter_of(text.decode(path.read_bytes()))
    yield "", enumerate(questions.rows_of(content, delimiter), start=1)


def visible_sheets(book: python_calamine.CalamineWorkbook) -> list[str]:
    """Their names. What somebody hid, such as what goods cost them, is not what they hand on."""
    visible = python_calamine.SheetVisibleEnum.Visible
    return [each.name for each in book.sheets_metadata if each.visible == visible]


def _check_archive(file: Any) -> None:
    """Raises Unreadable for what unpacks to more than any sheet needs."""
    try:
        archives.check_unpacked_size(archives.entries(file))
    except ArchiveRefused as refusal:
        raise Unreadable(refusal.code) from refusal


def _column_indexes(
    lines: Iterable[tuple[int, Cells]], columns: Mapping[str, Sequence[str]], required: frozenset[str]
) -> dict[str, int]:
    """Where each column stands, by the first line that names all that are required; else by the one that names most."""
    best: dict[str, int] = {}
    for count, (_number, cells) in enumerate(lines, start=1):
        headings = [_plain(str(cell)) for cell in cells]
        named = {
            name: headings.index(heading)
            for name, written in columns.items()
            for heading in map(_plain, reversed(written))
            if heading in headings
        }
        best = max(best, named, key=len)
        if named and required <= named.keys():
            return named
        if count == MOST_LINES_ABOVE:
            break
    return best


def _rows(
    lines: Iterable[tuple[int, Cells]], places: Mapping[str, int], max_rows: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    count = 0
    for number, cells in lines:
        row = {name: cell_value(cells[place]) if place < len(cells) else "" for name, place in places.items()}
        if any(cell != "" for cell in row.values()):
            count += 1
            if count > max_rows:
                raise Unreadable("too_many_rows")
            yield number, row


def cell_value(value: Any) -> str | float | bool:
    """Numbers and truths as such, all else as it is read."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime | date | time):
        midnight = isinstance(value, datetime) and value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat()  # type: ignore[union-attr]
    return _hours(value) if isinstance(value, timedelta) else str(value).strip()


def _hours(duration: timedelta) -> str:
    """26:00:00, as sheets show more than a day."""
    seconds = round(abs(duration).total_seconds())
    sign = "-" if duration < timedelta() else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _plain(heading: str) -> str:
    return " ".join(nfkc(heading).casefold().split())

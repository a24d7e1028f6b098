"""A sheet or CSV file → rows under the columns that somebody asked for. Called in a child by `apps.knowledge.reader`."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine

from domain.documents import archives, questions, text
from domain.documents.archives import ArchiveRefused
from domain.documents.errors import Unreadable
from domain.documents.table_parts import MOST_LINES_ABOVE
from llm_backend.unicode_forms import nfkc

SHEET_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

Cells = Sequence[Any]


def read(
    path: str, columns: Mapping[str, Sequence[str]], required: Sequence[str], max_rows: int
) -> dict[str, Any]:
    """`columns`: what each may be called in the file. → `rows` as [number in the file, cells by column], or `error` with a
    code, and `missing` columns where the file lacks some.
    """
    try:
        lines = _lines(Path(path))
        places = _column_indexes(lines, columns, frozenset(required))
        if missing := [name for name in required if name not in places]:
            return {"error": "columns_missing", "missing": missing}
        return {"rows": list(_rows(lines, places, max_rows))}
    except Unreadable as error:
        return {"error": error.code}
    except python_calamine.PasswordError:
        return {"error": "encrypted_file"}
    except (python_calamine.CalamineError, csv.Error, ValueError):
        return {"error": "broken_file"}


def _lines(path: Path) -> Iterator[tuple[int, Cells]]:
    """Numbered as a spreadsheet does. Of a workbook the first sheet that has rows."""
    with path.open("rb") as file:
        head = file.read(8)
        if head.startswith(b"PK\x03\x04"):
            _check_archive(file)
    if head.startswith(SHEET_STARTS):
        with python_calamine.load_workbook(str(path)) as book:
            sheets = map(book.get_sheet_by_name, visible_sheets(book))
            sheet = next((each for each in sheets if each.height), None)
            if sheet:
                # Empty rows above the first that is filled are among them.
                yield from enumerate(sheet.iter_rows(), start=1)
        return
    delimiter, content = questions.delimiter_of(text.decode(path.read_bytes()))
    yield from enumerate(questions.rows_of(content, delimiter), start=1)


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

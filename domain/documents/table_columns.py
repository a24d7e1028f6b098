"""All tables of a sheet or CSV file as columns of values. Called in a child by `apps.knowledge.reader`."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from domain.documents import questions, spreadsheets, text
from domain.documents.errors import Unreadable
from domain.documents.table_parts import filled_count, parts_of
from domain.documents.tables import SHEET_STARTS
from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

# In the first cell of a row that sums up others, without the space inside.
TOTALS = frozenset(
    ["total", "totals", "subtotal", "grandtotal", "合计", "总计", "小计", "累计", "合計", "總計", "小計"]
)
# For no amount.
NOTHING = frozenset(["", "-", "--", "–", "—", "——", "/", "n/a", "na", "null", "none", "无", "無"])
# -¥1,200.50 or, where the whole column is written so, 1.200,50 €. What begins with 0 or is longer is a code.
_AMOUNT = patterns.compile(
    r"([-+]?)[¥$€£]? ?([-+]?(?:[1-9]\d{0,2}(?:,\d{3}){1,4}|0|[1-9]\d{0,14})(?:\.\d{1,10})?) ?元?"
)
_COMMA_AMOUNT = patterns.compile(
    r"([-+]?)[¥$€£]? ?([-+]?(?:[1-9]\d{0,2}(?:\.\d{3}){1,4}|0|[1-9]\d{0,14})(?:,\d{1,10})?) ?[€£$]?"
)


def read(path: str) -> dict[str, Any]:
    """What a search sees of the file: nothing of hidden sheets, columns and rows. → `tables`, each with its `sheet` and its
    `columns`: of each name its cells, numbers and None where all that are filled are amounts, else texts; or `error` with a
    code. Rows that sum up others are left out.
    """
    try:
        found = [
            {"sheet": name, "columns": _columns(rows[0], body)}
            for name, rows in _tables(Path(path))
            if (body := [row for row in rows[1:] if not _is_total(row)])
        ]
    except Unreadable as error:
        return {"error": error.code}
    except csv.Error:
        return {"error": "broken_file"}
    return {"tables": found}


def _tables(path: Path) -> Iterator[tuple[str, Sequence[Sequence[str]]]]:
    """Each below the names of its columns, with the sheet where it stands."""
    with path.open("rb") as file:
        is_workbook = file.read(8).startswith(SHEET_STARTS)
    if is_workbook:
        yield from spreadsheets.tables(path)
        return
    delimiter, content = questions.delimiter_of(text.decode(path.read_bytes()))
    rows = list(questions.rows_of(content, delimiter))
    if len(rows) > questions.MOST_ROWS:
        raise Unreadable("too_many_rows")
    for part in parts_of(rows) if any(map(filled_count, rows)) else ():
        yield "", [row for row in rows[part.top : part.bottom] if filled_count(row)]


def _is_total(row: Sequence[str]) -> bool:
    first = next(filter(None, map(str.strip, row)), "")
    return "".join(nfkc(first).casefold().split()).rstrip(":") in TOTALS


def _columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, list[Any]]:
    """Those with a name, or with anything below it: then it goes by its number, as one of two with the same name does."""
    columns: dict[str, list[Any]] = {}
    for place in range(max(map(len, rows))):
        cells = [row[place] if place < len(row) else "" for row in rows]
        name = " ".join(names[place].lstrip("\ufeff").split()) if place < len(names) else ""
        if name or any(cells):
            known = {each.casefold() for each in columns}
            name = f"{name} {place + 1}".strip() if not name or name.casefold() in known else name
            columns[name] = _numbers(cells) or list(map(str, cells))
    return columns


def _numbers(cells: Sequence[str]) -> list[float | None] | None:
    """What a column of amounts says, in one way of writing them; None where a cell is no amount."""
    for written, group in ((_AMOUNT, ","), (_COMMA_AMOUNT, ".")):
        found = [_number(cell, written, group) for cell in cells]
        is_whole = all(
            each is not None or nfkc(cell).strip().casefold() in NOTHING
            for each, cell in zip(found, cells, strict=True)
        )
        if is_whole and any(each is not None for each in found):
            return found
    return None


def _number(cell: str, written: patterns.Pattern[str], group: str) -> float | None:
    value = getattr(cell, "value", None)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    plain = nfkc(cell).strip()
    # As accountants write what is less than nothing.
    plain = f"-{plain[1:-1]}" if plain[:1] + plain[-1:] == "()" else plain
    amount = written.fullmatch(plain)
    if amount is None:
        return None
    found = float(amount[2].replace(group, "").replace(",", "."))
    return -found if amount[1] == "-" else found

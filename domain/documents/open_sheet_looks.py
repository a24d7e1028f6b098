"""How a sheet of OpenOffice (.ods) is shown, as `sheet_looks` says it of Excel's; and its merged cells."""

import zipfile
from dataclasses import dataclass, field
from typing import IO

from lxml import etree

from domain.documents.number_formats import NumberFormat
from domain.documents.questions import MOST_ROWS
from domain.documents.sheet_looks import DAMAGE, MAX_CELLS, MAX_COLUMN, CellLook, SheetLook
from llm_backend import patterns

_NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _STYLE = f"{{{_NAMES}table:1.0}}", f"{{{_NAMES}style:1.0}}"
_OFFICE, _TEXT = f"{{{_NAMES}office:1.0}}", f"{{{_NAMES}text:1.0}}"
_ELEMENTS = (f"{_STYLE}style", *(f"{_TABLE}{name}" for name in ("table", "table-column", "table-row")))
_GROUPS = (f"{_TABLE}table-row-group", f"{_TABLE}table-column-group")
_NUMBER = patterns.compile(r"(-?[^\d-]{0,20}-?)(\d[\d,]{0,30}(?:\.\d{0,20})?)(\D{0,20})")
_DAY = patterns.compile(r"(\d{4})-(\d\d)-(\d\d)")
_ZEROS = patterns.compile(r"0\d{1,29}")


@dataclass
class _Table:
    """As far as it was read: `row` and `column` come next."""

    look: SheetLook = field(default_factory=SheetLook)
    row: int = 0
    column: int = 0


def of_sheets(file: IO[bytes]) -> dict[str, SheetLook]:
    """By the names of the sheets; empty for what is no such file, or is damaged: whoever reads it says so."""
    looks: dict[str, SheetLook] = {}
    struck, table = set[str](), _Table()
    try:
        with zipfile.ZipFile(file) as archive, archive.open("content.xml") as part:
            for _event, element in etree.iterparse(part, tag=_ELEMENTS, resolve_entities=False):
                name = etree.QName(element).localname
                if name == "style" and _is_struck(element):
                    struck.add(element.get(f"{_STYLE}name", ""))
                elif name == "table-column":
                    _take_column(element, table)
                elif name == "table-row":
                    _take_row(element, table, struck)
                    element.clear()
                elif name == "table":
                    looks[element.get(f"{_TABLE}name", "")] = table.look
                    table = _Table()
    except DAMAGE:
        return {}
    return looks


def _is_struck(style: etree._Element) -> bool:
    told = (each.get(f"{_STYLE}text-line-through-style") for each in style.iter(f"{_STYLE}text-properties"))
    return style.get(f"{_STYLE}family") == "table-cell" and any(each not in (None, "none") for each in told)


def _take_column(element: etree._Element, table: _Table) -> None:
    count = _int(element, "number-columns-repeated", MAX_COLUMN)
    if _is_hidden(element):
        table.look.hidden_columns |= set(range(table.column, table.column + count))
    table.column += count


def _take_row(element: etree._Element, table: _Table, struck: set[str]) -> None:
    count, look = _int(element, "number-rows-repeated", MOST_ROWS), table.look
    if _is_hidden(element):
        look.hidden_rows |= set(range(table.row, table.row + count))
    column = 0
    for cell in element.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        width = _int(cell, "number-columns-repeated", MAX_COLUMN)
        high, wide = (
            _int(cell, "number-rows-spanned", MOST_ROWS),
            _int(cell, "number-columns-spanned", MAX_COLUMN),
        )
        if high * wide > 1:
            look.merged.append(((table.row, column), (table.row + high - 1, column + wide - 1)))
        cell_look = _look(cell, is_struck=cell.get(f"{_TABLE}style-name", "") in struck)
        if any(cell_look) and len(look.cells) + count * width <= MAX_CELLS:
            at = ((row, each) for row in range(count) for each in range(width))
            look.cells |= {(table.row + row, column + each): cell_look for row, each in at}
        column += width
    table.row += count


def _is_hidden(element: etree._Element) -> bool:
    """Not what a filter hides, nor a group that was folded: their signs say that there is more."""
    is_folded = next(element.iterancestors(_GROUPS), None) is not None
    return element.get(f"{_TABLE}visibility") == "collapse" and not is_folded


def _look(cell: etree._Element, *, is_struck: bool) -> CellLook:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind is None:
        return CellLook()
    shown = " ".join("".join(each.itertext()) for each in cell.iterchildren(f"{_TEXT}p")).strip()
    if kind == "time":
        # The reader gives “PT26H30M00S”.
        return CellLook(text=shown, is_struck=is_struck)
    if kind == "date":
        letters = _date_letters(cell.get(f"{_OFFICE}date-value", ""), shown)
        return CellLook(is_struck=is_struck, date_letters=letters)
    if kind in ("float", "currency", "percentage"):
        value = float(cell.get(f"{_OFFICE}value", "nan"))
        return CellLook(_number_format(value, shown, is_percent=kind == "percentage"), is_struck)
    return CellLook(is_struck=is_struck)


def _date_letters(stored: str, shown: str) -> int:
    """How much of “2026-03-01” is shown, see `number_formats.date_letters`: “Mar 26” and “03/2026” are months, 2026 is a
    year. 0 where that is not sure, as of “Mar 26” on the 26th.
    """
    day = _DAY.match(stored)
    if day is None:
        return 0
    year, month, on = map(int, day.groups())
    numbers = list(map(int, patterns.findall(r"\d{1,4}", shown)))
    is_year = year in numbers or (year % 100 in numbers and on not in numbers)
    is_named = patterns.search(r"[^\W\d_]{3}", shown) is not None
    if is_year and len(numbers) == 1:
        return len("2026-03") if is_named else len("2026")
    return len("2026-03") if is_year and len(numbers) == 2 and month in numbers and not is_named else 0


def _number_format(value: float, shown: str, *, is_percent: bool) -> NumberFormat | None:
    """By what the cell shows, where that is the number that is stored, only rounded."""
    plain = NumberFormat(behind="%", is_percent=True) if is_percent else None
    if (match := _NUMBER.fullmatch(shown)) is None:
        return plain
    before, digits, behind = match.groups()
    amount, decimals = float(digits.replace(",", "")), len(digits.partition(".")[2])
    is_same = abs(abs(value) * (100 if is_percent else 1) - amount) <= 0.51 / 10**decimals
    width = len(digits) if _ZEROS.fullmatch(digits) else 0
    found = NumberFormat(before.replace("-", "").lstrip(), behind.rstrip(), width, is_percent)
    return (found if any(found) else None) if is_same and "(" not in before else plain


def _int(element: etree._Element, name: str, most: int) -> int:
    written = element.get(f"{_TABLE}{name}", "1")
    return min(max(int(written), 1), most)

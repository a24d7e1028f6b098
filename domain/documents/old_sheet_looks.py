"""How a sheet of Excel until 2003 (.xls, [MS-XLS]) is shown, as `sheet_looks` says it of newer ones."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

import olefile

from domain.documents.number_formats import BUILT_IN, date_letters, number_format
from domain.documents.sheet_looks import MAX_CELLS, CellLook, SheetLook

MOST_SHEETS = 200
_STREAM = "Workbook"
_BEGIN, _END, _SHEET, _FONT, _FORMAT, _XF = 0x0809, 0x000A, 0x0085, 0x0031, 0x041E, 0x00E0
_COLUMNS, _ROW, _FILTER = 0x007D, 0x0208, 0x009B
_CELLS = frozenset((0x0203, 0x027E, 0x0006, 0x00FD, 0x0204, 0x0205))
_NUMBERS = 0x00BD
_VERSION = 0x0600
# A number that no font has.
_NO_FONT = 4
# What the reader of containers and short records raise.
_DAMAGE = (OSError, struct.error, LookupError, ValueError, TypeError, AttributeError)


@dataclass
class _Book:
    """`sheets`: where each begins, by its name; `looks`: of cells, by their style."""

    sheets: dict[str, int] = field(default_factory=dict)
    looks: list[CellLook] = field(default_factory=list)


def of_sheets(file: IO[bytes]) -> dict[str, SheetLook]:
    """By the names of the sheets; empty for what is no such file, or is damaged: whoever reads it says so."""
    file.seek(0)
    if file.read(len(olefile.MAGIC)) != olefile.MAGIC:
        return {}
    try:
        with olefile.OleFileIO(file) as container:
            stream = container.openstream(_STREAM).read()
        book = _book(stream)
        return {name: _look(stream, at, book.looks) for name, at in islice(book.sheets.items(), MOST_SHEETS)}
    except _DAMAGE:
        return {}


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """From the beginning of a part to its end."""
    kind = _BEGIN
    while kind != _END:
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _book(stream: bytes) -> _Book:
    """Raises ValueError for files of before 1997."""
    book, fonts, codes = _Book(), list[bool](), dict(BUILT_IN)
    for kind, record in _records(stream, 0):
        if kind == _BEGIN and struct.unpack_from("<H", record)[0] != _VERSION:
            raise ValueError(kind)
        if kind == _SHEET:
            book.sheets[_text(record[7:], record[6])] = struct.unpack_from("<I", record)[0]
        elif kind == _FONT:
            fonts += [False] * (len(fonts) == _NO_FONT) + [bool(record[2] & 8)]
        elif kind == _FORMAT:
            number, length = struct.unpack_from("<HH", record)
            codes[number] = _text(record[4:], length)
        elif kind == _XF:
            font, number = struct.unpack_from("<HH", record)
            is_struck = font < len(fonts) and fonts[font]
            code = codes.get(number, "")
            book.looks.append(CellLook(number_format(code), is_struck, date_letters=date_letters(code)))
    return book


def _text(written: bytes, length: int) -> str:
    is_wide = written[0] & 1
    return written[1 : 1 + length * (1 + is_wide)].decode("utf-16-le" if is_wide else "latin-1")


def _look(stream: bytes, at: int, looks: list[CellLook]) -> SheetLook:
    rows, columns, is_filtered = set[int](), set[int](), False
    cells: dict[tuple[int, int], CellLook] = {}
    styles = {number: look for number, look in enumerate(looks) if any(look)}
    for kind, record in _records(stream, at):
        if kind == _COLUMNS:
            first, last, _width, _style, flags = struct.unpack_from("<5H", record)
            columns |= set(range(first, last + 1) if flags & 1 and not flags & 0x700 else ())
        elif kind == _ROW:
            number, flags = struct.unpack_from("<H10xB", record)
            rows |= {number} if flags & 0x20 and not flags & 7 else set()
        elif len(cells) < MAX_CELLS:
            cells.update(_cells(kind, record, styles))
        is_filtered = is_filtered or kind == _FILTER
    return SheetLook(cells, columns, set() if is_filtered else rows)


def _cells(
    kind: int, record: bytes, styles: Mapping[int, CellLook]
) -> Iterator[tuple[tuple[int, int], CellLook]]:
    """One, or several numbers beside one another."""
    if kind in _CELLS:
        row, column, *used = struct.unpack_from("<3H", record)
    elif kind == _NUMBERS:
        row, column = struct.unpack_from("<HH", record)
        used = [struct.unpack_from("<H", record, at)[0] for at in range(4, len(record) - 2, 6)]
    else:
        return
    yield from (((row, column + at), styles[style]) for at, style in enumerate(used) if style in styles)

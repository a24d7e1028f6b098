"""Sheets of Excel until 2003 say what they show, as newer ones do."""

import struct

from domain.documents import spreadsheets
from tests.domain.documents.outlook_files import compound_file

PERCENT, STRUCK, ZEROS = 1, 2, 3


def record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def wide(text: str) -> bytes:
    return b"\1" + text.encode("utf-16-le")


def begin(kind: int) -> bytes:
    return record(0x0809, struct.pack("<4H2I", 0x600, kind, 0, 0, 0, 6))


def old_workbook(name: str, *records: bytes) -> bytes:
    """One sheet, as [MS-XLS] has it. Fonts have no number 4, and the one behind it is struck out."""
    head = begin(5)
    for flags in (0, 0, 0, 0, 8):
        head += record(0x31, struct.pack("<HHHHHBBBB", 200, flags, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\1\0")
    head += record(0x41E, struct.pack("<HH", 164, 6) + wide("000000"))
    for font, number_format in ((0, 0), (0, 9), (5, 0), (0, 164)):
        head += record(0xE0, struct.pack("<HH16x", font, number_format))
    named = struct.pack("<HB", 0, len(name)) + wide(name)
    begins_at = len(head) + 4 + 4 + len(named) + 4
    head += record(0x85, struct.pack("<I", begins_at) + named) + record(0x0A)
    return compound_file(
        {"Workbook": (head + begin(0x10) + b"".join(records) + record(0x0A)).ljust(4096, b"\0")}
    )


def label(row: int, column: int, text: str, style: int = 0) -> bytes:
    return record(0x204, struct.pack("<4H", row, column, style, len(text)) + wide(text))


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x203, struct.pack("<HHHd", row, column, style, value))


def shown(*more: bytes) -> list[str]:
    hidden_column = record(0x7D, struct.pack("<6H", 1, 1, 0, 0, 1, 0))
    hidden_row = record(0x208, struct.pack("<6HI", 2, 0, 4, 255, 0, 0, 0x20))
    names = [label(0, column, text) for column, text in enumerate(("Tea", "Cost", "Rate", "Code"))]
    longjing = [
        label(1, 0, "Longjing"),
        number(1, 1, 30),
        number(1, 2, 0.155, PERCENT),
        number(1, 3, 7, ZEROS),
    ]
    maofeng = [label(2, 0, "Maofeng"), number(2, 1, 10)]
    keemun = [label(3, 0, "Keemun", STRUCK), number(3, 1, 20)]
    # Two whole numbers beside one another.
    keemun += [record(0xBD, struct.pack("<HHHiHiH", 3, 2, PERCENT, 1 << 2 | 2, ZEROS, 8 << 2 | 2, 3))]
    rows = [*names, *longjing, *maofeng, *keemun]
    return [
        block.text
        for block in spreadsheets.blocks(old_workbook("价格", hidden_column, hidden_row, *rows, *more))
    ]


def test_old_sheets_say_what_they_show() -> None:
    assert shown() == [
        "价格",
        "| Tea | Rate | Code |\n| --- | --- | --- |\n| Longjing | 15.5% | 000007 |\n| ~~Keemun~~ | 100% | 000008 |",
    ]


def test_rows_that_a_filter_hides_are_read() -> None:
    assert "Maofeng" in shown(record(0x9B))[1]

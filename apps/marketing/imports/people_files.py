"""A table of people in a file of any size, read row by row: what is broken is told with its line, and the rest goes on.

A row whose quotation marks do not close spoils itself alone: reading goes on behind its first line.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput
from apps.core.tables import headings_of
from apps.marketing.profiles.person_values import ATTRIBUTE
from apps.marketing.rules.rules import MAX_NAME_CHARACTERS
from llm_backend import patterns

_SIDE_BY_SIDE = patterns.compile(rb"[\x80-\xff]{2}")
# The first line of what some shops write for Excel: sep=;
_SEPARATOR = patterns.compile(r"sep=([,;\t])\s*")
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DELIMITERS = ",\t;"
# So much of the file tells its encoding.
HEAD_BYTES = 1 << 20
SIGNATURE_BYTES = 512
MAX_COLUMNS = 100
# Of a row, with the line breaks inside its quotation marks.
MAX_ROW_CHARACTERS, MAX_ROW_LINES = 1 << 16, 50
# Read and thrown away piece by piece, of a line that is longer than a row may be.
PIECE_CHARACTERS = 1 << 16
# Of a row that is longer than a row may be.
MAX_SHOWN_CHARACTERS = 200
MAX_HEADING_CHARACTERS = 100
# Before the columns of a table of rejected rows: nobody's attributes when it is mended and comes again.
REJECTION_HEADINGS = ("import_line", "import_problem", "import_field")
_HEADINGS = """
external_id: id external_id customer_id user_id member_id uid number 编号 会员号 会员编号 客户编号 客户号 用户编号 卡号
name: name full_name fullname customer 姓名 名字 昵称 称呼 客户 会员名 客户姓名
email: email e-mail mail email_address 邮箱 电子邮箱 邮件 电子邮件 邮箱地址
phone: phone mobile telephone tel phone_number 手机 手机号 手机号码 电话 联系电话 电话号码
consents: consents consent channels opt_in 同意 同意渠道 许可 订阅 订阅渠道 可联系渠道
"""
HEADINGS = {
    target: frozenset(names.split())
    for target, names in (line.split(":") for line in _HEADINGS.strip().splitlines())
}


@dataclass(frozen=True)
class FileRow:
    """`line`: where it begins in the file. `problem`: why it cannot be read, see `person_values.PROBLEMS`; or none.

    `cells`: of one that cannot be read what can be shown of it, not as many as there are columns.
    """

    line: int
    cells: list[str]
    problem: str = ""


class PeopleTable:
    """Reads an open file. Raises InvalidInput where the file as a whole is no table."""

    def __init__(self, file: BinaryIO) -> None:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        text = io.TextIOWrapper(file, encoding=_encoding(head), errors="replace", newline="")
        self._lines = _Lines(text)
        first = self._lines.next()
        separator = _SEPARATOR.fullmatch(first or "")
        first = self._lines.next() if separator else first
        # Spreadsheets and pictures hold NUL from the beginning; a table has one at most where a row is broken.
        is_binary = b"\0" in head[:SIGNATURE_BYTES] and not head.startswith(UTF_16_MARKS)
        if first is None or is_binary or "\ufffd" in first or len(first) >= MAX_ROW_CHARACTERS:
            raise _unusable(
                _("Not a readable table. Save it as CSV in UTF-8 with column names in the first line.")
            )
        self._delimiter = separator[1] if separator else max(DELIMITERS, key=first.count)
        cells = next(csv.reader([first], delimiter=self._delimiter), [])
        self.headings = [cell.strip()[:MAX_HEADING_CHARACTERS] for cell in cells]
        if not any(self.headings) or len(self.headings) > MAX_COLUMNS:
            reason = _("The first line must name the columns, at most %(count)d.")
            raise _unusable(reason % {"count": MAX_COLUMNS})

    def rows(self) -> Iterator[FileRow]:
        """Empty lines are left out."""
        width = len(self.headings)
        while (line := self._lines.next()) is not None:
            row = self._row(self._lines.number, line)
            if row.problem:
                yield row
            elif any(map(str.strip, row.cells)):
                yield row if len(row.cells) == width else FileRow(row.line, row.cells, "columns")

    def _row(self, number: int, line: str) -> FileRow:
        if len(line) >= MAX_ROW_CHARACTERS:
            return FileRow(number, [f"{line[:MAX_SHOWN_CHARACTERS]}…"], "long_row")
        if "\ufffd" in line or "\0" in line:
            return FileRow(number, _visible_cells(line), "encoding")
        if '"' not in line:
            return FileRow(number, line.rstrip("\r\n").split(self._delimiter))
        taken = [line]
        try:
            cells = next(csv.reader(self._more(taken), delimiter=self._delimiter, strict=True))
        except (csv.Error, StopIteration):
            self._lines.put_back(taken[1:])
            return FileRow(number, _visible_cells(line), "quotes")
        if any("\ufffd" in each or "\0" in each for each in taken):
            return FileRow(number, _visible_cells("".join(taken)), "encoding")
        if any(len(each) >= MAX_ROW_CHARACTERS for each in taken):
            return FileRow(number, [f"{line[:MAX_SHOWN_CHARACTERS]}…"], "long_row")
        return FileRow(number, cells)

    def _more(self, taken: list[str]) -> Iterator[str]:
        """The row's lines, as many as one may have."""
        yield taken[0]
        while len(taken) < MAX_ROW_LINES and sum(map(len, taken)) < MAX_ROW_CHARACTERS:
            line = self._lines.next()
            if line is None:
                return
            taken.append(line)
            yield line


class _Lines:
    """Lines of a text with their numbers, some of which may be put back. A longer one is cut, not kept."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self._waiting = text, deque[str]()
        self.number = 0

    def next(self) -> str | None:
        self.number += 1
        if self._waiting:
            return self._waiting.popleft()
        line = self._text.readline(MAX_ROW_CHARACTERS)
        piece = line
        while len(piece) >= MAX_ROW_CHARACTERS and piece[-1] not in "\r\n":
            piece = self._text.readline(PIECE_CHARACTERS)
        return line or None

    def put_back(self, lines: list[str]) -> None:
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)


def is_people_table(text: str, _media_type: str) -> bool:
    """Whether the first line of a text names columns by which people are told apart."""
    known = HEADINGS["external_id"] | HEADINGS["email"] | HEADINGS["phone"]
    # A bare id stands above anything.
    return bool(headings_of(text) & (known - {"id", "number", "编号"}))


def proposed_mapping(headings: list[str]) -> dict[str, str]:
    """Heading → what it most likely is. Each of a person's fields is one column, the first that is called so."""
    mapping: dict[str, str] = {}
    for heading in headings:
        if not heading or heading in mapping:
            continue
        if heading in REJECTION_HEADINGS:
            mapping[heading] = ""
            continue
        name = "_".join(heading.casefold().split())
        target = next((each for each, names in HEADINGS.items() if name in names), "")
        if target in mapping.values():
            target = ""
        mapping[heading] = target or f"{ATTRIBUTE}{heading[:MAX_NAME_CHARACTERS]}"
    return mapping


def checked_mapping(headings: list[str], mapping: dict[str, str]) -> dict[str, str]:
    """What somebody chose. Raises InvalidInput where no column, or more than one, is the own number."""
    chosen = {heading: target for heading, target in mapping.items() if heading in headings and target}
    targets = list(chosen.values())
    if targets.count("external_id") != 1:
        raise InvalidInput(fields={"mapping": [_("Choose exactly one column as the customer ID.")]})
    for target in targets:
        name = target.removeprefix(ATTRIBUTE)
        is_attribute = name != target and 0 < len(name.strip()) <= MAX_NAME_CHARACTERS
        if targets.count(target) > 1 or not (is_attribute or target in HEADINGS):
            reason = _("“%(name)s” cannot be used for a column, or is used twice.") % {
                "name": target[:MAX_HEADING_CHARACTERS]
            }
            raise InvalidInput(fields={"mapping": [reason]})
    return chosen


def column_targets(headings: list[str], mapping: dict[str, str]) -> list[str]:
    """What each column is; of two with one heading the first counts."""
    return [
        mapping.get(heading, "") if headings.index(heading) == place else ""
        for place, heading in enumerate(headings)
    ]


def _encoding(head: bytes) -> str:
    if head.startswith(UTF_16_MARKS):
        return "utf-16"
    # The last line of a longer file may be cut off in the middle of a character.
    whole = head if len(head) < HEAD_BYTES else head.rpartition(b"\n")[0]
    lines = [line for line in whole.split(b"\n") if not line.isascii()]
    # One broken row makes no other encoding of the file: most of the lines tell.
    if 2 * sum(map(_is_utf_8, lines)) >= len(lines):
        return "utf-8-sig"
    # A letter of Western Europe mostly stands alone between others, a Chinese one is two bytes.
    alone = sum(_SIDE_BY_SIDE.search(line) is None for line in lines)
    return "cp1252" if 2 * alone >= len(lines) else "gb18030"


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _visible_cells(text: str) -> list[str]:
    return [text.rstrip("\r\n").replace("\0", "\ufffd")]


def _unusable(reason: object) -> InvalidInput:
    return InvalidInput(str(reason), code="people_unusable", fields={"file": [str(reason)]})

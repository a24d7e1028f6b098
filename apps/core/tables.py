"""Tables as files, out and in: CSV, XLSX and JSON lines.

Out, rows pass one by one, so a table may be as long as it likes; `apps.audit.file_exports` hands it over and notes who
took it. In, a table is small, is read whole, and changes everything or nothing: every row that cannot be taken is named
with its reason.
"""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, TypeVar
from uuid import UUID

import xlsxwriter
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.core import punctuation
from apps.core.errors import Conflict, InvalidInput, Text
from apps.core.locks import try_lock_until_commit
from llm_backend import encodings

Row = Mapping[str, Any]
Answer = TypeVar("Answer", bound=HttpResponseBase)
# Rows read from the database at once while a list leaves as a file, however long it is.
READ_AT_ONCE = 500
FILE_TYPES = ("csv", "xlsx", "jsonl")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Spreadsheets run cells that begin so, those of East Asia also at the wide signs (OWASP, “CSV Injection”); behind an
# apostrophe they show them as text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Excel saves “CSV” as Windows writes in its language; its “Unicode text” begins with a mark.
ENCODINGS = ["gb18030", "cp1252"]
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = ",\t;"
NOT_A_TABLE = gettext_noop("This is not a readable CSV file. Save the table as CSV in UTF-8.")
# Of a cell, in Excel's format.
MAX_XLSX_CHARACTERS = 32_767
# Of a sheet; what is written below it is lost without a word.
MAX_XLSX_ROWS = 1_048_576
MAX_BYTES = 4 * 1024 * 1024
# What a request can check and store while somebody waits. More is a job's work.
MAX_ROWS = 1000
# A guess of what a table is about needs no more of its first line.
MAX_HEADING_LINE_CHARACTERS = 4000
# Spreadsheets leave some empty lines between and behind those that say something.
MOST_LINES_PER_ROW = 50
# One wrong column spoils every row: the first ones tell.
MAX_SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Column:
    """A column of a table that is taken in. `headings`: what else people write above it, in small letters."""

    name: str
    headings: frozenset[str] = frozenset()
    is_required: bool = False


@dataclass(frozen=True)
class NumberedRow:
    """`number` as a spreadsheet counts it. A column that the table does not have is empty."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class FileTable:
    """A table that was read from a file. `ignored`: headings of columns that mean nothing here."""

    rows: Sequence[NumberedRow]
    ignored: Sequence[str] = ()


@dataclass(frozen=True)
class TableImport:
    """How many rows of a table were taken, and which columns of it were not."""

    count: int
    ignored: Sequence[str] = ()


def imported_text(done: str, ignored: Sequence[str]) -> str:
    """What a page says of a table that was taken; whoever made it learns what of it went nowhere."""
    if not ignored:
        return done
    names = ", ".join([*ignored[:MAX_SHOWN_PROBLEMS], *["…"] * (len(ignored) > MAX_SHOWN_PROBLEMS)])
    return punctuation.sentences(done, _("Columns not used: %(names)s.") % {"names": names})


def headings_of(text: str) -> frozenset[str]:
    """What the first line of a text would name as columns, in small letters."""
    line = text.lstrip().partition("\n")[0][:MAX_HEADING_LINE_CHARACTERS].lower().replace('"', "")
    return frozenset(cell.strip() for cell in line.split(max(DELIMITERS, key=line.count)))


def response(
    rows: Iterable[Row], *, name: str, file_type: str, headings: Sequence[str] = ()
) -> HttpResponseBase:
    """A download. All rows have the same keys in the same order; `file_type` is one of FILE_TYPES.

    `headings`: those keys, where a table without rows shall say them too, for somebody to fill in. ValueError for
    another file type is a mistake of the caller's.
    """
    answer: HttpResponseBase
    match file_type:
        case "csv":
            answer = StreamingHttpResponse(_csv_lines(rows, headings), content_type="text/csv; charset=utf-8")
        case "xlsx":
            answer = FileResponse(_xlsx_file(rows, name, headings), content_type=XLSX)
        case "jsonl":
            lines = (json.dumps(row, ensure_ascii=False, default=_plain) + "\n" for row in rows)
            answer = StreamingHttpResponse(lines, content_type="application/x-ndjson")
        case _:
            raise ValueError(f"{file_type} is none of {', '.join(FILE_TYPES)}")
    return as_download(answer, f"{name}.{file_type}")


def as_download(answer: Answer, file_name: str) -> Answer:
    """Saved under a name and kept nowhere else."""
    answer["Content-Disposition"] = f'attachment; filename="{file_name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def read(content: bytes, columns: Sequence[Column], *, code: str, max_rows: int = MAX_ROWS) -> FileTable:
    """The rows of a CSV file with a line of headings; empty ones are left out.

    Raises InvalidInput `code` of the field `file` where the file, not a row of it, is wrong.
    """
    if len(content) > MAX_BYTES:
        raise _unusable(code, _("The file is larger than 4 MB. Split it."))
    text = _decode(content, code)
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    table = _written_rows(reader, code=code, max_rows=max_rows)
    # The first column that knows a heading takes it.
    by_heading = {text: each.name for each in reversed(columns) for text in (each.name, *each.headings)}
    headings = [cell.strip() for cell in table[0][1]] if table else []
    names = [by_heading.get(heading.lower(), "") for heading in headings]
    if missing := [column.name for column in columns if column.is_required and column.name not in names]:
        every, named = ", ".join(column.name for column in columns), ", ".join(missing)
        line = _("The first line must name the columns: %(columns)s. Missing: %(names)s.")
        raise _unusable(code, line % {"columns": every, "names": named})
    if not table[1:]:
        raise _unusable(code, _("The table has no rows."))
    if long := [str(number) for number, row in table[1:] if any(map(str.strip, row[len(names) :]))]:
        # What stands behind the last name would be lost, most often the rest of a sentence.
        reason = _(
            "More cells than the first line has names, in rows %(rows)s. "
            "Put quotation marks around a text with “%(sign)s” in it."
        )
        raise _unusable(code, reason % {"rows": ", ".join(long[:MAX_SHOWN_PROBLEMS]), "sign": delimiter})
    empty = {column.name: "" for column in columns}
    rows = [
        NumberedRow(
            number, empty | {name: cell_text(cell) for name, cell in zip(names, row, strict=False) if name}
        )
        for number, row in table[1:]
    ]
    return FileTable(
        rows, [heading for heading, name in zip(headings, names, strict=True) if heading and not name]
    )


def _written_rows(reader: Iterable[list[str]], *, code: str, max_rows: int) -> list[tuple[int, list[str]]]:
    """With the line of headings, numbered as a spreadsheet counts them, empty rows included. Reads no further than it
    has to: four megabytes of empty or short lines take seconds.
    """
    table: list[tuple[int, list[str]]] = []
    try:
        for number, row in enumerate(reader, start=1):
            if any(map(str.strip, row)):
                table.append((number, row))
            if len(table) > max_rows + 1 or number > MOST_LINES_PER_ROW * (max_rows + 1):
                reason = _("The table has more than %(count)d rows. Split it.") % {"count": max_rows}
                raise _unusable(code, reason)
    except csv.Error as error:
        raise _unusable(code, _(NOT_A_TABLE)) from error
    return table


@transaction.atomic
def save_all(
    table: FileTable,
    save: Callable[[dict[str, str]], object],
    *,
    code: str,
    organisation_id: UUID,
) -> TableImport:
    """How many there are. All are saved or none: raises InvalidInput `code` that names every row that is refused, and
    Conflict while the organisation has another table saved: a thousand rows take seconds, and a thread each.
    """
    if not try_lock_until_commit(f"table {organisation_id}"):
        raise Conflict(
            _("Another table is being imported. Try again when it is done."), code="import_under_way"
        )
    problems: list[Text] = []
    for row in table.rows:
        try:
            # A savepoint: the transaction goes on to the next row after one that the database refused.
            with transaction.atomic():
                save(row.cells)
        except InvalidInput as refusal:
            # Collected: whoever mends the table wants to see all of them at once.
            reasons = refusal.field_lines or [str(refusal)]
            line = _("Row %(number)d: %(reason)s")
            problems.append(line % {"number": row.number, "reason": " ".join(reasons)})
    if problems:
        rest = len(problems) - MAX_SHOWN_PROBLEMS
        more: list[Text] = [_("… and %(count)d more rows.") % {"count": rest}] if rest > 0 else []
        fields = {"file": [*problems[:MAX_SHOWN_PROBLEMS], *more]}
        raise InvalidInput(_("Nothing was imported."), code=code, fields=fields)
    return TableImport(len(table.rows), table.ignored)


def content(rows: Iterable[Row], *, name: str, file_type: str) -> bytes:
    """A table as an attachment, "csv" or "xlsx"."""
    if file_type == "csv":
        return "".join(_csv_lines(rows, ())).encode()
    with _xlsx_file(rows, name, ()) as file:
        return file.read()


def workbook_response(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> HttpResponse:
    """A few tables of texts and numbers, each as a sheet under its name, with no row of headings but their own."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for title, rows in sheets.items():
            # Excel takes neither longer names nor these signs in one.
            sheet = book.add_worksheet("".join(each for each in title if each not in "[]:*?/\\'")[:31])
            for number, row in enumerate(rows):
                cells = [cell if _is_number(cell) else cell[:MAX_XLSX_CHARACTERS] for cell in row]
                sheet.write_row(number, 0, cells)
    return HttpResponse(file.getvalue(), content_type=XLSX)


def _xlsx_file(rows: Iterable[Row], name: str, headings: Sequence[str]) -> IO[bytes]:
    """Written to the disk row by row; Excel's format cannot be begun before it is finished."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (FileResponse closes it)
    # One row in memory at a time, and nothing that somebody typed becomes a formula or a link.
    settings = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, settings | {"remove_timezone": True}) as book:
        # Excel takes no longer name.
        sheet = book.add_worksheet(name[:31])
        for number, cells in enumerate(_with_headings(rows, headings)):
            if number >= MAX_XLSX_ROWS:
                raise InvalidInput(
                    _("An Excel sheet holds at most 1,048,576 rows. Choose CSV, or filter the list.")
                )
            # Text stays text there, whatever it begins with.
            sheet.write_row(
                number,
                0,
                [cell if _is_number(cell) else _cell_text(cell)[:MAX_XLSX_CHARACTERS] for cell in cells],
            )
    file.seek(0)
    return file


class _Echo:
    """What csv.writer writes, it hands back."""

    def write(self, text: str) -> str:
        return text


def _csv_lines(rows: Iterable[Row], headings: Sequence[str]) -> Iterator[str]:
    """With a byte order mark: without, spreadsheets take Chinese for gibberish."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for cells in _with_headings(rows, headings):
        yield writer.writerow(
            [str(cell) if _is_number(cell) else _never_run(_cell_text(cell)) for cell in cells]
        )


def cell_text(cell: str) -> str:
    """What a spreadsheet would show: without the apostrophe that kept it from running a cell, and of ="00123", by which
    exports keep the digits of a number, what stands in it.
    """
    cell = cell.strip()
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1].strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def _with_headings(rows: Iterable[Row], headings: Sequence[str]) -> Iterator[list[Any]]:
    if headings:
        yield list(headings)
    for number, row in enumerate(rows):
        if not number and not headings:
            yield list(row)
        yield list(row.values())


def _never_run(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return float(value) if isinstance(value, Decimal) else str(value)


def _decode(content: bytes, code: str) -> str:
    try:
        return content.decode("utf-16" if content.startswith(UTF_16_MARKS) else "utf-8-sig")
    except UnicodeDecodeError:
        pass  # Saved in the encoding of a language.
    try:
        return content.decode(encodings.guess_encoding(content, ENCODINGS) or "ascii")
    except UnicodeDecodeError as error:
        raise _unusable(code, _(NOT_A_TABLE)) from error


def _unusable(code: str, reason: str) -> InvalidInput:
    return InvalidInput(reason, code=code, fields={"file": [reason]})

"""Questions as files: CSV and JSON Lines, and the documents of an lm-evaluation-harness task. In, every row that cannot be
taken is named, and then nothing is stored.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.audit.file_exports import FileExport
from apps.core import tables
from apps.core.api import NotUsable, parse_json
from apps.core.errors import InvalidInput
from apps.core.tables import Column, FileTable, NumberedRow
from apps.evaluation import selectors, task_files
from apps.evaluation.adapters import Adapter

CODE = "questions_unusable"
QUESTION = Column("question", is_required=True)
MAX_LINE_BYTES = 100_000
LINE = "line"
Cells = dict[str, str]


def read(adapter: Adapter, content: bytes, task: bytes) -> tuple[FileTable, Callable[[Cells], Cells]]:
    """The table, and what makes the cells of each of its rows: a line of JSON is read only then, so that what is wrong with
    it is told beside what is wrong with others. Raises InvalidInput, as the second one does.
    """
    columns = [QUESTION, *adapter.columns]
    if task:
        harness_task = task_files.read_task(task)
        return _lines(content), lambda row: _storable(harness_task.cells(_document(row), adapter))
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return _lines(content), lambda row: _storable(_cells(_document(row), columns))
    return tables.read(content, columns, code=CODE), _storable


def export(actor: Actor, adapter: Adapter, question_set: str, file_type: str) -> HttpResponseBase:
    """All questions, or those of a set. Raises NotFound for another type of file than CSV and JSON Lines."""
    rows = selectors.questions(adapter, actor.organisation)
    listed = list(rows.filter(question_set=question_set) if question_set else rows)
    # What a stranger wrote into the address is not for the trail: only a set that has questions is named.
    filters = {"desk": adapter.desk} | ({"set": question_set} if question_set and listed else {})
    cells = [
        {"question": row.text, **cells} for row, cells in zip(listed, adapter.cells(listed), strict=True)
    ]
    headings = [column.name for column in (QUESTION, *adapter.columns)]
    file = FileExport(actor, "evaluation_questions.exported", filters=filters)
    return file.response(cells, name="questions", file_type=file_type, headings=headings)


def _lines(content: bytes) -> FileTable:
    if len(content) > tables.MAX_BYTES:
        raise _unusable(_("The file is larger than 4 MB. Split it."))
    if content.count(b"\n") > tables.MOST_LINES_PER_ROW * tables.MAX_ROWS:
        raise _unusable(_("The table has more than %(count)d rows. Split it.") % {"count": tables.MAX_ROWS})
    try:
        # Not at other ends of lines: a text within JSON may hold them as they are.
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise _unusable(
            _("This is not a readable file. Save it as UTF-8, one JSON object per line.")
        ) from error
    rows = [NumberedRow(number, {LINE: line}) for number, line in enumerate(lines, start=1) if line.strip()]
    if not rows:
        raise _unusable(_("The file has no lines."))
    if len(rows) > tables.MAX_ROWS:
        raise _unusable(_("The table has more than %(count)d rows. Split it.") % {"count": tables.MAX_ROWS})
    return FileTable(rows)


def _document(row: Cells) -> dict[str, Any]:
    content = row[LINE].encode()
    if len(content) > MAX_LINE_BYTES:
        raise InvalidInput(_("The line is longer than 100 kB."))
    try:
        document = parse_json(content)
    except NotUsable:
        document = None
    if not isinstance(document, dict):
        raise InvalidInput(_("Not a JSON object on one line, or nested too deeply."))
    return document


def _cells(document: Mapping[str, Any], columns: Sequence[Column]) -> Cells:
    if missing := [column.name for column in columns if column.is_required and column.name not in document]:
        raise InvalidInput(_("Missing: %(names)s") % {"names": ", ".join(missing)})
    return {column.name: _text(column.name, document.get(column.name)) for column in columns}


def _text(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(_text(name, each) for each in value if not isinstance(each, list))
    if isinstance(value, dict):
        raise InvalidInput(_("“%(name)s” must be a text, a number or a list of them.") % {"name": name})
    if value is None or isinstance(value, bool):
        return "yes" if value else ""
    return str(value).strip()


def _storable(cells: Cells) -> Cells:
    """No database stores NUL and halves of surrogate pairs, which JSON can smuggle in."""
    for name, text in cells.items():
        if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
            raise InvalidInput(_("“%(name)s” contains a character that cannot be stored.") % {"name": name})
    return cells


def _unusable(reason: str) -> InvalidInput:
    return InvalidInput(reason, code=CODE, fields={"file": [reason]})

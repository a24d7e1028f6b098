"""Reads an uploaded file in a child process that can be stopped and cannot take the machine's memory."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core import bounded
from apps.core.bounded import Limits, WorkFailed
from apps.core.errors import Text, UnsupportedContent
from domain.documents import blocks as block_forms
from domain.documents.blocks import Block

READ = "domain.documents.reading:read"
READ_TABLE = "domain.documents.tables:read"
# Of the child process that reads a stranger's document.
LIMITS = Limits(seconds=180, cpu_seconds=120, memory_bytes=2**30, output_bytes=160 * 2**20)

EXPLANATIONS: dict[str, Text] = {
    "empty_file": _("The file is empty. Check that it was saved and upload it again."),
    "binary_file": _("The file has no readable text. Upload Markdown, text, HTML, PDF, Word (.docx) or CSV."),
    "old_office_file": _("This is an old Office file. Save it as .docx or PDF and upload that."),
    "unsupported_archive": _(
        "This is an archive or another Office format. Upload a Word file (.docx), PDF, or CSV."
    ),
    "archive_bomb": _("The file was not opened because it is unusually large when unpacked."),
    "encrypted_file": _("The file is protected by a password. Save it without one and upload it again."),
    "no_text_layer": _(
        "The PDF contains scanned pages without text. Run text recognition (OCR) and upload the result."
    ),
    "broken_file": _("The file is damaged. Open it in its original program, save it again and upload it."),
    "unknown_encoding": _(
        "The text encoding was not recognised. Save the file as UTF-8 and upload it again."
    ),
    "too_much_text": _("The file has too much text for one document. Split it into several files."),
    "columns_missing": _("The table lacks columns. Its first row must name them."),
    "too_many_rows": _("The table has too many rows. Split it into several files."),
    "too_complex": _(
        "The file needs too much memory or time to read. Split it, or save it in a simpler format."
    ),
}


@contextmanager
def on_disk(content: bytes) -> Iterator[Path]:
    """Content that lies elsewhere sealed, as a file for the child that reads it, and no longer."""
    with tempfile.NamedTemporaryFile() as copy:
        copy.write(content)
        copy.flush()
        yield Path(copy.name)


def unreadable(code: str) -> UnsupportedContent:
    return UnsupportedContent(EXPLANATIONS[code], code=code)


def read(path: Path, name: str, *, check: Callable[[], None]) -> tuple[str, list[Block]]:
    """Media type and blocks. `check` is called all along and stops the reading by raising.

    Raises UnsupportedContent with a code of EXPLANATIONS.
    """
    try:
        answer = bounded.run(READ, str(path), name, limits=LIMITS, check=check)
    except WorkFailed as error:
        raise unreadable("too_complex") from error
    if "error" in answer:
        raise unreadable(answer["error"])
    return answer["media_type"], [block_forms.from_json(each) for each in answer["blocks"]]


class ColumnsMissing(UnsupportedContent):
    """`names`: of the columns that a table lacks."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(EXPLANATIONS["columns_missing"], code="columns_missing")
        self.names = list(names)


def read_table(
    path: Path,
    columns: Mapping[str, Sequence[str]],
    *,
    required: Sequence[str],
    max_rows: int,
    check: Callable[[], None],
) -> list[tuple[int, dict[str, Any]]]:
    """Rows of a CSV file or of a workbook's first sheet, each with its number there. `columns`: what each may be called.

    Raises ColumnsMissing, and UnsupportedContent with a code of EXPLANATIONS.
    """
    arguments = ({name: list(written) for name, written in columns.items()}, list(required), max_rows)
    try:
        answer = bounded.run(READ_TABLE, str(path), *arguments, limits=LIMITS, check=check)
    except WorkFailed as error:
        raise unreadable("too_complex") from error
    if missing := answer.get("missing"):
        raise ColumnsMissing(missing)
    if "error" in answer:
        raise unreadable(answer["error"])
    return [(number, row) for number, row in answer["rows"]]

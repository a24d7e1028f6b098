"""Reads an uploaded file in a child process that can be stopped and cannot take the machine's memory."""

import base64
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from apps.core import bounded
from apps.core.bounded import Limits, WorkFailed
from apps.core.errors import NotFound, Text, UnsupportedContent
from apps.inference import services as inference
from apps.knowledge.recognised_pages import RecognisedPages
from domain.documents import blocks as block_forms
from domain.documents.blocks import Block

READ = "domain.documents.reading:read"
READ_PAGE = "domain.documents.ocr.reading:read_page"
LAY_OUT = "domain.documents.ocr.reading:blocks_of"
READ_TABLE = "domain.documents.tables:read"
READ_TABLES = "domain.documents.table_columns:read"
READ_PAGE_PICTURE = "domain.documents.page_pictures:read"
HOLD_READING = "domain.documents.ocr.second_reading:hold"
READ_SINGLE_PAGE = "domain.documents.single_page:read"
# Of the child process that reads a stranger's document.
LIMITS = Limits(seconds=180, cpu_seconds=120, memory_bytes=2**30, output_bytes=160 * 2**20)
# Of each page whose text is recognised. Libraries and weights take most of the addresses; 700 MB of them are used.
PAGE_LIMITS = Limits(seconds=120, cpu_seconds=90, memory_bytes=2 * 2**30, output_bytes=16 * 2**20)
# Somebody waits for it before the screen.
PICTURE_LIMITS = Limits(seconds=20, cpu_seconds=15, memory_bytes=2**30, output_bytes=16 * 2**20)
# One after the other, they are a night's work.
MOST_RECOGNISED_PAGES = 2000
# Of two readings of scanned pages, that are kept of a document; their number is.
MOST_DIFFERENCES = 100

EXPLANATIONS: dict[str, Text] = {
    "empty_file": _("The file is empty. Check that it was saved and upload it again."),
    "binary_file": _(
        "The file has no readable text. Upload a PDF, an Office file, EPUB, mail, HTML, text, CSV or a picture."
    ),
    "old_office_file": _(
        "This is an old Office file. Save it as .docx, .xlsx, .pptx or PDF and upload that."
    ),
    "unsupported_archive": _(
        "This is an archive or another Office format. Upload .docx, .pptx, .xlsx, .ods, .epub or PDF."
    ),
    "archive_bomb": _("The file was not opened because it is unusually large when unpacked."),
    "encrypted_file": _("The file is protected by a password. Save it without one and upload it again."),
    "no_text_found": _(
        "No text was recognised: the pages are blank, too blurred or too dark. Scan them again at 200 dpi or more."
    ),
    "pages_unread": _("None of the pages could be read. Scan or save them again and upload them."),
    "too_many_scans": _("The file has more than 2,000 scanned pages. Split it into several files."),
    "picture_too_large": _("The picture is larger than 120 megapixels. Save it smaller and upload it again."),
    "broken_file": _("The file is damaged. Open it in its original program, save it again and upload it."),
    "unknown_encoding": _(
        "The text encoding was not recognised. Save the file as UTF-8 and upload it again."
    ),
    "too_much_text": _("The file has too much text for one document. Split it into several files."),
    "columns_missing": _("The table lacks columns. Its first row must name them."),
    "too_many_columns": _("The table has more than 1,000 columns. Split it into several tables."),
    "too_many_rows": _("The table has too many rows. Split it into several files."),
    "no_picture": _("This is neither a picture nor a PDF. Choose a photo, a scan, a screenshot or a PDF."),
    "no_such_page": _("The file has no page of this number. Choose another page."),
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


class Reading(NamedTuple):
    """`recognised`: pages whose text was recognised from pictures; `unread`: pages that could not be read; `second`: what
    came of showing recognised pages to a model (`Document.second_readings`).
    """

    media_type: str
    blocks: list[Block]
    recognised: list[int]
    unread: list[int]
    second: list[dict[str, Any]]


# Asked about a page, JPEG as base64.
Look = Callable[[str], inference.Look]


def read(
    path: Path,
    name: str,
    *,
    check: Callable[[], None],
    on_page: Callable[[int, int], None] = lambda number, total: None,
    kept: RecognisedPages | None = None,
    look: Look | None = None,
) -> Reading:
    """`check` is called all along and stops the reading by raising. `on_page` hears which of the pages without text comes
    next, and how many there are. `kept`: pages that an earlier attempt recognised. `look`: a second reader of these pages,
    whose text counts where it is held by what was recognised.

    Raises UnsupportedContent with a code of EXPLANATIONS.
    """
    try:
        answer = bounded.run(READ, str(path), name, limits=LIMITS, check=check)
    except WorkFailed as error:
        raise unreadable("too_complex") from error
    if "error" in answer:
        raise unreadable(answer["error"])
    blocks = [block_forms.from_json(each) for each in answer["blocks"]]
    reading = Reading(answer["media_type"], blocks, [], [], [])
    pictures, scans = answer["pictures"], answer["scans"]
    if len(pictures) > MOST_RECOGNISED_PAGES:
        raise unreadable("too_many_scans")
    if pictures or scans:
        with bounded.Child(PAGE_LIMITS) as child:
            call = partial(child.call, check=check)
            if pictures:
                recognise = partial(_recognise, call, (str(path), name), look)
                _add_pages(reading, _recognised(pictures, recognise, on_page, kept), check)
            before = 0
            for scan in scans:
                _add_scan(reading, scan, before, call, on_page, check)
                before += len(scan["pages"])
    return reading


def _add_scan(
    reading: Reading,
    scan: Mapping[str, Any],
    before: int,
    call: Callable[..., dict[str, Any]],
    on_page: Callable[[int, int], None],
    check: Callable[[], None],
) -> None:
    """What lay inside a mail, under its name. Pages of all of them are counted through: so many came `before`. Those beyond
    the most stay unread: the mail has text of its own.
    """
    pages = scan["pages"][: max(0, MOST_RECOGNISED_PAGES - before)]
    with on_disk(base64.b64decode(scan["content"])) as path:
        recognise = partial(_recognise, call, (str(path), scan["name"]), None)
        answers = _recognised(pages, recognise, on_page, None)
        found, _codes = _taken(
            reading, ((before + at, each) for at, (_page, each) in enumerate(answers, start=1))
        )
    reading.unread.extend(range(before + len(pages) + 1, before + len(scan["pages"]) + 1))
    blocks = _laid_out(found, check) if found else []
    reading.blocks.extend(replace(block, part=scan["name"]) for block in blocks)


def _recognise(
    call: Callable[..., dict[str, Any]], file: tuple[str, str], look: Look | None, number: int
) -> dict[str, Any]:
    """What the child answers of a page, and where there is a second reader, what came of that. Raises WorkFailed."""
    answer = call(READ_PAGE, *file, number)
    if look is None or not answer.get("page"):
        return answer
    try:
        shown = call(READ_PAGE_PICTURE, *file, number)
        looked = look(shown["jpeg"]) if "jpeg" in shown else inference.Look("away")
        told = {"page": number, "state": looked.state}
        if looked.state != "looked":
            return {**answer, "second": told}
        held = call(HOLD_READING, answer["page"], looked.text)
    except WorkFailed:
        return {**answer, "second": {"page": number, "state": "away"}}
    return {"page": held.pop("page"), "second": {**told, **held}}


def _recognised(
    pages: Sequence[int],
    recognise: Callable[[int], dict[str, Any]],
    on_page: Callable[[int, int], None],
    kept: RecognisedPages | None,
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Answers page by page: each has its limits, and one that fails stops no other."""
    known = kept.read() if kept else {}
    for number, page in enumerate(pages, start=1):
        if page not in known:
            on_page(number, len(pages))
            try:
                known[page] = recognise(page)
            except WorkFailed:
                known[page] = {"error": "too_complex"}
            if kept and "error" not in known[page]:
                kept.add(page, known[page])
        yield page, known.pop(page)


def _add_pages(
    reading: Reading, pages: Iterable[tuple[int, dict[str, Any]]], check: Callable[[], None]
) -> None:
    """Adds the text of pages that are pictures. Raises UnsupportedContent where there is none in the document."""
    found, codes = _taken(reading, pages)
    if found:
        reading.blocks.extend(_laid_out(found, check))
    if not reading.blocks:
        # Of a single page it is known why.
        failed = codes[0] if len(reading.unread) == 1 and not reading.recognised else "pages_unread"
        raise unreadable(failed if codes else "no_text_found")
    reading.blocks.sort(key=lambda block: block.page or 0)


def _taken(
    reading: Reading, pages: Iterable[tuple[int, dict[str, Any]]]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Pages with text and codes of those that could not be read, whose numbers go into `reading`."""
    found, codes = [], []
    for number, answer in pages:
        if "error" in answer:
            reading.unread.append(number)
            codes.append(answer["error"])
        elif answer["page"]:
            reading.recognised.append(number)
            if second := answer.get("second"):
                room = MOST_DIFFERENCES - sum(len(each.get("differences", ())) for each in reading.second)
                kept = {"differences": second["differences"][:room]} if "differences" in second else {}
                reading.second.append({**second, **kept})
            found.append(answer["page"])
    return found, codes


def _laid_out(pages: Sequence[dict[str, Any]], check: Callable[[], None]) -> list[Block]:
    """Headings and what every page repeats are told from all pages together."""
    try:
        blocks = bounded.run(LAY_OUT, list(pages), limits=LIMITS, check=check)
    except WorkFailed as error:
        raise unreadable("too_complex") from error
    return [block_forms.from_json(each) for each in blocks]


def page_picture(path: Path, name: str, number: int) -> bytes:
    """A page as JPEG. Raises NotFound where there is no such page to show, and UnsupportedContent."""
    try:
        answer = bounded.run(READ_PAGE_PICTURE, str(path), name, number, limits=PICTURE_LIMITS)
    except WorkFailed as error:
        raise unreadable("too_complex") from error
    if answer.get("error") in ("no_such_page", "no_page_pictures"):
        raise NotFound
    if "error" in answer:
        raise unreadable(answer["error"])
    return base64.b64decode(answer["jpeg"])


def read_single_page(path: Path, name: str, number: int, *, check: Callable[[], None]) -> dict[str, Any]:
    """A page to be understood, as `domain.documents.single_page` gives it. Raises UnsupportedContent."""
    try:
        answer: dict[str, Any] = bounded.run(
            READ_SINGLE_PAGE, str(path), name, number, limits=PAGE_LIMITS, check=check
        )
    except WorkFailed as error:
        raise unreadable("too_complex") from error
    if "error" in answer:
        raise unreadable(answer["error"])
    return answer


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
    asked = {name: list(written) for name, written in columns.items()}
    answer = _tables(READ_TABLE, path, asked, list(required), max_rows, check=check)
    return [(number, row) for number, row in answer["rows"]]


def read_tables(path: Path, *, check: Callable[[], None]) -> list[dict[str, Any]]:
    """All tables of a CSV file or workbook, as `domain.documents.table_columns` gives them. Raises UnsupportedContent."""
    tables: list[dict[str, Any]] = _tables(READ_TABLES, path, check=check)["tables"]
    return tables


def _tables(function: str, path: Path, *arguments: Any, check: Callable[[], None]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = bounded.run(function, str(path), *arguments, limits=LIMITS, check=check)
    except WorkFailed as error:
        raise unreadable("too_complex") from error
    if missing := answer.get("missing"):
        raise ColumnsMissing(missing)
    if "error" in answer:
        raise unreadable(answer["error"])
    return answer

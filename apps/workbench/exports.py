"""What came out of a run as a file: a document, a table, or data for a program."""

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.audit.file_exports import FileExport
from apps.core import bounded_calls, tables
from apps.core.errors import Conflict, InvalidInput, NotFound, Text
from apps.workbench import presenters, value_views
from apps.workbench.document_blocks import Block
from apps.workbench.models import AppRun
from apps.workbench.value_views import ValueView, plain_words

DOCUMENT_SECONDS = 30.0
FORMATS: dict[str, Text] = {
    "docx": "Word",
    "pdf": "PDF",
    "md": "Markdown",
    "xlsx": "Excel",
    "csv": "CSV",
    "json": "JSON",
}
TABLE_FORMATS = ("xlsx", "csv")


def formats(views: list[ValueView]) -> dict[str, Text]:
    """Those that there is something for."""
    has_table = any(map(is_table, views))
    return {name: words for name, words in FORMATS.items() if has_table or name not in TABLE_FORMATS}


def is_table(view: ValueView) -> bool:
    """Records one like the other: rows under columns; or a table of a page."""
    is_rows = view.kind in ("table", "list") and bool(view.parts) and view.parts[0].kind == "record"
    return view.kind == "cells" or is_rows


def file_response(actor: Actor, run: AppRun, file_type: str) -> HttpResponseBase:
    """Raises NotFound for a format that there is not, Conflict before anything came out, and InvalidInput for a text that
    is too long to be set.
    """
    app = run.version.checked
    if app is None or not run.outputs:
        raise Conflict(_("The run has no result yet."))
    views = value_views.output_views(run)
    if file_type not in formats(views):
        raise NotFound
    export = FileExport(actor, "app_run.exported", target=run)
    name = f"{run.app.name}.{file_type}"
    workbook = _workbook_tables(views)
    if file_type == "xlsx" and len(workbook) > 1:
        return export.download(tables.workbook_response(workbook), name)
    if file_type in TABLE_FORMATS:
        table = next(filter(is_table, views))
        rows = [_cells(row, has_numbers=file_type == "xlsx") for row in table.parts]
        return export.response(rows, name=run.app.name, file_type=file_type)
    if file_type == "json":
        content = json.dumps(run.outputs, ensure_ascii=False, indent=1).encode()
        return export.download(HttpResponse(content, content_type="application/json"), name)
    # Word and Typst are loaded by whoever exports first: no process starts with them.
    from apps.workbench import documents

    write, media_type = documents.WRITERS[file_type]
    blocks = [block for view in views for block in (Block("heading", view.title), *_value_blocks(view))]
    if presenters.is_written_by_model(run):
        blocks.insert(0, Block("note", _("Written by a model. Check it before you use it.")))
    try:
        content = bounded_calls.call_apart(
            write, run.app.title, get_language() or "en", blocks, seconds=DOCUMENT_SECONDS
        )
    except bounded_calls.TookTooLong as error:
        raise InvalidInput(_("The result is too long for this format. Choose Markdown.")) from error
    return export.download(HttpResponse(content, content_type=media_type), name)


def _workbook_tables(views: list[ValueView]) -> dict[str, list[list[Any]]]:
    """All tables; of a run that a picture went into, each table of the page as it stands there."""
    grids = [part for view in views for record in view.parts for part in record.parts if part.kind == "cells"]
    records = [
        view
        for view in views
        if is_table(view) and view.parts and all(part.kind != "cells" for part in view.parts[0].parts)
    ]
    named = [(view.title, _rows(view, has_numbers=True)) for view in records] + [
        (_("Table"), _grid(view)) for view in grids
    ]
    return {f"{number} {title}": rows for number, (title, rows) in enumerate(named, start=1)}


def _rows(view: ValueView, *, has_numbers: bool = False) -> list[list[Any]]:
    rows = [_cells(row, has_numbers=has_numbers) for row in view.parts]
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def _grid(view: ValueView) -> list[list[str]]:
    """What spans several cells stands in the first of them."""
    height, width = (max((cell[at] + cell[at + 3] for cell in view.cells), default=0) for at in (0, 1))
    grid = [[""] * width for _row in range(height)]
    for row, column, text, *_spans in view.cells:
        grid[row][column] = text
    return grid


def _value_blocks(view: ValueView) -> Iterator[Block]:
    if view.kind == "cells":
        yield Block("table", rows=_grid(view))
    elif is_table(view) and view.parts[0].parts[0].kind == "cells":
        yield from (block for row in view.parts for part in row.parts for block in _value_blocks(part))
    elif is_table(view):
        yield Block("table", rows=_rows(view))
    elif view.kind == "quote":
        yield Block("quote", plain_words(view))
    elif view.kind == "list":
        yield from (Block("item", plain_words(part)) for part in view.parts)
    elif view.kind == "record":
        yield Block("table", rows=[list(_cells(view)), list(_cells(view).values())])
    else:
        yield Block("markdown", view.text, level=2)


def _cells(record: ValueView, *, has_numbers: bool = False) -> dict[str, Any]:
    """By heading; two alike are told apart. `has_numbers`: as such, for sheets that reckon with them."""
    cells: dict[str, Any] = {}
    for number, part in enumerate(record.parts, start=1):
        title = part.title if part.title not in cells else f"{part.title} {number}"
        cells[title] = part.number if has_numbers and part.number is not None else plain_words(part)
    return cells

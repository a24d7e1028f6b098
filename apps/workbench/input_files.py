"""Files that people hand over for a run: kept sealed until its job has read them, then as what the steps read of them."""

from collections.abc import Mapping
from dataclasses import astuple
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.core.files import File as UploadedFile
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput, TooLarge
from apps.inference import storage
from apps.jobs.runs import JobRun
from apps.knowledge import reader
from apps.knowledge.rights import readable_tables
from apps.workbench.models import AppRun, RunFile
from domain.documents import blocks as block_forms
from domain.documents.blocks import markdown_of
from domain.documents.table_parts import number_text
from domain.workflows import types, values
from domain.workflows.checking import CheckedApp
from domain.workflows.problems import Problem
from domain.workflows.types import Picture, Record, Table, Type
from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

MAX_FILE_BYTES = 20 * 1024 * 1024
TAKERS = (types.File, Picture, Table)
_THOUSANDS = patterns.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
# In English these are read as they are. Ticks and crosses stand in lists that were made to be printed.
FLAG_WORDS = {"是": True, "否": False} | dict.fromkeys("√✓✔☑", True) | dict.fromkeys("×✗✘☐", False)
Files = Mapping[str, "UploadedFile[bytes]"]


def placeholders(app: CheckedApp, files: Files) -> dict[str, Any]:
    """What stands for files until they are read. Raises InvalidInput for an input that takes none, and TooLarge."""
    takers = {name: port for name, port in app.file.inputs.items() if isinstance(port, TAKERS)}
    for name in files.keys() - takers.keys():
        raise InvalidInput(fields={name: [_("This input takes no file.")]})
    if any((file.size or 0) > MAX_FILE_BYTES for file in files.values()):
        raise TooLarge(details={"largest": MAX_FILE_BYTES})
    return {name: types.empty(takers[name]) for name in files}


def of_documents(actor: Actor, app: CheckedApp, inputs: Mapping[str, Any]) -> Files:
    """Of tables that are sent as `{"document": id}` the file of that document, as the actor may read it. Raises
    InvalidInput per input, and TooLarge.
    """
    tables = {name for name, port in app.file.inputs.items() if isinstance(port, Table)}
    named = {name: value for name, value in inputs.items() if name in tables and isinstance(value, Mapping)}
    return {name: _file_of(actor, name, str(value.get("document"))) for name, value in named.items()}


def _file_of(actor: Actor, name: str, document_id: str) -> "UploadedFile[bytes]":
    try:
        row = readable_tables(actor).filter(pk=UUID(document_id)).first()
    except ValueError:
        row = None
    if row is None:
        raise InvalidInput(
            fields={name: [_("There is no such table among the documents that you may read.")]}
        )
    if row.size > MAX_FILE_BYTES:
        raise TooLarge(details={"largest": MAX_FILE_BYTES})
    with row.file.open("rb") as file:
        return ContentFile(file.read(), name=row.file_name)


def store(run: AppRun, files: Files) -> None:
    """Inside the caller's transaction. Raises StorageQuotaExceeded."""
    if not files:
        return
    storage.require_room(run.organisation, sum(file.size or 0 for file in files.values()))
    RunFile.objects.bulk_create(
        RunFile(
            organisation_id=run.organisation_id,
            run=run,
            input=name,
            file_name=PurePath(file.name or "").name[:200],
            content=file.read(),
            size=file.size or 0,
        )
        for name, file in files.items()
    )


def read_files(run: JobRun, row: AppRun, app: CheckedApp) -> None:
    """Puts what the files say among the run's inputs; those that an earlier attempt read are gone. Raises
    UnsupportedContent, and InvalidInput with the reasons in `input_problems`.
    """
    if not any(isinstance(port, TAKERS) for port in app.file.inputs.values()):
        return
    for file in RunFile.objects.within(row.organisation_id).filter(run=row).order_by("id"):
        run.checkpoint()
        run.stage("reading", file=file.input)
        port = app.file.inputs[file.input]
        value: Any
        if isinstance(port, Picture):
            value = _picture(run, file, row.inputs.get(port.page_from or "") or 1)
        else:
            value = _rows(run, row, file, port) if isinstance(port, Table) else _document(run, file)
        with transaction.atomic():
            row.inputs = {**row.inputs, file.input: value}
            row.save(update_fields=["inputs"])
            file.delete()


def _document(run: JobRun, file: RunFile) -> dict[str, str]:
    with reader.on_disk(file.content) as path:
        blocks = reader.read(path, file.file_name, check=run.check).blocks
    text = markdown_of(blocks)
    if len(text) > types.MAX_TEXT_CHARACTERS:
        raise reader.unreadable("too_much_text")
    return {"name": file.file_name, "text": text}


def _picture(run: JobRun, file: RunFile, page: float) -> dict[str, Any]:
    """Its page as it is seen, with what was read there. The file is forgotten; the picture stays as long as the run, whose
    page shows on it what came out.
    """
    with reader.on_disk(file.content) as path:
        read = reader.read_single_page(path, file.file_name, int(page), check=run.check)
    blocks = [block_forms.from_json(each) for each in read["blocks"][: types.MAX_ITEMS]]
    return {
        "name": file.file_name,
        "text": markdown_of(blocks)[: types.MAX_TEXT_CHARACTERS],
        "is_recognised": read["is_recognised"],
        "lines": read["lines"][: types.MAX_ITEMS],
        "blocks": [
            {
                "kind": block.kind.value,
                "text": block.text,
                "boxes": [astuple(block.box)] if block.box else [],
                "cells": [astuple(cell) for cell in block.cells],
            }
            for block in blocks
        ],
        "jpeg": read["jpeg"],
    }


def _rows(run: JobRun, row: AppRun, file: RunFile, port: Table) -> list[dict[str, Any]]:
    columns = {name: [name, each.title.en, each.title.zh] for name, each in port.columns.items()}
    required = [name for name, each in port.columns.items() if not getattr(each, "optional", False)]
    try:
        with reader.on_disk(file.content) as path:
            rows = reader.read_table(
                path, columns, required=required, max_rows=types.MAX_ROWS, check=run.check
            )
        cells = [_cells(port.columns, written) for _number, written in rows]
        return list(values.checked(Record(fields={file.input: port}), {file.input: cells})[file.input])
    except reader.ColumnsMissing as refused:
        missing = [(1, name, Problem("missing_field", names={"name": name})) for name in refused.names]
        _keep_problems(row, missing)
        raise
    except values.InvalidValues as refused:
        cells_refused = ((int(path[1]), str(path[2]), each) for path, each in refused.reasons.items())
        _keep_problems(row, [(rows[place][0], column, each) for place, column, each in cells_refused])
        raise InvalidInput(
            _("Some cells of the table do not fit. Correct them and upload it again.")
        ) from refused


def _keep_problems(row: AppRun, problems: list[tuple[int, str, Problem]]) -> None:
    row.input_problems = [
        {"row": number, "column": column, "code": each.code, "names": dict(each.names)}
        for number, column, each in problems
    ]
    row.save(update_fields=["input_problems"])


def _cells(columns: Mapping[str, Type], written: Mapping[str, Any]) -> dict[str, Any]:
    """As values are sent: an empty cell is left out, a number in a column of texts is a text."""
    given = {}
    for name, cell in written.items():
        if isinstance(columns[name], types.Number) and isinstance(cell, str):
            cell = nfkc(cell).strip()
            # Any other comma may be that of a decimal: 1,5 is not 15.
            cell = cell.replace(",", "") if _THOUSANDS.fullmatch(cell) else cell
        elif isinstance(columns[name], types.Text | types.Choice) and not isinstance(cell, str):
            cell = number_text(cell) if isinstance(cell, float) else str(cell)
        if isinstance(cell, str):
            cell = _codes(columns[name]).get(_plain(cell), cell)
        if cell != "" or isinstance(columns[name], types.Text):
            given[name] = cell
    return given


def _codes(port: Type) -> Mapping[str, str | bool]:
    """What stands behind the words that people read on pages and in exported files, in either language."""
    if isinstance(port, types.Flag):
        return FLAG_WORDS
    if not isinstance(port, types.Choice):
        return {}
    words = {
        _plain(each): code for code, words in port.options.items() for each in (words.zh, words.en) if each
    }
    return words | {_plain(code): code for code in port.options}


def _plain(cell: str) -> str:
    return nfkc(cell).strip().casefold()

"""Rows that leave as a file: each file has its line in the trail before its first byte."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from django import forms
from django.db import models
from django.db.models import QuerySet
from django.http import HttpResponseBase

from apps.audit import services
from apps.audit.services import AuditActor
from apps.core import tables
from apps.core.errors import NotFound
from apps.core.forms import CodeField
from apps.core.tables import Row

T = TypeVar("T")
Answer = TypeVar("Answer", bound=HttpResponseBase)
# Where a list goes on, how it is sorted and whose page it is narrow nothing that other fields do not say.
NOT_FILTERS = frozenset({"before", "order", "mine"})
# Stands in a line for words that somebody typed.
UNQUOTED = "…"


@dataclass(frozen=True)
class FileExport:
    """Who takes which rows. What makes the file writes the line; where that fails, nothing leaves.

    `action`: as `sentences` or a manifest puts it into words; it ends in “exported”.
    `target`: the row whose rows they are, such as the collection of documents.
    `filters`: what they were narrowed by, as `form_filters` reads it.
    `row_count`: how many, where they pass one by one; a queryset and a list are counted.
    """

    actor: AuditActor
    action: str
    target: models.Model | None = None
    filters: Mapping[str, object] = field(default_factory=dict)
    row_count: int | None = None
    details: Mapping[str, object] = field(default_factory=dict)

    def list_response(
        self,
        rows: QuerySet[Any] | Iterable[T],
        columns: Mapping[str, Callable[[T], Any]],
        *,
        name: str,
        file_type: str,
    ) -> HttpResponseBase:
        """A list as a file, however long. `columns`: heading → what stands there of a row."""
        few_at_once = rows.iterator(chunk_size=tables.READ_AT_ONCE) if isinstance(rows, QuerySet) else rows
        cells = ({heading: cell(row) for heading, cell in columns.items()} for row in few_at_once)
        counted = self._counted(rows)
        return counted.response(cells, name=name, file_type=file_type, headings=tuple(columns))

    def response(
        self, rows: Iterable[Row], *, name: str, file_type: str, headings: Sequence[str] = ()
    ) -> HttpResponseBase:
        """A table as `tables.response` makes it. Raises NotFound for a type of file that there is not."""
        if file_type not in tables.FILE_TYPES:
            raise NotFound
        answer = tables.response(rows, name=name, file_type=file_type, headings=headings)
        self._counted(rows).note(file_type)
        return answer

    def attachment(self, rows: Iterable[Row], *, name: str, file_type: str) -> bytes:
        """A table that leaves by mail, "csv" or "xlsx"."""
        content = tables.content(rows, name=name, file_type=file_type)
        self._counted(rows).note(file_type)
        return content

    def download(self, answer: Answer, file_name: str) -> Answer:
        """A file that is no table, saved under a name."""
        self.note(file_name.rpartition(".")[2])
        return tables.as_download(answer, file_name)

    def note(self, file_type: str) -> None:
        """The line alone, for what is rendered elsewhere."""
        details = {"file_type": file_type, **self.details}
        if self.row_count is not None:
            details["rows"] = self.row_count
        if self.filters:
            details["filters"] = self.filters
        services.record(self.actor, action=self.action, target=self.target, details=details)

    def _counted(self, rows: Iterable[Any]) -> Self:
        if self.row_count is not None or not isinstance(rows, QuerySet | Sized):
            return self
        return replace(self, row_count=rows.count() if isinstance(rows, QuerySet) else len(rows))


def form_filters(form: forms.BaseForm) -> dict[str, object]:
    """What a list was narrowed by, whatever is wrong with its other fields.

    Words that somebody typed may be a person's, and a line stays when that person is erased: it says only that there
    were any.
    """
    form.is_valid()
    chosen = {name: value for name, value in form.cleaned_data.items() if name not in NOT_FILTERS}
    return {
        name: UNQUOTED if _is_typed(form.fields[name]) else _plain(value)
        for name, value in chosen.items()
        if value not in forms.Field.empty_values and name in form.fields
    }


def _is_typed(field: forms.Field) -> bool:
    codes = (CodeField, forms.SlugField, forms.UUIDField)
    return isinstance(field, forms.CharField) and not isinstance(field, codes)


def _plain(value: Any) -> object:
    if isinstance(value, QuerySet | list | tuple | set):
        return [_plain(each) for each in value]
    return value.pk if isinstance(value, models.Model) else value

"""A question that is computed over a table among the documents: a model writes the query, DuckDB checks and runs it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Self

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from apps.accounts.actors import Actor
from apps.core import bounded_calls
from apps.core.errors import Conflict, UnsupportedContent
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from apps.knowledge import reader, selectors
from apps.knowledge.models import Document
from apps.knowledge.rights import readable_collections, readable_tables
from domain.documents.table_parts import number_text
from domain.workflows import queries
from domain.workflows.queries import QueryFailed, QueryShape
from domain.workflows.types import Record, Text, Words
from llm_backend import patterns
from llm_backend.errors import OutputInvalid
from llm_backend.wording import normalise

PROMPT = Path(__file__).parent / "prompts" / "query_table.md"
MAX_DOCUMENTS, MAX_TABLES = 3, 5
# Of a column before the model, and of the result before people.
EXAMPLES, EXAMPLE_CHARACTERS, MAX_LOOKED_AT, SHOWN_ROWS = 6, 24, 2000, 50
# Nothing is run: only a busy machine takes longer than a moment.
BIND_SECONDS = 15.0
# What the query calls its table, and of tables from several sheets the column that names the sheet.
DATA, SHEET = "data", "_sheet"
# A sum without the cells that could not be read would be a wrong one.
_PASSES_OVER = patterns.compile(r"\btry_", patterns.IGNORECASE)
# For a model that chooses it, and what it fills in.
DESCRIPTION = (
    "Computes over a table (spreadsheet, CSV file) that is among the documents: sums, counts, averages, the largest, "
    "by month, by group."
)
_HELP = "what to compute, in full, in the words of the request, with the names of file and columns"
ASKED = Record(fields={"question": Text(title=Words(en="Question", zh="问题"), help=Words(en=_HELP))})
NO_TABLE = _("No table among the documents that you may read fits. Name its file and its columns.")
NO_QUERY = _("No query could be written that runs over the table. Name the columns as they stand there.")
TOO_MUCH = _("The query went through too much. Ask for less at once.")


@dataclass(frozen=True)
class DocumentTable:
    """`columns`: of each its type, as queries name it, and its values."""

    document: Document
    sheet: str
    columns: Mapping[str, tuple[str, list[Any]]]

    @property
    def title(self) -> str:
        """Where it stands."""
        return " · ".join(filter(None, (self.document.title, self.document.collection.name, self.sheet)))

    @property
    def outline(self) -> str:
        """For the model: each column with its type and some of its values."""
        return "\n".join(
            f'"{name}" ({kind}): {" | ".join(_examples(values))}'
            for name, (kind, values) in self.columns.items()
        )

    def shape(self, sql: str) -> QueryShape:
        columns = tuple((name, kind) for name, (kind, _values) in self.columns.items())
        return QueryShape(((DATA, columns),), sql, (), ())


@dataclass(frozen=True)
class TableAnswer:
    table: DocumentTable
    sql: str
    rows: list[dict[str, Any]]

    @property
    def url(self) -> str:
        """Of the document."""
        return reverse("knowledge:document", args=[self.table.document.pk])

    @property
    def markdown(self) -> str:
        """The result as a table, which document it is from, and the query that gave it."""
        cells = [[_cell(value) for value in row.values()] for row in self.rows]
        lines = [gettext("No row of the table fits.")]
        if any(map(any, cells)):
            names = list(map(_cell, self.rows[0]))
            lines = [f"| {' | '.join(row)} |" for row in (names, ["---"] * len(names), *cells[:SHOWN_ROWS])]
        if len(cells) > SHOWN_ROWS:
            shown = gettext("The first %(shown)d of %(count)d rows.")
            lines += ["", shown % {"shown": SHOWN_ROWS, "count": len(cells)}]
        source = gettext("Computed from the document “%(title)s” by this query:") % {
            "title": self.table.title
        }
        return "\n".join([*lines, "", source, "```", self.sql.strip().replace("```", ""), "```"])


def answer(run: JobRun, question: str, *, purpose: str) -> TableAnswer:
    """From what whoever asks may read today. What documents say stands before the model that writes the query, which can do
    nothing but read these tables. Raises Conflict, UnsupportedContent and ModelError.
    """
    tables = _tables(run, question)
    if not tables:
        raise Conflict(NO_TABLE)
    today = timezone.localdate().isoformat()
    prompt = prompts.load(run.job.organisation, PROMPT).render(today=today, tables=tables, question=question)
    try:
        written = inference.extract(run, prompt, _schema(tables), purpose=purpose)
        if not written.table:
            raise Conflict(NO_TABLE)
        table = tables[written.table - 1]
        rows = bounded_calls.call(queries.query, {DATA: table.columns}, written.sql, {}, {})
    except OutputInvalid as error:
        raise Conflict(NO_QUERY) from error
    except bounded_calls.TookTooLong as error:
        raise Conflict(TOO_MUCH) from error
    if isinstance(rows, QueryFailed):
        raise Conflict(TOO_MUCH if rows.code == "query_too_large" else NO_QUERY)
    return TableAnswer(table, written.sql, rows)


class WrittenQuery(BaseModel):
    """`table`: by its number; 0 for none. One whose query cannot run over it is no answer, and repaired once."""

    model_config = ConfigDict(extra="forbid")

    table: int
    sql: str = Field(max_length=4000)


def _schema(tables: Sequence[DocumentTable]) -> type[WrittenQuery]:
    class CheckedQuery(WrittenQuery):
        @model_validator(mode="after")
        def _runs(self) -> Self:
            if self.table:
                if _PASSES_OVER.search(self.sql):
                    raise ValueError("no TRY_ functions: they pass over cells that do not fit")
                shape = tables[self.table - 1].shape(self.sql)
                failed = bounded_calls.call(queries.bind, shape, seconds=BIND_SECONDS)
                if failed:
                    raise ValueError(failed.reason or "sql must be one SELECT")
            return self

    number: Any = (int, Field(ge=0, le=len(tables)))
    return create_model("TableQuery", __base__=CheckedQuery, table=number)


def _tables(run: JobRun, question: str) -> list[DocumentTable]:
    """Of the documents that are named in the question, then of those whose passages are found by it."""
    actor, found = run.actor_today(), list[DocumentTable]()
    for document in _documents(run, actor, question):
        try:
            with document.file.open("rb") as file, reader.on_disk(file.read()) as path:
                tables = reader.read_tables(path, check=run.check)
        except UnsupportedContent:
            # The first one is what is most likely meant.
            if not found:
                raise
            continue
        found += _joined(document, tables)
    return found[:MAX_TABLES]


def _joined(document: Document, tables: Sequence[Mapping[str, Any]]) -> Iterator[DocumentTable]:
    """Sheets under the same names are one table, as those of twelve months are, with the sheet as a column."""
    by_names = defaultdict[tuple[str, ...], list[Mapping[str, Any]]](list)
    for each in tables:
        by_names[tuple(map(str.casefold, each["columns"]))].append(each)
    for some in by_names.values():
        parts = zip(*(each["columns"].values() for each in some), strict=True)
        columns = {
            name: _typed(list(chain(*part))) for name, part in zip(some[0]["columns"], parts, strict=True)
        }
        if len(some) > 1:
            counts = [len(next(iter(each["columns"].values()))) for each in some]
            sheets = [[each["sheet"]] * count for each, count in zip(some, counts, strict=True)]
            columns[SHEET] = ("text", list(chain(*sheets)))
        yield DocumentTable(document, some[0]["sheet"] if len(some) == 1 else "", columns)


def _typed(values: list[Any]) -> tuple[str, list[Any]]:
    filled = [value for value in values if value not in (None, "")]
    if filled and not any(isinstance(value, str) for value in filled):
        return "number", [None if value == "" else value for value in values]
    return "text", [value if isinstance(value, str) else _cell(value) for value in values]


def _documents(run: JobRun, actor: Actor, question: str) -> list[Document]:
    tables, asked = readable_tables(actor), normalise(question)
    names = [(name, key) for key, *both in tables.values_list("pk", "file_name", "title") for name in both]
    names.sort(key=lambda named: -len(named[0]))
    named = [key for name, key in names if name and normalise(name) in asked]
    hits = selectors.search(
        run, collections=list(readable_collections(actor)), question=question, limit=4 * MAX_DOCUMENTS
    ).hits
    keys = dict.fromkeys([*named, *(hit.document_id for hit in hits)])
    rows = tables.in_bulk(list(keys))
    return [rows[key] for key in keys if key in rows][:MAX_DOCUMENTS]


def _examples(values: Sequence[Any]) -> list[str]:
    told = (_cell(value)[:EXAMPLE_CHARACTERS] for value in values[:MAX_LOOKED_AT] if value not in (None, ""))
    return list(dict.fromkeys(told))[:EXAMPLES]


def _cell(value: Any) -> str:
    text = "" if value is None else number_text(value) if isinstance(value, float) else str(value)
    return " ".join(text.replace("|", "\N{FULLWIDTH VERTICAL LINE}").split())

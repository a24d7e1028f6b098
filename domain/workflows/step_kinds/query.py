from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.workflows import queries, types
from domain.workflows.expressions import Wrong
from domain.workflows.queries import Columns, QueryFailed, QueryShape
from domain.workflows.steps import StepCheck, StepFields, Template, Written
from domain.workflows.types import MAX_FIELDS, Name, Record, Table, Type

MAX_TABLES = 10
MAX_SQL_CHARACTERS = 10_000


class Query(StepFields):
    """One SQL query over tables of the run. Values come in as `parameters`, named `$name` in the text. → `rows`"""

    kind: Literal["query"]
    tables: dict[Name, Template] = Field(min_length=1, max_length=MAX_TABLES)
    sql: Annotated[str, StringConstraints(min_length=1, max_length=MAX_SQL_CHARACTERS)]
    parameters: dict[Name, Written] = Field(default_factory=dict, max_length=20)
    columns: dict[Name, Type] = Field(min_length=1, max_length=MAX_FIELDS)

    def result(self, check: StepCheck) -> Record:
        tables = {name: self._columns(check, name) for name in self.tables}
        for name, port in self.columns.items():
            if not queries.is_cell(port) or isinstance(port, types.Quote):
                check.add("not_in_query", "columns", name, type=types.name_of(port))
        try:
            used = queries.parameters_of(self.sql)
        except QueryFailed as failed:
            with check.telling("sql"):
                raise Wrong(failed.code, failed.line, reason=failed.reason) from failed
        else:
            parameters = self._parameter_types(check, used)
            if all(tables.values()) and used == parameters.keys():
                shape = QueryShape(
                    tuple(tables.items()), self.sql, tuple(parameters.items()), tuple(self.columns)
                )
                check.queries.append((shape, check.mark("sql")))
        # SQL knows no column that is never null.
        columns = {name: port.model_copy(update={"optional": True}) for name, port in self.columns.items()}
        return Record(fields={"rows": Table(columns=columns)})

    def _columns(self, check: StepCheck, table: str) -> Columns:
        """Nothing where they cannot be told."""
        with check.telling("tables", table):
            given = check.type_of(self.tables[table])
            row = types.item_of(given)
            if isinstance(row, Record):
                return queries.columns_of(row)
            check.add("no_table", "tables", table, type=types.name_of(given))
        return ()

    def _parameter_types(self, check: StepCheck, used: frozenset[str]) -> dict[str, str]:
        """Of those that a query can know."""
        found: dict[str, str] = {}
        known = ", ".join(sorted(used))
        for name in used ^ self.parameters.keys():
            check.add(
                "argument_missing" if name in used else "unknown_argument",
                "parameters",
                name=name,
                known=known,
            )
        for name, written in self.parameters.items():
            with check.telling("parameters", name):
                given = check.type_of(written)
                if queries.is_cell(given):
                    found[name] = given.type
                else:
                    check.add("not_in_query", "parameters", name, type=types.name_of(given))
        return found

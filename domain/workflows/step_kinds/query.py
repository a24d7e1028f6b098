from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.workflows import queries, types
from domain.workflows.queries import QueryFailed
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
        for name, text in self.tables.items():
            with check.telling("tables", name):
                given = check.type_of(text)
                if not isinstance(types.item_of(given), Record):
                    check.add("no_table", "tables", name, type=types.name_of(given))
        for name, port in self.columns.items():
            if not queries.is_cell(port) or isinstance(port, types.Quote):
                check.add("not_in_query", "columns", name, type=types.name_of(port))
        try:
            used = queries.parameters_of(self.sql)
        except QueryFailed as failed:
            check.add(failed.code, "sql", reason=failed.reason)
        else:
            self._check_parameters(check, used)
        # SQL knows no column that is never null.
        columns = {name: port.model_copy(update={"optional": True}) for name, port in self.columns.items()}
        return Record(fields={"rows": Table(columns=columns)})

    def _check_parameters(self, check: StepCheck, used: frozenset[str]) -> None:
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
                if not queries.is_cell(given):
                    check.add("not_in_query", "parameters", name, type=types.name_of(given))

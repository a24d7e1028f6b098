from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import bounded_calls
from apps.core.errors import InvalidInput
from apps.workbench.steps import Execution, Result, State, StepKind
from domain.workflows import expressions, queries, types, values
from domain.workflows.queries import QueryFailed
from domain.workflows.step_kinds.query import Query
from domain.workflows.types import Record

TOO_LARGE = _("A query of the app went through too much or gave more than 5,000 rows. Use smaller tables.")
# By the code of a failure; any other is the file's.
REASONS = {
    "query_too_large": TOO_LARGE,
    "other_columns": _("A query of the app does not give the columns that its file names. Change the app."),
}
BAD_QUERY = _("A query of the app cannot be run. Open the app and check its SQL.")


def _do(execution: Execution, step: Query, place: str) -> Result:
    """What DuckDB says of a failure may quote rows: it lies sealed at the step."""
    began_at = timezone.now()
    tables = {name: _table(execution, text) for name, text in step.tables.items()}
    parameters = {
        name: value["text"] if isinstance(value, dict) else value
        for name, value in execution.arguments(step.parameters).items()
    }
    columns = {name: port.type for name, port in step.columns.items()}
    try:
        found = bounded_calls.call(queries.query, tables, step.sql, parameters, columns)
    except bounded_calls.TookTooLong as error:
        raise InvalidInput(TOO_LARGE, code="query_too_large") from error
    if isinstance(found, QueryFailed):
        told = {"code": found.code, "reason": found.reason}
        execution.results.store(step, place, State.FAILED, told, began_at)
        raise InvalidInput(REASONS.get(found.code, BAD_QUERY), code=found.code)
    try:
        return values.checked(execution.app.result(step), {"rows": found})
    except values.InvalidValues as refused:
        raise InvalidInput(REASONS["other_columns"], code="other_columns") from refused


def _table(execution: Execution, text: str) -> dict[str, tuple[str, list[Any]]]:
    """Of each column its type and its values."""
    node = expressions.parsed_expression(text)
    item, rows = types.item_of(expressions.type_of(node, execution.app.scope)), execution.value(text)
    columns = queries.columns_of(item) if isinstance(item, Record) else ()
    return {
        name: (kind, [row[name]["text"] if kind == "quote" else row[name] for row in rows])
        for name, kind in columns
    }


KIND = StepKind(_("Query tables"), "filter", _do)

"""SQL over the tables of a run, by DuckDB: read only, without files, network, extensions or Python's names.

DuckDB is loaded by whoever asks first: no process starts with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from domain.workflows.types import MAX_ROWS, Choice, Flag, Number, Quote, Record, Text, Type
from llm_backend import patterns

# For the child that asks: loaded before its time begins (apps/core/bounded_calls_child.py). PyArrow loads pandas with the
# first column that it is given.
LIBRARIES = ("duckdb", "pyarrow", "pandas")
MAX_REASON_CHARACTERS = 300
CELLS = (Text, Choice, Quote, Number, Flag)
# What a parameter is taken for before its value is known; a text is null, which any function takes.
SAMPLES = {"number": 1, "flag": True}
_LIMITS: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": "400MB"}
_SETTINGS = (
    "temp_directory = ''",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "allow_community_extensions = false",
    "python_enable_replacements = false",
    "enable_external_access = false",
    "lock_configuration = true",
)
_LINE = patterns.compile(r"^LINE (\d{1,5}):", patterns.MULTILINE)
Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class QueryShape:
    """What is known of a query before it is run. `tables`, `parameters`: with their types; `columns`: that it shall give,
    where somebody named some.
    """

    tables: tuple[tuple[str, Columns], ...]
    sql: str
    parameters: Columns
    columns: tuple[str, ...]

    @property
    def known(self) -> str:
        """What it may name: “orders (city, total)”."""
        return "; ".join(
            f"{name} ({', '.join(column for column, _kind in columns)})" for name, columns in self.tables
        )


class QueryFailed(Exception):
    """`code`: why. `reason`: in DuckDB's words. `line`: of the SQL, counted from 0."""

    def __init__(self, code: str, reason: str = "", line: int = 0) -> None:
        super().__init__(code, reason, line)
        self.code, self.reason, self.line = code, reason, line


def parameters_of(sql: str) -> frozenset[str]:
    """The names behind `$` in a query. Raises QueryFailed for what is not one query."""
    import duckdb

    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise _failure(error) from error
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise QueryFailed("no_query")
    return frozenset(statements[0].named_parameters)


def is_cell(port: Type) -> bool:
    """Whether a query sees a column of this type: lists and records of a table are left out."""
    return isinstance(port, CELLS)


def columns_of(row: Record) -> Columns:
    """What a query sees of the rows of a table."""
    return tuple((name, port.type) for name, port in row.fields.items() if is_cell(port))


def bind(shape: QueryShape) -> QueryFailed | None:
    """Binds a query to its tables. Answers why it can never run, whatever they hold: it is no query, names what is not
    there, or gives other columns.

    For a child process: DuckDB computes some arguments to know of which type a value is.
    """
    import duckdb

    tables = {name: {column: (kind, ()) for column, kind in columns} for name, columns in shape.tables}
    parameters = {name: SAMPLES.get(kind) for name, kind in shape.parameters}
    try:
        parameters_of(shape.sql)
        with _connection(tables) as connection:
            rows = connection.execute(f"DESCRIBE {shape.sql}", parameters).fetchall()
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.PermissionException) as error:
        return _failure(error)
    except QueryFailed as failed:
        return failed
    except duckdb.Error:
        # Over a value: those of a run are others.
        return None
    found = [row[0] for row in rows]
    if shape.columns and sorted(found) != sorted(shape.columns):
        return QueryFailed("other_columns", ", ".join(found))
    return None


def query(
    tables: Mapping[str, Mapping[str, tuple[str, Sequence[Any]]]],
    sql: str,
    parameters: Mapping[str, Any],
    columns: Mapping[str, str],
) -> list[dict[str, Any]] | QueryFailed:
    """Rows of `columns`, where some are named. `tables`: of each column its type and its values; types are named as an app
    file does.

    For a child process, which bounds time and memory. A failure is answered: a child that raises would be started anew.
    """
    import duckdb

    try:
        parameters_of(sql)
        with _connection(tables) as connection:
            return _rows(connection.execute(sql, dict(parameters)), columns)
    except QueryFailed as failed:
        return failed
    except duckdb.OutOfMemoryException:
        return QueryFailed("query_too_large")
    except duckdb.Error as error:
        return _failure(error)


@contextmanager
def _connection(tables: Mapping[str, Mapping[str, tuple[str, Sequence[Any]]]]) -> Iterator[Any]:
    """To a database of these tables and nothing else."""
    import duckdb
    import pyarrow as pa

    types_of_cells = {"number": pa.float64(), "flag": pa.bool_()}
    with duckdb.connect(":memory:", config=_LIMITS) as connection:
        for setting in _SETTINGS:
            connection.execute(f"SET {setting}")
        for name, cells in tables.items():
            arrays = [
                pa.array(values, types_of_cells.get(kind, pa.string())) for kind, values in cells.values()
            ]
            connection.register(name, pa.table(arrays, names=list(cells)))
        yield connection


def _rows(result: Any, columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """Raises QueryFailed."""
    found = [each[0] for each in result.description or ()]
    if columns and sorted(found) != sorted(columns):
        raise QueryFailed("other_columns", ", ".join(found))
    # One more than there may be tells that there are more.
    rows = result.fetchmany(MAX_ROWS + 1)
    if len(rows) > MAX_ROWS:
        raise QueryFailed("query_too_large")
    return [
        {name: _value(columns.get(name, ""), value) for name, value in zip(found, row, strict=True)}
        for row in rows
    ]


def _value(kind: str, value: Any) -> Any:
    """As its type says; what cannot be one stays, and is refused as a value of the step."""
    if kind == "number" or (not kind and isinstance(value, float | Decimal)):
        is_number = isinstance(value, int | float | Decimal) and isfinite(value)
        return float(value) if is_number else None if value is None or isinstance(value, float) else value
    if kind == "flag":
        return bool(value) if value is None or isinstance(value, bool) else value
    return value if value is None and kind == "choice" else "" if value is None else str(value)


def _failure(error: Exception) -> QueryFailed:
    place = _LINE.search(str(error))
    return QueryFailed("bad_query", _first_line(error), int(place[1]) - 1 if place else 0)


def _first_line(error: Exception) -> str:
    """Without paths, which are of this machine where the query names no file."""
    words = str(error).partition("\n")[0][:MAX_REASON_CHARACTERS].split(" ")
    return " ".join("…" if "/" in word and len(word) > 1 else word for word in words)

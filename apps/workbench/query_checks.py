"""What DuckDB says of the queries of an app before anything is run."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from apps.core import bounded_calls
from domain.workflows import queries
from domain.workflows.problems import Mark, Problem
from domain.workflows.queries import QueryFailed, QueryShape

CODES = {"bad_query": "query_refused", "other_columns": "other_columns"}


def query_problems(found: Sequence[tuple[QueryShape, Mark]]) -> Iterator[Problem]:
    """Queries that name what is not there, or give other columns than the file says."""
    for shape, mark in found:
        try:
            failed = _bind(shape)
        except bounded_calls.TookTooLong:
            # Its run is told so.
            continue
        if failed:
            names = {"reason": failed.reason, "known": shape.known, "expected": ", ".join(shape.columns)}
            yield Problem(CODES[failed.code], mark.at_line(failed.line), names)


@lru_cache(maxsize=256)
def _bind(shape: QueryShape) -> QueryFailed | None:
    """Kept: the page of an editor asks each time. Raises TookTooLong."""
    return bounded_calls.call(queries.bind, shape)

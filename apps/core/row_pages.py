"""Pages of lists without an end: newest first from behind an id on, or the rows at the top by a value."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.db.models.expressions import Combinable, F

Row = TypeVar("Row", bound=Model)
# Whatever period an address names, so many rows are sorted by a value and no more.
MAX_SORTED = 100_000


@dataclass(frozen=True)
class RowPage(Generic[Row]):
    """`next_before`: behind which row the next page begins; None of the last one, and of the top by a value."""

    rows: list[Row]
    next_before: UUID | None


def newest_rows(rows: QuerySet[Row], *, size: int, before: UUID | None = None) -> RowPage[Row]:
    """Pages continue after an id, so a million rows are as quick as ten."""
    if before:
        rows = rows.filter(pk__lt=before)
    page = list(rows.order_by("-pk")[: size + 1])
    return RowPage(page[:size], page[size - 1].pk if len(page) > size else None)


def largest_rows(
    listed: QuerySet[Row], narrowed: QuerySet[Any], value: str | Combinable, *, size: int
) -> RowPage[Row]:
    """The first of `listed` by a column or an expression, among the latest of those that `narrowed` leaves."""
    latest = listed.filter(pk__in=narrowed.order_by("-pk").values("pk")[:MAX_SORTED])
    expression: Any = F(value) if isinstance(value, str) else value
    return RowPage(list(latest.order_by(expression.desc(nulls_last=True), "-pk")[:size]), None)

"""What holds personal data. Each app says it once; erasure, retention and the report to a person walk the same list.

registry.register(
    Holding(VISITOR, Note, rows=lambda scope: Note.objects.filter(conversation__in=scope.conversations)),
)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NewType
from uuid import UUID

from django.db import models, transaction

# What a desk means by a person or by some of their conversations; only its own holdings look into it.
Scope = Any
Rows = models.QuerySet[Any]
# Whose data it is, in the word of the desk that knows them: VISITOR = Subject("visitor").
Subject = NewType("Subject", str)


def delete(rows: Rows, scope: Scope) -> None:
    rows.delete()


@dataclass(frozen=True)
class Holding:
    """Rows of one model that tell something about a person.

    `rows` finds those of a scope, `erase` is what becomes of them. `is_learnt`: it was made of somebody's words for
    everybody's use, and stays when what it was made of is merely old. `fields`: what a report shows of a row; none
    named, all that are not ids. `report` takes its place where a row also tells of others.
    """

    subject: Subject
    model: type[models.Model]
    rows: Callable[[Scope], Rows]
    erase: Callable[[Rows, Scope], object] = delete
    is_learnt: bool = False
    fields: Sequence[str] = ()
    report: Callable[[Any, Scope], dict[str, Any]] | None = None


_holdings: list[Holding] = []


def register(*holdings: Holding) -> None:
    """Registers models in the order in which they are erased: what points at others stands before them."""
    _holdings.extend(holding for holding in holdings if holding not in _holdings)


def holdings_of(subject: Subject) -> list[Holding]:
    return [holding for holding in _holdings if holding.subject == subject]


def registered_models() -> set[type[models.Model]]:
    return {holding.model for holding in _holdings}


@transaction.atomic
def erase(subject: Subject, scope: Scope, *, is_by_age: bool = False) -> dict[str, int]:
    """Erases what is held, and answers how many rows of each model that were."""
    holdings = [each for each in holdings_of(subject) if not (is_by_age and each.is_learnt)]
    # All are found before the first goes: many are found by what others point at.
    keys_by_holding = [
        (holding, list(holding.rows(scope).values_list("pk", flat=True))) for holding in holdings
    ]
    counts: dict[str, int] = {}
    for holding, keys in keys_by_holding:
        if keys:
            holding.erase(holding.model._default_manager.filter(pk__in=keys), scope)
            label = holding.model._meta.label_lower
            counts[label] = counts.get(label, 0) + len(keys)
    return counts


def report(subject: Subject, scope: Scope) -> list[dict[str, Any]]:
    """Everything that is held, in words that JSON can carry: {"what", "name", "rows"} for each model with rows."""
    parts = []
    for holding in holdings_of(subject):
        rows = [_row(holding, row, scope) for row in holding.rows(scope).order_by("pk")]
        if rows:
            meta = holding.model._meta
            parts.append({"what": meta.label_lower, "name": str(meta.verbose_name), "rows": rows})
    return parts


def _row(holding: Holding, row: models.Model, scope: Scope) -> dict[str, Any]:
    if holding.report:
        return holding.report(row, scope)
    names = holding.fields or [
        field.name
        for field in row._meta.concrete_fields
        if not field.is_relation and not isinstance(field, models.UUIDField | models.BinaryField)
    ]
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal) or hasattr(value, "storage"):
        return str(value)
    return value

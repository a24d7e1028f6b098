"""Desks and tools that are switched off. Read wherever somebody is let in, so from memory; jobs are held by the rows.

What no row names is on: a name that nobody knows, and a view that belongs to no desk, are never refused.

The row EVERYTHING closes an organisation, before it is deleted: nobody is let in, and nothing of it runs.
"""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Value

from apps.accounts.models import Organisation, Switch
from apps.core.errors import SwitchedOff
from apps.core.ttl_cache import TTLCache

# How long another process may still let people in.
SECONDS = 5
EVERYTHING = "*"
Rows = TypeVar("Rows", bound=QuerySet[Any])
_off: TTLCache[frozenset[tuple[UUID | None, str]]] = TTLCache(seconds=SECONDS, size=1)


def is_on(organisation_id: UUID, name: str) -> bool:
    """`name`: of a desk, or of a kind of job, which is off with its desk as well."""
    rows = _rows()
    if not rows:
        return True
    names = (name, name.partition(".")[0], EVERYTHING)
    return not any((whose, each) in rows for whose in (None, organisation_id) for each in names)


def require_on(organisation_id: UUID, names: Iterable[str]) -> None:
    """Raises SwitchedOff."""
    if not all(is_on(organisation_id, name) for name in names):
        raise SwitchedOff


def is_any_off() -> bool:
    return bool(_rows())


def off_for_kind() -> QuerySet[Switch]:
    """Rows that hold back the job around this subquery, which has a `kind` and an organisation."""
    kind = OuterRef("kind")
    desk = Func(kind, Value("."), Value(1), function="split_part")
    whose = Q(organisation=None) | Q(organisation=OuterRef("organisation"))
    is_named = Q(name=kind) | Q(name=F("desk")) | Q(name=EVERYTHING)
    return Switch.objects.annotate(desk=desk).filter(is_named, whose)


def is_closed(organisation_id: UUID) -> bool:
    return (organisation_id, EVERYTHING) in _rows()


def of_open(rows: Rows, organisation: str = "organisation") -> Rows:
    """Those whose organisation is not closed. `organisation`: what leads from a row to it."""
    return rows.filter(~Exists(Switch.objects.filter(organisation=OuterRef(organisation), name=EVERYTHING)))


def close(organisation: Organisation, *, changed_by: str) -> None:
    Switch.objects.get_or_create(
        organisation=organisation, name=EVERYTHING, defaults={"changed_by": changed_by[:200]}
    )
    transaction.on_commit(clear)


def reopen(organisation: Organisation) -> None:
    Switch.objects.filter(organisation=organisation, name=EVERYTHING).delete()
    transaction.on_commit(clear)


def clear() -> None:
    """After a change, in the process that made it."""
    _off.clear()


def _rows() -> frozenset[tuple[UUID | None, str]]:
    return _off.get("off", lambda: frozenset(Switch.objects.values_list("organisation_id", "name")))

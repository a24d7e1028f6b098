"""Desks and tools that are switched off. Read wherever somebody is let in, so from memory; jobs are held by the rows.

What no row names is on: a name that nobody knows, and a view that belongs to no desk, are never refused.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, Func, OuterRef, Q, QuerySet, Value

from apps.accounts.models import Switch
from apps.core.errors import SwitchedOff
from apps.core.ttl_cache import TTLCache

# How long another process may still let people in.
SECONDS = 5
_off: TTLCache[frozenset[tuple[UUID | None, str]]] = TTLCache(seconds=SECONDS, size=1)


def is_on(organisation_id: UUID, name: str) -> bool:
    """`name`: of a desk, or of a kind of job, which is off with its desk as well."""
    rows = _rows()
    if not rows:
        return True
    names = (name, name.partition(".")[0])
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
    return Switch.objects.annotate(desk=desk).filter(Q(name=kind) | Q(name=F("desk")), whose)


def clear() -> None:
    """After a change, in the process that made it."""
    _off.clear()


def _rows() -> frozenset[tuple[UUID | None, str]]:
    return _off.get("off", lambda: frozenset(Switch.objects.values_list("organisation_id", "name")))

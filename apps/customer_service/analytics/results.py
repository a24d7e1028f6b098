"""The desk's numbers of a period beside those of the period before it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from apps.analytics.reports import Group, Results, Scope
from apps.customer_service.analytics import costs
from apps.customer_service.analytics.aggregates import aggregates
from apps.customer_service.analytics.totals import Totals


@dataclass(frozen=True)
class Reason:
    """How many handoffs had this reason (one of `Handoff.Reason`), and how many in the period before."""

    reason: str
    count: int
    before: int


@dataclass(frozen=True)
class Hour:
    """`weekday` 1 is Monday."""

    weekday: int
    hour: int
    conversations: int


@dataclass(frozen=True, kw_only=True)
class DeskResults(Results[Totals]):
    """`groups`: weeks, by their Monday; intents; agents, by {member, name} of who was first to take or answer."""

    reasons: list[Reason]
    hours: list[Hour]
    model_cost: Decimal


def load(scope: Scope) -> DeskResults:
    sums = aggregates(scope)
    totals = {row["is_now"]: Totals.of(row) for row in sums["totals"]}
    by_day = {row["key"]: Totals.of(row) for row in sums["days"]}
    return DeskResults(
        now=totals.get(True, Totals()),
        before=totals.get(False, Totals()),
        days=[Group(day, by_day.get(str(day), Totals())) for day in scope.period.dates],
        groups={
            "weeks": _groups(sums["weeks"], lambda row: date.fromisoformat(row["key"])),
            "intents": _groups(sums["intents"], lambda row: row["key"]),
            "agents": _groups(sums["agents"], lambda row: {"member": row["member"], "name": row["name"]}),
        },
        reasons=[Reason(**row) for row in sums["reasons"]],
        hours=[Hour(**row) for row in sums["hours"]],
        model_cost=costs.model_cost(scope),
    )


def _groups(rows: list[dict[str, Any]], key: Callable[[dict[str, Any]], Any]) -> list[Group[Totals]]:
    return [Group(key(row), Totals.of(row)) for row in rows]

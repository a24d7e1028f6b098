"""The figures of a period beside those of the period before it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar, cast

from django.core.cache import cache

from apps.customer_service.analytics import costs
from apps.customer_service.analytics.aggregates import aggregates
from apps.customer_service.analytics.costs import Costs
from apps.customer_service.analytics.fact_rows import Scope
from apps.customer_service.analytics.totals import Share, Totals
from apps.customer_service.staff import selectors as handoff

REMEMBERED_SECONDS = 60
Made = TypeVar("Made")


@dataclass(frozen=True)
class Reason:
    """Of handoffs; `reason` of `Handoff.Reason`."""

    reason: str
    count: int
    before: int


@dataclass(frozen=True)
class Day:
    day: date
    conversations: int = 0
    messages: int = 0
    automated: int = 0
    pending: int = 0
    with_person: int = 0
    answered: int = 0
    deflected: int = 0
    bot_first: float | None = None
    staff_first_open: float | None = None
    rating: float | None = None


@dataclass(frozen=True)
class Week:
    """Begins on Monday `week`."""

    week: date
    understood: int
    change: float | None
    ended_negative: int


@dataclass(frozen=True)
class Hour:
    """`weekday` 1 is Monday."""

    weekday: int
    hour: int
    conversations: int


@dataclass(frozen=True)
class IntentFigures:
    intent: str
    conversations: int
    automated: int
    pending: int
    ratings: int
    rating_mean: float | None

    @property
    def automated_share(self) -> Share:
        return Share(self.automated, self.conversations - self.pending)


@dataclass(frozen=True)
class AgentFigures:
    """Of the member who was first to take or answer the conversation; `first_response` in opening hours."""

    member: str
    name: str
    conversations: int
    replies: int
    first_response: float | None
    handle_time: float | None
    ratings: int
    rating_mean: float | None


@dataclass(frozen=True)
class Report:
    scope: Scope
    now: Totals
    before: Totals
    reasons: list[Reason]
    days: list[Day]
    weeks: list[Week]
    hours: list[Hour]
    intents: list[IntentFigures]
    agents: list[AgentFigures]
    costs: Costs


def report(scope: Scope) -> Report:
    """At most a minute old: several people look at the same figures, and they move slowly."""
    summed = remembered(f"figures:{scope.key}", partial(aggregates, scope))
    totals = {row["is_now"]: Totals.of(row) for row in summed["totals"]}
    now, before = totals.get(True, Totals()), totals.get(False, Totals())
    models = remembered(f"figures:models:{scope.key}", partial(costs.model_cost, scope))
    desk = handoff.desk_settings(scope.organisation)
    return Report(
        scope=scope,
        now=now,
        before=before,
        reasons=[Reason(**row) for row in summed["reasons"]],
        days=_days(scope, summed["days"]),
        weeks=[Week(**row | {"week": date.fromisoformat(row["week"])}) for row in summed["weeks"]],
        hours=[Hour(**row) for row in summed["hours"]],
        intents=[IntentFigures(**row) for row in summed["intents"]],
        agents=[AgentFigures(**row) for row in summed["agents"]],
        costs=costs.costs_of(now, desk, models=models),
    )


def _days(scope: Scope, rows: list[dict[str, Any]]) -> list[Day]:
    """Also those on which nobody wrote."""
    known = {row["day"]: row for row in rows}
    return [Day(**known.get(str(day), {}) | {"day": day}) for day in scope.period.dates]


def remembered(key: str, make: Callable[[], Made]) -> Made:
    """For a minute. The key names the organisation, by `Scope.key`."""
    return cast(Made, cache.get_or_set(key, make, REMEMBERED_SECONDS))

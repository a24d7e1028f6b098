"""What is counted of jobs and of requests to models. The same fields are summed of hours and of days."""
# ruff: noqa: RUF009  (`total` makes a field)

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Min, Q, Sum

from apps.analytics.reports import Group, total
from apps.dashboards.rollups.quantiles import Bins, BinSum, merged

T = TypeVar("T")


def _jobs_in(state: str) -> Any:
    return total(Sum("jobs", filter=Q(state=state), default=0))


@dataclass(frozen=True)
class JobCounts:
    jobs: int = total(Sum("jobs", default=0))
    queued: int = _jobs_in("queued")
    running: int = _jobs_in("running")
    succeeded: int = _jobs_in("succeeded")
    failed: int = _jobs_in("failed")
    cancelled: int = _jobs_in("cancelled")

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.cancelled


@dataclass(frozen=True)
class JobTotals(JobCounts):
    """`waits`, `runs`: of how many jobs the time is known."""

    waits: int = total(Sum("waits", default=0))
    runs: int = total(Sum("runs", default=0))
    wait_bins: Bins = total(BinSum("wait_bins"), default=None)
    run_bins: Bins = total(BinSum("run_bins"), default=None)


@dataclass(frozen=True)
class CallCounts:
    calls: int = total(Sum("calls", default=0))
    input_tokens: int = total(Sum("input_tokens", default=0))
    output_tokens: int = total(Sum("output_tokens", default=0))
    cost: Decimal = total(Sum("cost", default=Decimal(0)), default=Decimal(0))

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True)
class ModelCounts(CallCounts):
    """`first_day`: the first of the days that are counted on which the model was asked."""

    first_day: date | None = total(Min("date"), None)


@dataclass(frozen=True)
class CallTotals(CallCounts):
    """`written_tokens` of `writing_ms`: behind the first token, of answers whose first token was timed."""

    failed: int = total(Sum("calls", filter=Q(status="failed"), default=0))
    stopped: int = total(Sum("calls", filter=Q(status="stopped"), default=0))
    reasoning_tokens: int = total(Sum("reasoning_tokens", default=0))
    audio_seconds: Decimal = total(Sum("audio_seconds", default=Decimal(0)), default=Decimal(0))
    first_tokens: int = total(Sum("first_tokens", default=0))
    written_tokens: int = total(Sum("written_tokens", default=0))
    writing_ms: int = total(Sum("writing_ms", default=0))
    latency_bins: Bins = total(BinSum("latency_bins"), default=None)
    first_token_bins: Bins = total(BinSum("first_token_bins"), default=None)
    currency: str = ""

    @property
    def tokens_per_second(self) -> float | None:
        return 1000 * self.written_tokens / self.writing_ms if self.writing_ms else None


def regroup(groups: Iterable[Group[T]], totals: type[T], *places: int) -> list[Group[T]]:
    """Coarser groups of fine ones, by these places of their keys."""
    parts: dict[tuple[Any, ...], list[T]] = {}
    for group in groups:
        parts.setdefault(tuple(group.key[place] for place in places), []).append(group.totals)
    return [Group(key, add(rows, totals)) for key, rows in parts.items()]


def add(all_totals: Iterable[T], totals: type[T]) -> T:
    """One of all: counts are summed, bins merged."""
    rows = list(all_totals)
    values: dict[str, Any] = {}
    for each in fields(totals):  # type: ignore[arg-type]
        if each.name.endswith("_bins"):
            values[each.name] = merged([getattr(row, each.name) for row in rows])
        elif each.metadata:
            zero: Any = each.default
            values[each.name] = sum((getattr(row, each.name) for row in rows), zero)
    return totals(**values)

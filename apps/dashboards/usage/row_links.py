"""Addresses of the rows behind a figure."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts.actors import Actor
from apps.analytics.periods import Period
from apps.analytics.reports import Scope
from apps.dashboards.rollups.selectors import INSTALLATION
from apps.dashboards.usage.charting import row_query

# What lists of rows call otherwise than figures do.
ROW_FILTERS = {"owner": "organisation"}


@dataclass(frozen=True)
class RowLinks:
    """Links to a list that is narrowed to what was counted; none where the actor may not open the list."""

    scope: Scope
    address: str = ""

    @classmethod
    def to_jobs(cls, scope: Scope, actor: Actor) -> "RowLinks":
        """Over all organisations to the operators' list, which only the admin's pages lead to."""
        if scope.organisation == INSTALLATION:
            return cls(scope, reverse("admin_operations:jobs"))
        return cls(scope, reverse("jobs:jobs") if actor.may("jobs.view") else "")

    @classmethod
    def to_calls(cls, scope: Scope, actor: Actor) -> "RowLinks":
        return cls(scope, reverse("inference:calls") if actor.may("inference.view") else "")

    def url(self, period: Period | None = None, **filters: object) -> str:
        if not self.address:
            return ""
        chosen = {**self.scope.filters, **filters}
        named = {ROW_FILTERS.get(name, name): value for name, value in chosen.items()}
        return f"{self.address}?{row_query(period or self.scope.period, named)}"

    def number(self, count: int, **filters: object) -> str | SafeString:
        """The count, which leads to its rows; nothing leads to none."""
        return self._link(f"{count:,}", self.url(None, **filters) if count else "")

    def length(self, text: str, sample: int, **filters: object) -> str | SafeString:
        """A length of time as it is told, which leads to the `sample` of rows that took so long."""
        return self._link(text, self.url(None, **filters) if sample else "")

    def _link(self, text: str, url: str) -> str | SafeString:
        return format_html('<a href="{}">{}</a>', url, text) if url else text

    def of_steps(self, **filters: object) -> list[str]:
        if not self.address:
            return []
        period = self.scope.period
        length = timedelta(days=period.step_days - 1)
        return [
            self.url(Period(first, min(period.last, first + length), period.time_zone), **filters)
            for first in period.steps
        ]

"""Counts of jobs and calls, by hour and by day. They are at most a minute older than the rows.

Sums are exact; of durations see `quantiles`. `job_hours` and `call_hours` are querysets that
`apps.analytics.reports.measure` works on (`moment="hour"`); `Slice` reads the days where those are enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import DateField, F, Func, QuerySet
from django.db.models.functions import TruncDate

from apps.accounts.models import Organisation
from apps.analytics.periods import Period
from apps.analytics.reports import Group, Scope, groups_of, total_of
from apps.core.models import OrganisationQuerySet
from apps.dashboards.rollups.models import AnalyticsSettings, CallDay, CallHour, Day, JobDay, JobHour

T = TypeVar("T")
# Stands for all organisations where a report asks whose numbers it counts.
INSTALLATION = Organisation(id=UUID(int=0))
# Columns that are not told apart by any dimension of days: each has them.
STATES, DATES = {"state", "status"}, {"date", "step"}
# The one with the fewest rows first.
DIMENSIONS: dict[type[JobDay] | type[CallDay], dict[Day.Dimension, set[str]]] = {
    JobDay: {
        Day.Dimension.TOTAL: set(),
        Day.Dimension.TOOL: {"desk", "kind", "error_code"},
    },
    CallDay: {
        Day.Dimension.TOTAL: set(),
        Day.Dimension.MODEL: {"purpose", "endpoint", "model", "error_code"},
        Day.Dimension.TOOL: {"desk", "kind", "purpose", "endpoint", "model", "error_code"},
    },
}
PERSONS: dict[Day.Dimension, set[str]] = {
    Day.Dimension.MEMBER: {"member"},
    Day.Dimension.API_KEY: {"api_key"},
    Day.Dimension.OWNER: {"owner"},
}


def job_hours(organisation: Organisation | None) -> OrganisationQuerySet[JobHour]:
    """Without an organisation those of all, for whoever runs the installation."""
    return JobHour.objects.within(organisation) if organisation else JobHour.objects.all()


def call_hours(organisation: Organisation | None) -> OrganisationQuerySet[CallHour]:
    return CallHour.objects.within(organisation) if organisation else CallHour.objects.all()


def time_zone(organisation_id: UUID | None) -> str:
    """On whose clocks an organisation's days are counted; without one, those of the installation."""
    own = AnalyticsSettings.objects.within(organisation_id).first() if organisation_id else None
    return own.time_zone if own else str(settings.TIME_ZONE)


def currency(organisation: Organisation) -> str:
    """What endpoints' prices are in; of the whole installation nothing where organisations differ."""
    default = str(AnalyticsSettings._meta.get_field("currency").default)
    if organisation != INSTALLATION:
        own = AnalyticsSettings.objects.within(organisation).first()
        return own.currency if own else default
    codes = set(AnalyticsSettings.objects.values_list("currency", flat=True)) or {default}
    return codes.pop() if len(codes) == 1 else ""


@dataclass(frozen=True)
class Slice:
    """The counts of an organisation, or of the installation, in a period, narrowed to what `filters` say by column."""

    days: type[JobDay] | type[CallDay]
    organisation: Organisation
    period: Period
    filters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_jobs(cls, scope: Scope) -> "Slice":
        return cls(JobDay, scope.organisation, scope.period, scope.filters)

    @classmethod
    def of_calls(cls, scope: Scope) -> "Slice":
        return cls(CallDay, scope.organisation, scope.period, scope.filters)

    @property
    def before(self) -> "Slice":
        return Slice(self.days, self.organisation, self.period.before, self.filters)

    def total(self, totals: type[T]) -> T:
        return total_of(self._rows(()), totals)

    def steps(self, totals: type[T]) -> list[Group[T]]:
        """Each step of the period by its first day, also those with nothing."""
        by_step = {group.key[0]: group.totals for group in self.groups(totals, "step")}
        return [Group(step, by_step.get(step) or totals()) for step in self.period.steps]

    def groups(self, totals: type[T], *columns: str) -> list[Group[T]]:
        """The totals by the values of these columns, of which `date` is the day and `step` the first of those drawn as
        one.

        Keys are tuples of the values.
        """
        return groups_of(self._rows(columns), totals, *columns)

    def _rows(self, columns: tuple[str, ...]) -> QuerySet[Any]:
        """The smallest table that has the columns and what is filtered by."""
        needed = {*columns, *self.filters} - STATES - DATES
        filters = dict(self.filters)
        organisation: Organisation | UUID | None = self.organisation
        if self.organisation == INSTALLATION:
            # One organisation's days are on its own clocks.
            organisation = UUID(filters.pop("owner")) if "owner" in filters else None
            needed -= {"owner"} if organisation else set()
        for dimension, own_columns in (DIMENSIONS[self.days] | PERSONS).items():
            if needed <= own_columns:
                days = self.days.objects.filter(organisation=organisation, dimension=dimension)
                days = days.filter(day__range=(self.period.first, self.period.last), **filters)
                return self._dated(days, F("day"))
        hours = job_hours if self.days is JobDay else call_hours
        rows = hours(None).filter(hour__gte=self.period.since, hour__lt=self.period.until, **filters)
        rows = rows.filter(organisation=organisation) if organisation else rows
        return self._dated(rows, TruncDate("hour", tzinfo=self.period.since.tzinfo))

    def _dated(self, rows: QuerySet[Any], day: Any) -> QuerySet[Any]:
        step = _Step("date", first=self.period.first.isoformat(), days=self.period.step_days)
        dated: QuerySet[Any] = rows.annotate(date=day, step=step).order_by()
        return dated


class _Step(Func):
    """The first day of the step that a day lies in."""

    template = "date_bin('%(days)s days', %(expressions)s, TIMESTAMP '%(first)s')::date"
    output_field: ClassVar[Any] = DateField()

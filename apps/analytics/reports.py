"""A desk's report: its metrics, each defined once, counted over a period and over the one before it.

    REPORT = Report(name="invoices", permission="invoices.view", load=load, metrics=METRICS, panels=panels, …)

The page, the files, the API and the numbers of a dashboard all come from this one declaration; see `pages` and `api`.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar, Generic, TypeVar, cast

from django.conf import settings
from django.core.cache import cache
from django.db.models import Aggregate, F, FloatField, Model, QuerySet
from django.db.models.functions import TruncDate

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.analytics.charts import Drawing, sparkline
from apps.analytics.panels import Panel
from apps.analytics.periods import Period
from apps.analytics.value_metrics import ValueMetric
from apps.analytics.values import Change, Value
from apps.core import desks
from apps.core.errors import Text
from apps.core.tables import Row

T = TypeVar("T")
R = TypeVar("R", bound="Results[Any]")
# Several people look at the same numbers, and they move slowly; those of days that are over hardly move at all.
CACHE_SECONDS = 60
PAST_CACHE_SECONDS = 600
# An aggregate that is named as a column would hide it from the next one.
PREFIX = "measure_"


@dataclass(frozen=True)
class Filter:
    """What a report can be narrowed to, such as a channel. `choices`: of the organisation, (id, name)."""

    name: str
    label: Text
    all_label: Text
    choices: Callable[[Organisation], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Scope:
    """Whose numbers, of which days, narrowed to what. A filter that is not set is missing in `filters`."""

    organisation: Organisation
    period: Period
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Tells it from every other scope of every organisation."""
        filters = ",".join(f"{name}={value}" for name, value in sorted(self.filters.items()))
        period = self.period
        return f"{self.organisation.pk}:{period.first}:{period.last}:{period.time_zone}:{filters}"


@dataclass(frozen=True)
class Group(Generic[T]):
    """The totals of the rows that share a day, a language, a person … `key` is which."""

    key: Any
    totals: T


@dataclass(frozen=True)
class Results(Generic[T]):
    """Totals of the period and of the one before; `days` has every day of it, also those with nothing."""

    now: T
    before: T
    days: list[Group[T]]
    groups: dict[str, list[Group[T]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric(Generic[T]):
    """A number that people follow. `better`: 1 where more of it is good, -1 where less is, 0 where neither is.

    `explanation`: how it is counted. `note`: what stands below it; without, what the value says of itself.
    `is_headline`: one of the two or three by which somebody sees on the start page how the day goes.
    """

    key: str
    label: Text
    explanation: Text
    value: Callable[[T], Value]
    better: int = 0
    note: Callable[[T], str] | None = None
    is_headline: bool = False


@dataclass(frozen=True)
class Card:
    """A metric with its value in one period, and in each of its days. `url`: where the rows behind it are listed."""

    metric: Metric[Any]
    value: Value
    before: Value
    note: str
    days: Sequence[Group[Any]]
    url: str = ""

    @cached_property
    def numbers(self) -> list[float | None]:
        return [self.metric.value(day.totals).number for day in self.days]

    @property
    def line(self) -> Drawing | None:
        """Over the days."""
        return sparkline(self.numbers)

    @cached_property
    def change(self) -> Change | None:
        return self.value.change(self.before)

    @property
    def tone(self) -> str:
        direction = self.change.direction * self.metric.better if self.change else 0
        return {1: "good", -1: "bad"}.get(direction, "")


@dataclass(frozen=True)
class Empty:
    """What the page says while there is nothing to count. `action`: words and the name of an address."""

    title: Text
    text: Text
    action: tuple[Text, str] | None = None


@dataclass(frozen=True)
class Export:
    """A table beside the one of the metrics: what they are made of, row by row."""

    name: str
    label: Text
    rows: Callable[[Scope], Iterable[Row]]


@dataclass(frozen=True)
class Report(Generic[R]):
    """`name`: the desk's, in whose addresses `figures` and `export_figures` are found.

    `panels`: what stands below the cards, for whoever looks; it is asked also while there is nothing to count.
    `parent`: the page that this one hangs under, its words and the name of its address.
    `worth`: what its work is worth is counted from, where that can be said.
    `label`: what it is called; without, as its desk is.
    `page_name`, `export_name`, `template`: of a report of the frame, which belongs to no desk's addresses.
    `load_totals`: the two periods without days and groups, where those take long and only the metrics are asked for.
    `has_steps`: its days and series are weeks where the period is long (see `Period.steps`).
    `series`: name of what its numbers can be told apart by → their totals by day and that; keys are (day, value). Under ""
    those by day alone, where that is less work than all results.
    `row_urls`: key of a metric → where the rows behind it are listed, for those that have a list the actor may open.
    """

    name: str
    permission: str
    load: Callable[[Scope], R]
    metrics: Sequence[Metric[Any]]
    panels: Callable[[Scope, R, Actor], Iterable[Panel]]
    has_values: Callable[[R], bool]
    empty: Empty
    filters: Sequence[Filter] = ()
    exports: Sequence[Export] = ()
    parent: tuple[Text, str] | None = None
    time_zone: Callable[[Organisation], str] = lambda organisation: settings.TIME_ZONE
    worth: ValueMetric[Any] | None = None
    label: Text = ""
    page_name: str = ""
    export_name: str = ""
    template: str = "analytics/report.html"
    cache_seconds: int = CACHE_SECONDS
    load_totals: Callable[[Scope], Results[Any]] | None = None
    has_steps: bool = False
    series: Mapping[str, Callable[[Scope], list[Group[Any]]]] = field(default_factory=dict)
    row_urls: Callable[[Scope, Actor], Mapping[str, str]] = lambda scope, actor: {}

    @property
    def title(self) -> Text:
        labels = {desk.name: desk.label for desk in desks.all_desks()}
        return self.label or labels.get(self.name, self.name)

    @property
    def page_address(self) -> str:
        return self.page_name or f"{self.name}:figures"

    @property
    def export_address(self) -> str:
        return self.export_name or f"{self.name}:export_figures"

    def step_days(self, period: Period) -> int:
        return period.step_days if self.has_steps else 1

    def metric(self, key: str) -> Metric[Any]:
        """Raises StopIteration for one that the report does not have."""
        return next(each for each in self.metrics if each.key == key)

    def results(self, scope: Scope, *, max_age: int | None = None) -> R:
        """At most `max_age` seconds old; a minute where nothing else is said."""
        return self._remembered(self.load, scope, "results", max_age or self.cache_seconds)

    def totals(self, scope: Scope) -> Results[Any]:
        """What the metrics of both periods are counted from; whether it has days is not said."""
        if self.load_totals is None:
            return self.results(scope)
        return self._remembered(self.load_totals, scope, "totals", self.cache_seconds)

    def cards(self, results: Results[Any], row_urls: Mapping[str, str] | None = None) -> list[Card]:
        """A number that is nothing leads to no rows."""
        urls = row_urls or {}
        return [
            Card(
                metric,
                value := metric.value(results.now),
                metric.value(results.before),
                metric.note(results.now) if metric.note else value.note,
                results.days,
                urls.get(metric.key, "") if value.number != 0 else "",
            )
            for metric in self.metrics
        ]

    def rows(self, results: R) -> list[Row]:
        """For a file: each metric by its name, then all numbers that they are made of."""
        cards, before = self.cards(results), asdict(results.before)
        rows: list[Row] = [
            {"metric": card.metric.key, "name": str(card.metric.label), "unit": card.value.unit,
             "now": card.value.number, "before": card.before.number}
            for card in cards
        ]  # fmt: skip
        names = {card.metric.key for card in cards}
        return rows + [
            {"metric": name, "name": "", "unit": "", "now": now, "before": before[name]}
            for name, now in asdict(results.now).items()
            # Bins of durations are no number, and what they say stands above.
            if name not in names and isinstance(now, int | float | Decimal | None)
        ]

    def _remembered(self, load: Callable[[Scope], T], scope: Scope, part: str, max_age: int) -> T:
        """One answer for all who ask, however old each of them lets it be."""
        key = f"analytics:{self.name}:{scope.key}:{part}"
        counted_at, counted = cache.get(key, (0.0, None))
        if time.time() - counted_at > max_age:
            counted_at, counted = time.time(), load(scope)
            cache.set(key, (counted_at, counted), PAST_CACHE_SECONDS)
        return cast(T, counted)


_frame_reports: list[Report[Any]] = []


def register_report(report: Report[Any]) -> None:
    """Adds a report that belongs to the frame: it stands beside those of the desks wherever all are asked."""
    if report not in _frame_reports:
        _frame_reports.append(report)


def all_reports() -> list[Report[Any]]:
    return [*_frame_reports, *installed_reports()]


def installed_reports() -> list[Report[Any]]:
    """The reports of all desks: the `REPORT` of a module `report` of the desk or of a topic."""
    return [import_module(name).REPORT for desk in desks.all_desks() for name in desk.modules("report")]


class Percentile(Aggregate):
    """What a share of the rows reach at most: `Percentile("seconds", fraction=0.5)` is the median."""

    function = "percentile_cont"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field: ClassVar[Any] = FloatField()
    allow_distinct = False

    def __init__(self, expression: str, *, fraction: float, **extra: Any) -> None:
        super().__init__(expression, fraction=fraction, **extra)


def total(measure: Any, default: Any = 0) -> Any:
    """A field of a report's totals with how it is counted: an aggregate, or SQL for a report that writes its own."""
    return field(default=default, metadata={"measure": measure})


def measures_of(totals: type[Any]) -> dict[str, Any]:
    return {each.name: each.metadata["measure"] for each in fields(totals) if each.metadata}


def measure(
    rows: QuerySet[Model],
    scope: Scope,
    totals: type[T],
    *,
    moment: str,
    groups: Mapping[str, tuple[str, ...]] | None = None,
) -> Results[T]:
    """The results of a report whose rows one query finds, by the aggregates that `totals` names.

    `moment`: the column that says to which day a row belongs. `groups`: name → the columns by whose values the rows
    are grouped as well; its keys are tuples of them.
    """
    dated = _within(rows, scope.period, moment).annotate(
        day=TruncDate(moment, tzinfo=scope.period.since.tzinfo)
    )
    # The database leaves out days with nothing; a chart without them would lie about its distances.
    by_day = {group.key[0]: group.totals for group in groups_of(dated, totals, "day")}
    return replace(
        measure_totals(rows, scope, totals, moment=moment),
        days=[Group(day, by_day.get(day) or totals()) for day in scope.period.dates],
        groups={name: groups_of(dated, totals, *columns) for name, columns in (groups or {}).items()},
    )


def measure_totals(rows: QuerySet[Model], scope: Scope, totals: type[T], *, moment: str) -> Results[T]:
    """The two periods of `measure` without days and groups."""
    now, before = (
        total_of(_within(rows, period, moment), totals) for period in (scope.period, scope.period.before)
    )
    return Results(now, before, days=[])


def total_of(rows: QuerySet[Any], totals: type[T]) -> T:
    """The aggregates that `totals` names, over all rows."""
    row = rows.aggregate(**_measures(totals))
    return totals(**{name.removeprefix(PREFIX): value for name, value in row.items()})


def groups_of(rows: QuerySet[Any], totals: type[T], *columns: str) -> list[Group[T]]:
    """The same by the values of the columns; keys are tuples of them, in order."""
    measures = _measures(totals)
    keys = {f"key_{number}": F(column) for number, column in enumerate(columns)}
    return [
        Group(
            tuple(row[key] for key in keys),
            totals(**{name.removeprefix(PREFIX): row[name] for name in measures}),
        )
        for row in rows.values(**keys).annotate(**measures).order_by(*keys)
    ]


def _within(rows: QuerySet[Model], period: Period, moment: str) -> QuerySet[Model]:
    # Without an order: what a model orders by would be grouped by as well.
    return rows.filter(**{f"{moment}__gte": period.since, f"{moment}__lt": period.until}).order_by()


def _measures(totals: type[Any]) -> dict[str, Any]:
    return {f"{PREFIX}{name}": measure for name, measure in measures_of(totals).items()}

"""What the desk counts: records by source, level and template on the days that they name, and what became of incidents."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.analytics.panels import Bars, Panel, Table
from apps.analytics.periods import Period
from apps.analytics.reports import Empty, Export, Filter, Group, Metric, Report, Results, Scope
from apps.analytics.time_series import MAX_PARTS, TONES, Series, TimeSeries
from apps.analytics.values import Share, count, duration
from apps.core.tables import Row
from apps.dashboards.rollups.selectors import time_zone
from apps.log_analysis.incidents.models import Incident, IncidentQuerySet
from apps.log_analysis.incidents.selectors import GRAVE
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import Level, LogTemplate, TemplateCount

SEVERE = (Incident.Severity.HIGH, Incident.Severity.CRITICAL)
MAX_TEMPLATES = 20
MAX_EXPORTED_TEMPLATES = 500


@dataclass(frozen=True)
class Totals:
    """`severe`: of the opened ones. `closing_seconds`: half of the closed ones were closed so soon after they were found."""

    records: int = 0
    warnings: int = 0
    errors: int = 0
    opened: int = 0
    severe: int = 0
    closed: int = 0
    closing_seconds: float | None = None


@dataclass(frozen=True)
class TemplateDays:
    """Records of a template, and of those that were merged into it, by day."""

    name: str
    source: str
    days: Mapping[date, int]

    @property
    def records(self) -> int:
        return sum(self.days.values())


@dataclass(frozen=True)
class LogResults(Results[Totals]):
    """`templates`: the most frequent ones first."""

    templates: list[TemplateDays] = field(default_factory=list)


@dataclass
class Tally:
    """What is added up of a day, a source or a period. `opened`: severities, `closed`: seconds."""

    levels: Counter[str] = field(default_factory=Counter)
    opened: list[int] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.levels.update(other.levels)
        self.opened += other.opened
        self.closed += other.closed

    @property
    def totals(self) -> Totals:
        return Totals(
            records=self.levels.total(),
            warnings=self.levels[Level.WARNING],
            errors=sum(self.levels[level] for level in GRAVE),
            opened=len(self.opened),
            severe=sum(severity in SEVERE for severity in self.opened),
            closed=len(self.closed),
            closing_seconds=median(self.closed) if self.closed else None,
        )


def load(scope: Scope) -> LogResults:
    by_source: dict[UUID, Tally] = defaultdict(Tally)
    now, before = _tallies(scope, scope.period, by_source), _tallies(scope, scope.period.before, None)
    levels = _sum(now.values()).levels
    return LogResults(
        now=_sum(now.values()).totals,
        before=_sum(before.values()).totals,
        days=[Group(day, now[day].totals if day in now else Totals()) for day in scope.period.dates],
        groups={
            "sources": [Group((key,), tally.totals) for key, tally in by_source.items()],
            "levels": [Group((level,), Totals(records=levels[level])) for level in Level if levels[level]],
        },
        templates=templates_by_day(scope, MAX_TEMPLATES),
    )


def load_totals(scope: Scope) -> Results[Totals]:
    now, before = (_tallies(scope, period, None) for period in (scope.period, scope.period.before))
    return Results(_sum(now.values()).totals, _sum(before.values()).totals, days=[])


def record_counts(scope: Scope, period: Period) -> QuerySet[Any]:
    """Counts of templates, each with its `day` on the clocks of the report."""
    sources = LogSource.objects.within(scope.organisation)
    if source := scope.filters.get("source"):
        sources = sources.filter(pk=source)
    rows = TemplateCount.objects.within(scope.organisation).annotate(
        day=TruncDate("minute", tzinfo=period.since.tzinfo)
    )
    # The index begins with the source.
    keys = list(sources.values_list("pk", flat=True))
    return rows.filter(source__in=keys, minute__gte=period.since, minute__lt=period.until).order_by()


def narrowed_incidents(scope: Scope) -> IncidentQuerySet:
    rows = Incident.objects.within(scope.organisation)
    source = scope.filters.get("source")
    return rows.filter(anomalies__source=UUID(source)).distinct() if source else rows


def templates_by_day(scope: Scope, limit: int) -> list[TemplateDays]:
    """The most frequent ones of the period."""
    rows = record_counts(scope, scope.period).annotate(owner=Coalesce("template__merged_into", "template"))
    largest = rows.values("owner").annotate(records=Sum("count")).order_by("-records", "owner")[:limit]
    keys = [row["owner"] for row in largest]
    own = rows.filter(Q(template__in=keys) | Q(template__merged_into__in=keys))
    days: dict[UUID, dict[date, int]] = {key: {} for key in keys}
    for owner, day, records in own.values_list("owner", "day").annotate(records=Sum("count")):
        days[owner][day] = records
    templates = LogTemplate.objects.within(scope.organisation).select_related("source").in_bulk(keys)
    return [TemplateDays(str(templates[key]), templates[key].source.name, days[key]) for key in keys]


def _tallies(scope: Scope, period: Period, by_source: dict[UUID, Tally] | None) -> dict[date, Tally]:
    """By day; what belongs to one source is added to `by_source` as well."""
    days: dict[date, Tally] = defaultdict(Tally)
    rows = record_counts(scope, period).values_list("day", "source", "level")
    for day, source, level, records in rows.annotate(records=Sum("count")):
        days[day].levels[level] += records
        if by_source is not None:
            by_source[source].levels[level] += records
    incidents, zone = narrowed_incidents(scope), period.since.tzinfo
    opened = incidents.filter(started_at__gte=period.since, started_at__lt=period.until)
    for started_at, severity, _id in opened.values_list("started_at", "severity", "pk"):
        days[started_at.astimezone(zone).date()].opened.append(severity)
    closed = incidents.filter(resolved_at__gte=period.since, resolved_at__lt=period.until)
    for resolved_at, created_at, _id in closed.values_list("resolved_at", "created_at", "pk"):
        if resolved_at:
            day = resolved_at.astimezone(zone).date()
            days[day].closed.append((resolved_at - created_at).total_seconds())
    return days


def _sum(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def has_values(results: LogResults) -> bool:
    return bool(results.now.records or results.now.opened or results.now.closed)


def panels(scope: Scope, results: LogResults, actor: Actor) -> Iterator[Panel]:
    if not has_values(results):
        return
    dates = [each.key for each in results.days]
    days = [each.totals for each in results.days]
    yield TimeSeries(
        title=_("Records by level"),
        summary=_("Bar chart by day: %(count)d records in total.") % {"count": results.now.records},
        explanation=_("By the times that the records name."),
        dates=dates,
        parts=[
            Series(_("Errors and above"), [each.errors for each in days], "bad"),
            Series(_("Warnings"), [each.warnings for each in days], "series-2"),
            Series(_("Others"), [each.records - each.errors - each.warnings for each in days], "series-3"),
        ],
    )
    yield TimeSeries(
        title=_("Incidents opened and closed"),
        summary=_("Line chart by day: incidents opened and closed."),
        dates=dates,
        parts=[
            Series(_("Incidents opened"), [each.opened for each in days], "bad"),
            Series(_("Incidents closed"), [each.closed for each in days], "series-1"),
        ],
        is_line=True,
        link=(_("Incidents"), reverse("log_analysis:incidents")),
    )
    yield TimeSeries(
        title=_("Most frequent templates"),
        summary=_("Bar chart by day, split by template."),
        dates=dates,
        parts=[
            Series(each.name, [each.days.get(day, 0) for day in dates], tone)
            for each, tone in zip(results.templates[:MAX_PARTS], TONES, strict=False)
        ],
    )
    yield from _tables(scope, results)


def _tables(scope: Scope, results: LogResults) -> Iterator[Panel]:
    names = dict(LogSource.objects.within(scope.organisation).values_list("pk", "name"))
    sources = sorted(results.groups["sources"], key=lambda each: -each.totals.records)
    yield Bars(
        title=_("Sources"),
        note=_("Number of records; the second number is errors and above."),
        items=[
            (
                names.get(each.key[0], ""),
                each.totals.records,
                f"{each.totals.records:,}",
                f"{each.totals.errors:,}",
            )
            for each in sources
        ],
        link=(_("Sources"), reverse("log_analysis:log_sources")),
    )
    yield Bars(
        title=_("Levels"),
        items=[
            (str(Level(each.key[0]).label), each.totals.records, f"{each.totals.records:,}", "")
            for each in results.groups["levels"]
        ],
    )
    yield Table(
        title=_("Most frequent templates"),
        headings=[_("Template"), _("Source"), pgettext("logs", "Records"), _("Share")],
        rows=[
            (each.name, each.source, f"{each.records:,}", Share(each.records, results.now.records).value.text)
            for each in results.templates
        ],
        link=(_("Log templates"), reverse("log_analysis:log_templates")),
    )


def _record_rows(scope: Scope) -> Iterator[Row]:
    names = dict(LogSource.objects.within(scope.organisation).values_list("pk", "name"))
    rows = record_counts(scope, scope.period).values_list("day", "source", "level")
    for day, source, level, records in rows.annotate(records=Sum("count")).order_by("day"):
        yield {"day": str(day), "source": names[source], "level": level, "records": records}


def _template_rows(scope: Scope) -> Iterator[Row]:
    for each in templates_by_day(scope, MAX_EXPORTED_TEMPLATES):
        for day in sorted(each.days):
            yield {"day": str(day), "source": each.source, "template": each.name, "records": each.days[day]}


def _incident_rows(scope: Scope) -> Iterator[Row]:
    period = scope.period
    begun = Q(started_at__gte=period.since, started_at__lt=period.until)
    over = Q(resolved_at__gte=period.since, resolved_at__lt=period.until)
    for incident in narrowed_incidents(scope).filter(begun | over).order_by("started_at"):
        yield {
            "started_at": incident.started_at,
            "ended_at": incident.ended_at,
            "closed_at": incident.resolved_at,
            "status": incident.status,
            "severity": Incident.Severity(incident.severity).name.lower(),
            "title": incident.title,
            "services": ", ".join(incident.services),
            "records": incident.records_count,
        }


def _series_by(name: str) -> Any:
    """Totals by day and by each source or level."""

    def groups(scope: Scope) -> list[Group[Totals]]:
        tallies: dict[tuple[date, Any], Tally] = defaultdict(Tally)
        rows = record_counts(scope, scope.period).values_list("day", name, "level")
        for day, value, level, records in rows.annotate(records=Sum("count")):
            tallies[day, value].levels[level] += records
        return [Group(key, tallies[key].totals) for key in sorted(tallies, key=str)]

    return groups


def _source_choices(organisation: Organisation) -> list[tuple[str, str]]:
    rows = LogSource.objects.within(organisation).values_list("pk", "name")
    return [(str(key), name) for key, name in rows]


METRICS: tuple[Metric[Totals], ...] = (
    Metric(
        "records",
        gettext_lazy("Log records"),
        gettext_lazy("Records whose own time lies in this period, as far as their sources keep them."),
        lambda of: count(of.records),
    ),
    Metric(
        "errors",
        gettext_lazy("Errors and above"),
        gettext_lazy("Share of the records with the level error or critical."),
        lambda of: Share(of.errors, of.records).value,
        better=-1,
    ),
    Metric(
        "opened",
        gettext_lazy("Incidents opened"),
        gettext_lazy("Incidents that began in this period."),
        lambda of: count(of.opened),
        better=-1,
    ),
    Metric(
        "severe",
        gettext_lazy("Severe incidents"),
        gettext_lazy("Of the incidents opened, those of high or critical severity."),
        lambda of: count(of.severe),
        better=-1,
    ),
    Metric(
        "closed",
        gettext_lazy("Incidents closed"),
        gettext_lazy("Incidents that were resolved in this period, or found to be none."),
        lambda of: count(of.closed),
        better=1,
    ),
    Metric(
        "time_to_close",
        gettext_lazy("Time to close"),
        gettext_lazy("Half of the incidents closed were closed this soon after they were found."),
        lambda of: duration(of.closing_seconds, of.closed),
        better=-1,
    ),
)
REPORT = Report(
    name="log_analysis",
    permission="logs.view",
    load=load,
    load_totals=load_totals,
    metrics=METRICS,
    panels=panels,
    has_values=has_values,
    empty=Empty(
        gettext_lazy("No log records in this period"),
        gettext_lazy("Records by source, level and template, and incidents opened and closed."),
        (gettext_lazy("Sources"), "log_analysis:log_sources"),
    ),
    filters=(Filter("source", gettext_lazy("Source"), gettext_lazy("All sources"), _source_choices),),
    exports=(
        Export("records_by_day", gettext_lazy("Records by day, source and level"), _record_rows),
        Export("templates_by_day", gettext_lazy("Records by day and template"), _template_rows),
        Export("incidents", gettext_lazy("Incidents"), _incident_rows),
    ),
    time_zone=lambda organisation: time_zone(organisation.pk),
    series={"source": _series_by("source"), "level": _series_by("level")},
)

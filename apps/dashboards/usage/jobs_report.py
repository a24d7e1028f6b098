"""The dashboard of jobs: how many, what became of them, how long they waited and ran."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.analytics.panels import Panel, Table
from apps.analytics.reports import Empty, Filter, Group, Metric, Report, Results, Scope
from apps.analytics.time_series import Series, TimeSeries
from apps.analytics.values import MIN_SAMPLE, Share, Value, count
from apps.core.errors import Text
from apps.dashboards.rollups.quantiles import Bins, quantile
from apps.dashboards.rollups.selectors import INSTALLATION, Slice, time_zone
from apps.dashboards.usage import charting, names
from apps.dashboards.usage.annotations import version_marks
from apps.dashboards.usage.errors import error_text
from apps.dashboards.usage.persons import is_told, person_groups
from apps.dashboards.usage.row_links import RowLinks
from apps.dashboards.usage.schemas import JobCounts, JobTotals, add

STATES = (
    ("succeeded", gettext_lazy("succeeded"), "series-1"),
    ("failed", gettext_lazy("failed"), "bad"),
    ("cancelled", gettext_lazy("cancelled"), "series-6"),
    ("running", gettext_lazy("running"), "series-3"),
    ("queued", gettext_lazy("queued"), "series-2"),
)


@dataclass(frozen=True)
class JobResults(Results[JobTotals]):
    """`days` are steps of the period. `before_steps`: counts of those before it. `by_desk`: keys are (step, desk)."""

    before_steps: list[Group[JobCounts]] = field(default_factory=list)
    by_desk: list[Group[JobCounts]] = field(default_factory=list)


def load(scope: Scope) -> JobResults:
    jobs = Slice.of_jobs(scope)
    steps = jobs.steps(JobTotals)
    errors: list[Group[Any]] = jobs.groups(JobCounts, "error_code")
    return JobResults(
        now=add((step.totals for step in steps), JobTotals),
        before=jobs.before.total(JobTotals),
        days=steps,
        groups={
            "tools": jobs.groups(JobTotals, "desk", "kind"),
            "errors": errors,
            **person_groups(jobs, JobTotals),
        },
        before_steps=jobs.before.steps(JobCounts),
        by_desk=jobs.groups(JobCounts, "step", "desk"),
    )


def load_totals(scope: Scope) -> Results[JobTotals]:
    jobs = Slice.of_jobs(scope)
    return Results(jobs.total(JobTotals), jobs.before.total(JobTotals), days=[])


def row_urls(scope: Scope, actor: Actor) -> dict[str, str]:
    """What made a figure as high as it is stands first."""
    links = RowLinks.to_jobs(scope, actor)
    return {
        "jobs": links.url(),
        "wait_p95": links.url(order="waited"),
        "run_p95": links.url(order="ran"),
        **{state: links.url(state=state) for state, _label, _tone in STATES},
    }


def panels(scope: Scope, results: JobResults, actor: Actor) -> Iterator[Panel]:
    if not results.now.jobs:
        return
    links = RowLinks.to_jobs(scope, actor)
    dated: dict[str, Any] = {
        "dates": scope.period.steps,
        "days": scope.period.step_days,
        "links": links.of_steps(),
        "marks": version_marks(scope),
    }
    yield TimeSeries(
        title=_("Jobs by state"),
        summary=_("Bar chart by day: %(count)d jobs in total.") % {"count": results.now.jobs},
        explanation=_("By creation date and current state."),
        parts=[
            Series(label, [getattr(step.totals, state) for step in results.days], tone)
            for state, label, tone in STATES
        ],
        before=[step.totals.jobs for step in results.before_steps],
        **dated,
    )
    yield TimeSeries(
        title=_("Jobs by desk"),
        summary=_("Bar chart by day, split by desk."),
        parts=charting.largest_parts(scope.period, results.by_desk, lambda of: of.jobs, names.desk_label),
        **dated,
    )
    for title, explanation, column, order in (
        (_("Waiting time"), _("From the time a job is due until a worker takes it."), "wait_bins", "waited"),
        (_("Run time"), _("Duration of the last attempt, for jobs that have ended."), "run_bins", "ran"),
    ):
        yield charting.quantile_lines(
            results.days,
            column,
            title=title,
            explanation=explanation,
            summary=_("Line chart by day: 50th, 95th and 99th percentile of jobs."),
            **dated | {"links": links.of_steps(order=order)},
        )
    yield from _tables(scope, results, links)


def _tables(scope: Scope, results: JobResults, links: RowLinks) -> Iterator[Panel]:
    table = partial(_table, links)
    tools = sorted(results.groups["tools"], key=lambda group: -group.totals.jobs)
    yield table(
        _("By tool"),
        [
            (f"{names.desk_label(desk)} · {names.tool_label(kind)}", {"kind": kind}, totals)
            for (desk, kind), totals in _pairs(tools)
        ],
    )  # fmt: skip
    for name, title, names_of in names.person_cuts(scope.organisation):
        groups = sorted(results.groups.get(name, []), key=lambda group: -group.totals.jobs)
        labels = names_of([group.key[0] for group in groups])
        rows = [
            (labels[key], {name: key or "none"}, totals) for (key,), totals in _pairs(groups) if key in labels
        ]
        if rows:
            yield table(title, rows)
    if not is_told(Slice.of_jobs(scope)):
        yield charting.too_long(_("By member"))
    errors = [group for group in results.groups["errors"] if group.totals.failed and group.key[0]]
    if errors:
        yield Table(
            title=_("Errors"),
            headings=[_("Failure reasons"), _("Jobs")],
            rows=[
                (error_text(code), links.number(totals.failed, state="failed", error_code=code))
                for (code,), totals in _pairs(sorted(errors, key=lambda group: -group.totals.failed))
            ],
        )


def _pairs(groups: list[Group[Any]]) -> list[tuple[Any, Any]]:
    return [(group.key, group.totals) for group in groups]


def _table(links: RowLinks, title: Text, rows: list[tuple[Text, dict[str, object], JobTotals]]) -> Table:
    return Table(
        title=title,
        note=charting.rows_note(len(rows)),
        headings=[
            "", _("Jobs"), *(str(label).capitalize() for _state, label, _tone in STATES),
            _("Wait p50 / p95 / p99"), _("Run p50 / p95 / p99"),
        ],
        rows=[
            (
                str(name),
                links.number(of.jobs, **filters),
                *(links.number(getattr(of, state), state=state, **filters) for state, _label, _tone in STATES),
                links.length(quantiles_text(of.wait_bins), of.waits, order="waited", **filters),
                links.length(quantiles_text(of.run_bins), of.runs, order="ran", **filters),
            )
            for name, filters, of in rows[: charting.MAX_ROWS]
        ],
    )  # fmt: skip


def quantiles_text(bins: Bins) -> str:
    if bins is None:
        return "–"
    values = (quantile(bins, each) or 0.0 for each, _label, _tone in charting.QUANTILES)
    return _("%(number)s s") % {"number": " / ".join(map(charting.seconds_short, values))}


def quantile_value(bins: Bins, sample: int) -> Value:
    """The time that 95 of a hundred took at most, and below it what half of them did."""
    p95 = quantile(bins, 0.95)
    if p95 is None:
        return Value("seconds", None, "–", sample)

    def note() -> str:
        return _("median %(length)s") % {"length": charting.seconds_text(quantile(bins, 0.5) or 0.0)}

    return Value(
        "seconds", p95, lambda: charting.seconds_text(p95), sample, note if sample >= MIN_SAMPLE else ""
    )


METRICS: tuple[Metric[JobTotals], ...] = (
    Metric(
        "jobs",
        gettext_lazy("Jobs"),
        gettext_lazy("All jobs created in this period, whatever their outcome."),
        lambda of: count(of.jobs),
        is_headline=True,
    ),
    Metric(
        "succeeded",
        gettext_lazy("Succeeded"),
        gettext_lazy("Share of jobs that have ended."),
        lambda of: Share(of.succeeded, of.ended).value,
        better=1,
    ),
    Metric(
        "failed",
        gettext_lazy("Failed"),
        gettext_lazy("Share of ended jobs that failed after all attempts."),
        lambda of: Share(of.failed, of.ended).value,
        better=-1,
    ),
    Metric(
        "cancelled",
        gettext_lazy("Cancelled"),
        gettext_lazy("Jobs that were stopped or withdrawn."),
        lambda of: count(of.cancelled),
    ),
    Metric(
        "queued",
        gettext_lazy("Queued"),
        gettext_lazy("Jobs from this period waiting for a worker or for their next attempt."),
        lambda of: count(of.queued),
        better=-1,
    ),
    Metric(
        "running",
        gettext_lazy("Running"),
        gettext_lazy("Jobs from this period running now."),
        lambda of: count(of.running),
    ),
    Metric(
        "wait_p95",
        gettext_lazy("Waiting time, p95"),
        gettext_lazy("95% of jobs were taken by a worker within this time of being due."),
        lambda of: quantile_value(of.wait_bins, of.waits),
        better=-1,
    ),
    Metric(
        "run_p95",
        gettext_lazy("Run time, p95"),
        gettext_lazy("95% of ended jobs completed their last attempt within this time."),
        lambda of: quantile_value(of.run_bins, of.runs),
        better=-1,
    ),
)  # fmt: skip


def settings_zone(organisation: Organisation) -> str:
    return time_zone(None if organisation == INSTALLATION else organisation.pk)


DESK = Filter(
    "desk",
    gettext_lazy("Desk"),
    gettext_lazy("All desks"),
    lambda _o: [(key, str(label)) for key, label in names.desk_names().items()],
)
TOOL = Filter(
    "kind",
    gettext_lazy("Tool"),
    gettext_lazy("All tools"),
    lambda _o: [(key, str(label)) for key, label in names.tool_names().items()],
)
MEMBER = Filter("member", gettext_lazy("Member"), gettext_lazy("All members"), names.member_choices)
API_KEY = Filter("api_key", gettext_lazy("API key"), gettext_lazy("All keys"), names.key_choices)
OWNER = Filter(
    "owner", gettext_lazy("Organisation"), gettext_lazy("All organisations"), names.organisation_choices
)


export = partial(charting.day_export, Slice.of_jobs, JobTotals)
REPORT = Report(
    name="jobs",
    label=gettext_lazy("Jobs"),
    permission="analytics.view",
    load=load,
    load_totals=load_totals,
    has_steps=True,
    metrics=METRICS,
    panels=panels,
    has_values=lambda results: results.now.jobs > 0,
    empty=Empty(
        gettext_lazy("No jobs in this period"),
        gettext_lazy("Jobs by desk and tool: outcome, waiting time and run time."),
        (gettext_lazy("All jobs"), "jobs:jobs"),
    ),
    filters=(DESK, TOOL, MEMBER, API_KEY),
    exports=(
        export("by_tool", gettext_lazy("By day and tool"), "desk", "kind"),
        export("by_member", gettext_lazy("By day and member"), "member"),
        export("by_api_key", gettext_lazy("By day and API key"), "api_key"),
    ),
    time_zone=settings_zone,
    page_name="dashboards:jobs",
    export_name="dashboards:export_jobs",
    template="dashboards/report.html",
    # What is counted was rolled up within the seconds before.
    cache_seconds=30,
    series=charting.step_series(
        Slice.of_jobs, JobTotals, ("desk", "kind", "member", "api_key", "state", "error_code")
    ),
    row_urls=row_urls,
)

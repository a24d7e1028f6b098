"""The dashboard of models: requests, tokens, cost, speed and errors, and how far quotas are used."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.actors import Actor
from apps.analytics.panels import Bars, Panel, Table
from apps.analytics.reports import Empty, Filter, Group, Metric, Report, Results, Scope
from apps.analytics.time_series import Series, TimeSeries
from apps.analytics.values import Share, Value, count, money, rate
from apps.core.errors import Text
from apps.dashboards.rollups.selectors import INSTALLATION, Slice, currency
from apps.dashboards.usage import charting, names
from apps.dashboards.usage.annotations import model_marks
from apps.dashboards.usage.errors import error_text
from apps.dashboards.usage.jobs_report import (
    API_KEY,
    DESK,
    MEMBER,
    TOOL,
    quantile_value,
    quantiles_text,
    settings_zone,
)
from apps.dashboards.usage.persons import is_told, person_groups
from apps.dashboards.usage.row_links import RowLinks
from apps.dashboards.usage.schemas import CallCounts, CallTotals, ModelCounts, add
from apps.inference import quotas
from apps.inference.models import Purpose

T = TypeVar("T")
# Its name, what its rows are narrowed by, and what it holds.
TableRow = tuple[Text, dict[str, object], Group[CallTotals]]
# Longer periods are not told apart twice: a page of a year has no time for it.
MAX_COMPARED_DAYS = 31


@dataclass(frozen=True)
class CallResults(Results[CallTotals]):
    """`days` are steps of the period. `before_steps`: counts of those before it. `by_model`: keys are (step, model).

    `before_groups`: the period before along the same cuts as `groups`; none of a long one.
    """

    before_steps: list[Group[CallCounts]] = field(default_factory=list)
    before_groups: dict[str, list[Group[CallCounts]]] = field(default_factory=dict)
    by_model: list[Group[ModelCounts]] = field(default_factory=list)


def load(scope: Scope) -> CallResults:
    calls, code = Slice.of_calls(scope), currency(scope.organisation)
    steps = calls.steps(CallTotals)
    errors: list[Group[Any]] = calls.groups(CallCounts, "error_code")
    return CallResults(
        now=replace(add((step.totals for step in steps), CallTotals), currency=code),
        before=replace(calls.before.total(CallTotals), currency=code),
        days=steps,
        groups={**_cuts(calls, CallTotals), "errors": errors},
        before_steps=calls.before.steps(CallCounts),
        before_groups=_cuts(calls.before, CallCounts) if scope.period.days <= MAX_COMPARED_DAYS else {},
        by_model=calls.groups(ModelCounts, "step", "model"),
    )


def _cuts(calls: Slice, totals: type[T]) -> dict[str, list[Group[T]]]:
    return {
        "tools": calls.groups(totals, "desk", "kind"),
        "models": calls.groups(totals, "model", "endpoint", "purpose"),
        **person_groups(calls, totals),
    }


def load_totals(scope: Scope) -> Results[CallTotals]:
    calls, code = Slice.of_calls(scope), currency(scope.organisation)
    now, before = calls.total(CallTotals), calls.before.total(CallTotals)
    return Results(replace(now, currency=code), replace(before, currency=code), days=[])


def row_urls(scope: Scope, actor: Actor) -> dict[str, str]:
    """What made a figure as high as it is stands first."""
    links = RowLinks.to_calls(scope, actor)
    orders = {"first_token_p95": "first_token_ms", "response_p95": "latency_ms"}
    orders |= {name: name for name in ("input_tokens", "output_tokens", "cost")}
    return {
        "calls": links.url(),
        "failed": links.url(status="failed"),
        **{name: links.url(order=column) for name, column in orders.items()},
    }


def panels(scope: Scope, results: CallResults, actor: Actor) -> Iterator[Panel]:
    if results.now.calls:
        links = RowLinks.to_calls(scope, actor)
        yield from _charts(scope, results, links)
        yield from _tables(scope, results, links)
    if scope.organisation != INSTALLATION:
        yield from _quotas(scope)


def _charts(scope: Scope, results: CallResults, links: RowLinks) -> Iterator[Panel]:
    steps = [step.totals for step in results.days]
    before = [step.totals for step in results.before_steps]
    dated: dict[str, Any] = {
        "dates": scope.period.steps,
        "days": scope.period.step_days,
        "links": links.of_steps(),
        "marks": model_marks(scope, _first_days(results)),
    }
    by_model = partial(charting.largest_parts, scope.period, results.by_model)
    yield TimeSeries(
        title=_("Tokens"),
        summary=_("Bar chart by day: input and output tokens."),
        parts=[
            Series(_("Input tokens"), [of.input_tokens for of in steps], "series-3"),
            Series(_("Output tokens"), [of.output_tokens for of in steps], "series-1"),
        ],
        before=[of.tokens for of in before],
        **dated,
    )
    yield TimeSeries(
        title=_("Requests by model"),
        summary=_("Bar chart by day, split by model."),
        parts=by_model(lambda of: of.calls, str),
        before=[of.calls for of in before],
        **dated,
    )
    yield TimeSeries(
        title=_("Cost by model (%(currency)s)") % {"currency": results.now.currency},
        summary=_("Bar chart by day, split by model."),
        empty=_("No endpoint has a price. Set prices on the endpoints to see costs."),
        parts=by_model(lambda of: float(of.cost), str),
        before=[float(of.cost) for of in before],
        words=lambda value: f"{value:,.2f}",
        **dated,
    )
    for title, explanation, column, order in (
        (
            _("First token"),
            _("From the request to the first token of the answer."),
            "first_token_bins",
            "first_token_ms",
        ),
        (_("Response time"), _("From the request to the end of the answer."), "latency_bins", "latency_ms"),
    ):
        yield charting.quantile_lines(
            results.days,
            column,
            title=title,
            explanation=explanation,
            summary=_("Line chart by day: 50th, 95th and 99th percentile of requests."),
            **dated | {"links": links.of_steps(order=order)},
        )


def _first_days(results: CallResults) -> dict[str, date]:
    """On which day of the period each model was asked first."""
    days: dict[str, date] = {}
    for group in results.by_model:
        _step, model = group.key
        if group.totals.first_day:
            days.setdefault(model, group.totals.first_day)
    return days


def _tables(scope: Scope, results: CallResults, links: RowLinks) -> Iterator[Panel]:
    endpoints = names.endpoint_names(scope.organisation)
    table = partial(_table, links, results)
    rows: list[TableRow] = [
        (
            f"{names.model_at(model, str(endpoints.get(endpoint, _('Built in'))))} · {Purpose(purpose).label}",
            {"model": model, "purpose": purpose, "endpoint": endpoint or "none"},
            group,
        )
        for group in _largest(results.groups["models"])
        for model, endpoint, purpose in [group.key]
    ]
    yield table("models", _("By model"), rows)
    rows = [
        (
            f"{names.desk_label(desk)} · {names.tool_label(kind)}" if kind else names.tool_label(""),
            {"kind": kind or "none"},
            group,
        )
        for group in _largest(results.groups["tools"])
        for desk, kind in [group.key]
    ]
    yield table("tools", _("By tool"), rows)
    for name, title, names_of in names.person_cuts(scope.organisation):
        groups = _largest(results.groups.get(name, []))
        labels = names_of([group.key[0] for group in groups])
        rows = [
            (labels[key], {name: key or "none"}, group)
            for group in groups
            for (key,) in [group.key]
            if key in labels
        ]
        if rows:
            yield table(name, title, rows)
    if not is_told(Slice.of_calls(scope)):
        yield charting.too_long(_("By member"))
    errors = [group for group in results.groups["errors"] if group.key[0]]
    if errors:
        yield Table(
            title=_("Errors"),
            headings=[_("Failure reasons"), _("Requests")],
            rows=[
                (error_text(code), links.number(group.totals.calls, error_code=code))
                for group in _largest(errors)
                for (code,) in [group.key]
            ],
        )


def _quotas(scope: Scope) -> Iterator[Panel]:
    usages = quotas.standings(scope.organisation)
    if not usages:
        return
    items = []
    for usage in usages:
        quota, limit = usage.quota, usage.quota.hard_limit or usage.quota.soft_limit or 1
        whose = (
            str(quota.member.user) if quota.member else quota.api_key.name if quota.api_key else _("everyone")
        )
        label = f"{quota.get_metric_display()} / {quota.get_window_display()} · {whose}"
        items.append((label, min(1.0, usage.used / limit), f"{usage.used:,}", f"/ {limit:,}"))
    yield Bars(
        title=_("Quotas"),
        note=_("Current usage against the limit for the window."),
        items=items,
        is_wide=True,
        link=(_("Models and usage"), names.usage_url()),
    )  # fmt: skip


def _largest(groups: list[Group[CallTotals]]) -> list[Group[CallTotals]]:
    return sorted(groups, key=lambda group: -group.totals.calls)


def _table(links: RowLinks, results: CallResults, cut: str, title: Text, rows: list[TableRow]) -> Table:
    """What each row costs more or less than in the period before stands beside its cost, where that is known."""
    groups = results.before_groups.get(cut)
    before = None if groups is None else {group.key: group.totals.cost for group in groups}
    return Table(
        title=title,
        note=charting.rows_note(len(rows)),
        headings=[
            "",
            _("Requests"),
            _("Failed"),
            _("Input tokens"),
            _("Output tokens"),
            _("Cost (%(currency)s)") % {"currency": results.now.currency},
            *([] if before is None else [_("Cost change")]),
            _("First token p50 / p95 / p99"),
            _("Response p50 / p95 / p99"),
            _("Tokens/s"),
            _("Audio min"),
        ],
        rows=[
            (
                str(name),
                links.number(of.calls, **filters),
                links.number(of.failed, status="failed", **filters),
                f"{of.input_tokens:,}",
                f"{of.output_tokens:,}",
                f"{of.cost:,.2f}",
                *([] if before is None else [_cost_change(of.cost - before.get(group.key, 0))]),
                links.length(
                    quantiles_text(of.first_token_bins), of.first_tokens, order="first_token_ms", **filters
                ),
                links.length(quantiles_text(of.latency_bins), of.calls, order="latency_ms", **filters),
                "–" if of.tokens_per_second is None else f"{of.tokens_per_second:,.1f}",
                f"{of.audio_seconds / 60:,.1f}" if of.audio_seconds else "–",
            )
            for name, filters, group in rows[: charting.MAX_ROWS]
            for of in [group.totals]
        ],
    )


def _cost_change(difference: Decimal) -> str:
    words = f"{difference:+,.2f}".replace("-", "−")
    return "–" if words[1:] == "0.00" else words


METRICS: tuple[Metric[CallTotals], ...] = (
    Metric(
        "calls",
        gettext_lazy("Requests"),
        gettext_lazy("All requests to models in this period, including failed ones."),
        lambda of: count(of.calls),
    ),
    Metric(
        "input_tokens",
        gettext_lazy("Input tokens"),
        gettext_lazy("Tokens read, as reported by the model; estimated if it reports none."),
        lambda of: count(of.input_tokens),
    ),
    Metric(
        "output_tokens",
        gettext_lazy("Output tokens"),
        gettext_lazy("Tokens written, including reasoning."),
        lambda of: count(of.output_tokens),
    ),
    Metric(
        "cost",
        gettext_lazy("Cost"),
        gettext_lazy("At the endpoint's prices at the time of each request."),
        lambda of: money(of.cost, of.currency, of.calls),
        better=-1,
        is_headline=True,
    ),
    Metric(
        "first_token_p95",
        gettext_lazy("First token, p95"),
        gettext_lazy("95% of answers started within this time of the request."),
        lambda of: quantile_value(of.first_token_bins, of.first_tokens),
        better=-1,
    ),
    Metric(
        "response_p95",
        gettext_lazy("Response time, p95"),
        gettext_lazy("95% of requests completed within this time."),
        lambda of: quantile_value(of.latency_bins, of.calls),
        better=-1,
    ),
    Metric(
        "tokens_per_second",
        gettext_lazy("Tokens per second"),
        gettext_lazy("Output speed once an answer has started, averaged over all tokens."),
        lambda of: rate(of.tokens_per_second, "", of.first_tokens),
        better=1,
    ),
    Metric(
        "failed",
        gettext_lazy("Failed"),
        gettext_lazy("Share of all requests. If another endpoint took over, users saw no error."),
        lambda of: Share(of.failed, of.calls).value,
        better=-1,
    ),
    Metric(
        "audio_minutes",
        gettext_lazy("Audio minutes"),
        gettext_lazy("Minutes of speech transcribed by models."),
        lambda of: Value(
            "number", float(of.audio_seconds) / 60, lambda: f"{of.audio_seconds / 60:,.1f}", None
        ),
    ),
)
MODEL = Filter(
    "model",
    gettext_lazy("Model"),
    gettext_lazy("All models"),
    lambda organisation: names.model_choices(organisation),
)


export = partial(charting.day_export, Slice.of_calls, CallTotals)
REPORT = Report(
    name="models",
    label=gettext_lazy("Models"),
    permission="analytics.view",
    load=load,
    load_totals=load_totals,
    has_steps=True,
    metrics=METRICS,
    panels=panels,
    has_values=lambda results: results.now.calls > 0,
    empty=Empty(
        gettext_lazy("No requests in this period"),
        gettext_lazy("Tokens, cost, speed and failures by model."),
        (gettext_lazy("Models and usage"), "inference:usage"),
    ),
    filters=(DESK, TOOL, MODEL, MEMBER, API_KEY),
    exports=(
        export("by_model", gettext_lazy("By day and model"), "model", "endpoint", "purpose"),
        export("by_tool", gettext_lazy("By day and tool"), "desk", "kind"),
        export("by_member", gettext_lazy("By day and member"), "member"),
        export("by_api_key", gettext_lazy("By day and API key"), "api_key"),
    ),
    time_zone=settings_zone,
    page_name="dashboards:models",
    export_name="dashboards:export_models",
    template="dashboards/report.html",
    # What is counted was rolled up within the seconds before.
    cache_seconds=30,
    series=charting.step_series(
        Slice.of_calls,
        CallTotals,
        ("desk", "kind", "model", "endpoint", "purpose", "member", "api_key", "status", "error_code"),
    ),
    row_urls=row_urls,
)

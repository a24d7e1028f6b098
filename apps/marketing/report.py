"""What the desk counts, of the texts that were made in a period and of the people who were written to in it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db.models import Avg, Count, FloatField, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.accounts.actors import Actor
from apps.analytics.panels import Bars, Chart, Panel, Part
from apps.analytics.reports import (
    Empty,
    Group,
    Metric,
    Percentile,
    Report,
    Results,
    Scope,
    measure,
    measure_totals,
    total,
)
from apps.analytics.value_metrics import ValueMetric, Work
from apps.analytics.values import Share, Value, count, duration, mean, ratio
from apps.core.models import OrganisationQuerySet
from apps.marketing.channels.names import channel_name
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.response import Response, counts_by_day, lift_chart, response
from domain.marketing.decisions.experiments import Lift

APPROVED = Q(status=CopyVariant.Status.APPROVED)
KEPT = ~Q(status=CopyVariant.Status.DROPPED)
WRITTEN = KEPT & ~Q(written={})


@dataclass(frozen=True)
class Totals:
    """`response` is of the people who were written to on the same days, whichever texts they got."""

    texts: int = total(Count("pk", filter=KEPT))
    dropped: int = total(Count("pk", filter=~KEPT))
    approved: int = total(Count("pk", filter=APPROVED))
    reviewed: int = total(Count("pk", filter=APPROVED | Q(status=CopyVariant.Status.RETURNED)))
    approved_as_written: int = total(Count("pk", filter=APPROVED & WRITTEN & Q(edit_share=0)))
    approved_from_model: int = total(Count("pk", filter=APPROVED & WRITTEN))
    edit_share: float | None = total(Avg("edit_share", filter=APPROVED & WRITTEN), None)
    approval_seconds: float | None = total(
        Percentile("approval_seconds", fraction=0.5, filter=APPROVED), None
    )
    approval_p90_seconds: float | None = total(
        Percentile("approval_seconds", fraction=0.9, filter=APPROVED), None
    )
    cost: float = total(Sum("cost", default=0.0, output_field=FloatField()))
    response: Response = field(default_factory=Response)


def load(scope: Scope) -> Results[Totals]:
    texts = measure(_texts(scope), scope, Totals, moment="created_at", groups={"channels": ("channel",)})
    texts.groups["channels"].sort(key=lambda each: -each.totals.texts)
    counts = counts_by_day(scope.organisation, scope.period.first, scope.period.last)
    by_day: dict[date, list[Any]] = defaultdict(list)
    for row in counts:
        by_day[row["day"]].append(row)
    return replace(
        _with_response(scope, texts, counts),
        days=[Group(day.key, replace(day.totals, response=response(by_day[day.key]))) for day in texts.days],
    )


def load_totals(scope: Scope) -> Results[Totals]:
    texts = measure_totals(_texts(scope), scope, Totals, moment="created_at")
    return _with_response(
        scope, texts, counts_by_day(scope.organisation, scope.period.first, scope.period.last)
    )


def _texts(scope: Scope) -> OrganisationQuerySet[CopyVariant]:
    return CopyVariant.objects.within(scope.organisation)


def _with_response(scope: Scope, texts: Results[Totals], counts: list[Any]) -> Results[Totals]:
    before = scope.period.before
    counts_before = counts_by_day(scope.organisation, before.first, before.last)
    return replace(
        texts,
        now=replace(texts.now, response=response(counts)),
        before=replace(texts.before, response=response(counts_before)),
    )


def panels(scope: Scope, results: Results[Totals], actor: Actor) -> Iterator[Panel]:
    if chart := lift_chart(scope.organisation, scope.period.first, scope.period.last):
        yield chart
    if not results.now.texts:
        return
    yield Chart(
        title=_("Texts by day"),
        summary=_("Bar chart by day: %(count)d texts in total.") % {"count": results.now.texts},
        dates=[day.key for day in results.days],
        parts=[Part(_("Texts"), [day.totals.texts for day in results.days])],
    )
    yield Bars(
        title=_("Channels"),
        note=_("Number of texts; the second number is how many were approved."),
        items=[
            (
                channel_name(each.key[0]),
                each.totals.texts,
                f"{each.totals.texts:,}",
                f"{each.totals.approved:,}",
            )
            for each in results.groups["channels"]
        ],
        is_wide=True,
    )


def _rate(part: int, whole: int) -> Value:
    """Shares of a few in a hundred, so with a digit behind the point."""
    share = Share(part, whole)
    if share.percent is None:
        return share.value
    return replace(share.value, words=_("%(percent).1f%%") % {"percent": share.percent})


def _lift(lift: Lift | None, people: int) -> Value:
    if lift is None:
        return Value("percent", None, "–", people, _("No conversions in any control group yet"))
    percents = {"lift": 100 * lift.value, "low": 100 * lift.low, "high": 100 * lift.high}
    note = _("95%% interval %(low)+.0f%% to %(high)+.0f%%") % percents
    return Value("percent", 100 * lift.value, _("%(lift)+.0f%%") % percents, people, note)


METRICS: tuple[Metric[Totals], ...] = (
    Metric(
        "texts",
        gettext_lazy("Texts"),
        gettext_lazy("Texts written in this period, excluding rejected ones."),
        lambda totals: count(totals.texts),
        is_headline=True,
    ),
    Metric(
        "dropped",
        gettext_lazy("Failed checks"),
        gettext_lazy("Variants that still broke a rule after two repairs and were not shown."),
        lambda totals: Share(totals.dropped, totals.texts + totals.dropped).value,
        better=-1,
    ),
    Metric(
        "accepted",
        pgettext_lazy("share", "Approved"),
        gettext_lazy("Share of reviewed texts that are approved."),
        lambda totals: Share(totals.approved, totals.reviewed).value,
        better=1,
        is_headline=True,
    ),
    Metric(
        "approved_as_written",
        gettext_lazy("Approved unedited"),
        gettext_lazy("Share of approved model texts that were not edited."),
        lambda totals: Share(totals.approved_as_written, totals.approved_from_model).value,
        better=1,
    ),
    Metric(
        "edit_share",
        gettext_lazy("Manual edits"),
        gettext_lazy("Average share of a model's text that was rewritten before approval."),
        lambda totals: ratio(totals.edit_share, totals.approved_from_model),
        better=-1,
    ),
    Metric(
        "time_to_approval",
        gettext_lazy("Brief-to-approval time"),
        gettext_lazy("Median time from first saving the brief to approval."),
        lambda totals: duration(totals.approval_seconds, totals.approved, totals.approval_p90_seconds),
        better=-1,
    ),
    Metric(
        "cost_of_a_thousand",
        gettext_lazy("Cost of 1,000 texts"),
        gettext_lazy("Cost of model calls at endpoint prices per 1,000 kept texts."),
        # What was dropped has cost, too.
        lambda totals: mean(totals.cost * 1000 / totals.texts if totals.texts else None, totals.texts),
        better=-1,
    ),
    Metric(
        "people",
        gettext_lazy("People reached"),
        gettext_lazy("Messages sent in this period, excluding simulated campaigns and control groups."),
        lambda totals: count(totals.response.people),
        is_headline=True,
    ),
    Metric(
        "click_rate",
        gettext_lazy("Click rate"),
        gettext_lazy("Share of people reached in this period who clicked, at any time."),
        lambda totals: _rate(totals.response.clicks, totals.response.people),
        better=1,
    ),
    Metric(
        "click_lift",
        gettext_lazy("Click lift"),
        gettext_lazy(
            "Additional visits over the control groups, each campaign against its own, by segment "
            "(Mantel-Haenszel). The control group has no links; its visits are reported by the API."
        ),
        lambda totals: _lift(totals.response.click_lift, totals.response.people),
        better=1,
    ),
    Metric(
        "conversion_rate",
        gettext_lazy("Conversion rate"),
        gettext_lazy("Share of people reached in this period who bought, at any time."),
        lambda totals: _rate(totals.response.conversions, totals.response.people),
        better=1,
    ),
    Metric(
        "conversion_lift",
        gettext_lazy("Conversion lift"),
        gettext_lazy(
            "Additional purchases over the control groups, each campaign against its own, by segment "
            "(Mantel-Haenszel)."
        ),
        lambda totals: _lift(totals.response.conversion_lift, totals.response.people),
        better=1,
    ),
)
REPORT = Report(
    name="marketing",
    permission="marketing.use",
    load=load,
    load_totals=load_totals,
    metrics=METRICS,
    panels=panels,
    has_values=lambda results: results.now.texts + results.now.dropped + results.now.response.people > 0,
    empty=Empty(
        gettext_lazy("No copy in this period"),
        gettext_lazy("Texts written, approved unedited, and their cost."),
        (gettext_lazy("Create a brief"), "marketing:new_brief"),
    ),
    worth=ValueMetric[Totals](
        Work.TEXT,
        done=lambda totals: totals.approved,
        done_label=gettext_lazy("approved texts"),
        spared=lambda totals: totals.approved_from_model * (1 - min(totals.edit_share or 0, 1)),
        spared_label=gettext_lazy("model texts minus rewritten parts"),
    ),
)

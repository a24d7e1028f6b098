"""What the platform is worth: the report whose metrics are the figures, so that files, the API and mails have them too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.analytics.panels import Chart, Panel, Part, Tone
from apps.analytics.reports import Card, Empty, Metric, Report, Results, Scope
from apps.analytics.value_metrics import Work
from apps.analytics.values import MIN_SAMPLE
from apps.core.tables import Row
from apps.dashboards.rollups.settings import ANALYTICS_SETTINGS
from apps.dashboards.value import calculations
from apps.dashboards.value.calculations import Figure
from apps.dashboards.value.totals import Totals, load, load_totals


class ValueReport(Report[Results[Totals]]):
    """Nothing is kept but what the desks' own reports keep: an assumption that somebody changed counts at once."""

    def results(self, scope: Scope, *, max_age: int | None = None) -> Results[Totals]:
        return self.load(scope)

    def totals(self, scope: Scope) -> Results[Totals]:
        return load_totals(scope)

    def rows(self, results: Results[Totals]) -> list[Row]:
        """Each figure with its formula, the numbers put in, and what it lacks."""
        return [
            {
                "metric": card.metric.key,
                "name": str(card.metric.label),
                "unit": card.value.unit,
                "now": card.value.number,
                "before": card.before.number,
                "sample": card.value.sample,
                "formula": figure.formula,
                "missing": " ".join(figure.missing),
            }
            for card in self.cards(results)
            if isinstance(figure := card.value, Figure)
        ]


@dataclass(frozen=True, kw_only=True)
class FigurePanel(Panel):
    """Each figure with how it was made, also where there is nothing to count: then it says what it lacks."""

    template: ClassVar[str] = "dashboards/value/figures.html"
    cards: Sequence[Card]

    @property
    def lines(self) -> list[tuple[Card, bool]]:
        """Each card, and whether its line is shown: not where too few days have it, or it never moves."""
        return [(card, _is_line(card.numbers)) for card in self.cards]


METRICS: tuple[Metric[Totals], ...] = (
    Metric(
        "resolution_rate",
        _("Resolution rate"),
        _("Share of conversations resolved without staff and not reopened within 24 hours."),
        calculations.resolution_rate,
        better=1,
    ),
    Metric(
        "staff_hours",
        _("Staff hours saved"),
        _("Automated work multiplied by the assumed staff minutes."),
        calculations.staff_hours,
        better=1,
    ),
    Metric(
        "cost_per_conversation",
        _("Cost per resolved conversation"),
        _("Model costs plus staff time for conversations with staff involved."),
        lambda totals: calculations.cost_per_piece(totals, Work.CONVERSATION),
        better=-1,
    ),
    Metric(
        "cost_per_thousand_texts",
        _("Cost per 1,000 approved texts"),
        _("Model costs plus staff time for rewritten parts."),
        lambda totals: calculations.cost_per_piece(totals, Work.TEXT, 1000),
        better=-1,
    ),
    Metric(
        "cost_per_record",
        _("Cost per signed record"),
        _("Model costs plus staff time for rewritten parts."),
        lambda totals: calculations.cost_per_piece(totals, Work.RECORD),
        better=-1,
    ),
    Metric(
        "gpu_hours",
        _("GPU hours per 1,000 answers"),
        _("GPU time of self-hosted models per 1,000 answers."),
        calculations.gpu_hours,
        better=-1,
    ),
    Metric(
        "dense_ratio",
        _("Compute saved by MoE"),
        _(
            "How many times more operations per token a dense model of the same size needs. This is what experts (MoE) save."
        ),
        calculations.dense_against_sparse,
    ),
)
_TONES: tuple[Tone, ...] = ("accent", "accent-line", "neutral")


def panels(scope: Scope, results: Results[Totals], actor: Actor) -> Iterator[Panel]:
    """The figures, and the hours saved by day, of each kind of work."""
    yield FigurePanel(title=REPORT.label, cards=REPORT.cards(results))
    days = [day.totals for day in results.days]
    parts = [
        Part(
            results.now.works[work].spared_label,
            [calculations.hours_of_work(day, work) for day in days],
            tone,
        )
        for work, tone in zip(results.now.works, _TONES, strict=False)
    ]
    total = calculations.staff_hours(results.now)
    if total.number:
        yield Chart(
            title=_("Staff hours saved by day"),
            summary=gettext("Bar chart by day: %(hours)s saved in total.") % {"hours": total.text},
            dates=[day.key for day in results.days],
            parts=parts,
        )


def _is_line(numbers: Sequence[float | None]) -> bool:
    known = [number for number in numbers if number is not None]
    return len(known) >= MIN_SAMPLE and len(set(known)) > 1


REPORT: Report[Any] = ValueReport(
    name="value",
    label=pgettext_lazy("business", "Value"),
    page_name="dashboards:value",
    export_name="dashboards:export_value",
    template="dashboards/value/value.html",
    permission="analytics.view",
    load=load,
    metrics=METRICS,
    panels=panels,
    time_zone=lambda organisation: ANALYTICS_SETTINGS.read(organisation).time_zone,
    has_values=lambda results: (
        any(work.done for work in results.now.works.values()) or results.now.calls.own_answers > 0
    ),
    empty=Empty(
        _("No completed work in this period"),
        _("Value appears here once a conversation is resolved, a record signed or a text approved."),
        (_("Open the start page"), "portal:home"),
    ),
)

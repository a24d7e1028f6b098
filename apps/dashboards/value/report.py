"""What the platform is worth: the report whose metrics are the figures, so that files, the API and mails have them too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.analytics.panels import Chart, Panel, Part, Tone
from apps.analytics.reports import Empty, Metric, Report, Results, Scope
from apps.analytics.value_metrics import Work
from apps.core.errors import Text
from apps.core.tables import Row
from apps.dashboards.value import calculations
from apps.dashboards.value.calculations import Figure
from apps.dashboards.value.totals import Totals, analytics_settings, load, load_totals

Claim = Callable[[Totals], Figure]


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
                "formula": (figure := CLAIMS[card.metric.key](results.now)).formula,
                "missing": " ".join(figure.missing),
            }
            for card in self.cards(results)
        ]


@dataclass(frozen=True)
class _Named:
    key: str
    label: Text
    explanation: Text
    claim: Claim
    better: int


_FIGURES = (
    _Named(
        "resolution_rate",
        _("Resolution rate"),
        _("Share of conversations resolved without staff and not reopened within 24 hours."),
        calculations.resolution_rate,
        1,
    ),
    _Named(
        "staff_hours",
        _("Staff hours saved"),
        _("Automated work multiplied by the assumed staff minutes."),
        calculations.staff_hours,
        1,
    ),
    _Named(
        "cost_per_conversation",
        _("Cost per resolved conversation"),
        _("Model costs plus staff time for conversations with a staff reply."),
        lambda totals: calculations.cost_per_piece(totals, Work.CONVERSATION),
        -1,
    ),
    _Named(
        "cost_per_thousand_texts",
        _("Cost per 1,000 approved texts"),
        _("Model costs plus staff time for rewritten parts."),
        lambda totals: calculations.cost_per_piece(totals, Work.TEXT, 1000),
        -1,
    ),
    _Named(
        "cost_per_record",
        _("Cost per signed record"),
        _("Model costs plus staff time for rewritten parts."),
        lambda totals: calculations.cost_per_piece(totals, Work.RECORD),
        -1,
    ),
    _Named(
        "gpu_hours",
        _("GPU hours per 1,000 answers"),
        _("GPU time of self-hosted models per 1,000 answers."),
        calculations.gpu_hours,
        -1,
    ),
    _Named(
        "dense_ratio",
        _("Dense model vs. this model"),
        _(
            "How many times more operations per token a dense model of the same size needs. This is what experts (MoE) save."
        ),
        calculations.dense_against_sparse,
        0,
    ),
)
_TONES: tuple[Tone, ...] = ("accent", "accent-line", "neutral")
CLAIMS: dict[str, Claim] = {each.key: each.claim for each in _FIGURES}


def _metric(named: _Named) -> Metric[Totals]:
    def note(totals: Totals) -> str:
        figure = named.claim(totals)
        return " ".join(filter(None, [figure.formula, *figure.missing]))

    return Metric(
        named.key,
        named.label,
        named.explanation,
        lambda totals: named.claim(totals).value,
        better=named.better,
        note=note,
    )


def panels(scope: Scope, results: Results[Totals], actor: Actor) -> Iterator[Panel]:
    """Hours saved by day, of each kind of work."""
    days = [day.totals for day in results.days]
    parts = [
        Part(
            results.now.works[work].spared_label,
            [calculations.hours_of_work(day, work) for day in days],
            tone,
        )
        for work, tone in zip(results.now.works, _TONES, strict=False)
    ]
    total = calculations.staff_hours(results.now).value
    if total.number:
        yield Chart(
            title=_("Staff hours saved by day"),
            summary=gettext("Bar chart by day: %(hours)s saved in total.") % {"hours": total.text},
            dates=[day.key for day in results.days],
            parts=parts,
        )


REPORT: Report[Any] = ValueReport(
    name="value",
    label=pgettext_lazy("business", "Value"),
    page_name="dashboards:value",
    permission="analytics.view",
    load=load,
    metrics=[_metric(each) for each in _FIGURES],
    panels=panels,
    time_zone=lambda organisation: analytics_settings(organisation).time_zone,
    has_values=lambda results: (
        any(work.done for work in results.now.works.values()) or results.now.calls.own_answers > 0
    ),
    empty=Empty(
        _("No completed work in this period"),
        _("Value appears here once a conversation is resolved, a record signed or a text approved."),
    ),
)

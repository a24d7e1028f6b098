"""How the day goes: the headlines of the reports that somebody may see, and whether the models answer.

Nothing here counts by itself: the numbers are the reports' own, from their cache where somebody looked a moment ago.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, zip_longest
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.analytics import periods
from apps.analytics.charts import Drawing, sparkline
from apps.analytics.reports import PAST_CACHE_SECONDS, Metric, Report, Scope, all_reports
from apps.analytics.values import Change
from apps.core.errors import Text
from apps.inference import selectors as inference

MAX_CARDS = 5
WEEK_DAYS = 7


@dataclass(frozen=True)
class TodayCard:
    """A number of today beside the seven days before. `line`: over all eight."""

    source: Text
    metric: Metric[Any]
    url: str
    text: str
    usual: str
    change: Change | None
    line: Drawing | None

    @property
    def tone(self) -> str:
        direction = self.change.direction * self.metric.better if self.change else 0
        return {1: "good", -1: "bad"}.get(direction, "")


@dataclass(frozen=True)
class ModelHealth:
    """Whether the models answer, as a sentence. `url` is empty for whom the page of the models is not."""

    text: str
    tone: str
    url: str


def today_cards(actor: Actor) -> list[TodayCard]:
    """Five at most: the first headline of each report before the second of any, those with something to show first."""
    by_report = [list(_cards(report, actor)) for report in all_reports() if actor.may(report.permission)]
    by_report.sort(key=lambda cards: not any(card.line for card in cards))
    in_turns = chain.from_iterable(zip_longest(*by_report))
    cards = [card for card in in_turns if card is not None]
    return sorted(cards, key=lambda card: not card.line)[:MAX_CARDS]


def _cards(report: Report[Any], actor: Actor) -> Iterator[TodayCard]:
    headlines = [metric for metric in report.metrics if metric.is_headline]
    if not headlines:
        return
    organisation = actor.organisation
    day = periods.latest(1, report.time_zone(organisation))
    week = periods.between(
        day.first - timedelta(days=WEEK_DAYS), day.first - timedelta(days=1), day.time_zone
    )
    today = report.results(Scope(organisation, day))
    before = report.results(Scope(organisation, week), max_age=PAST_CACHE_SECONDS)
    if not report.has_values(before):
        # A week without anything may be one that is just being filled: by an import, or by the demo.
        before = report.results(Scope(organisation, week))
    has_values = report.has_values(today) or report.has_values(before)
    url = f"{reverse(report.page_address)}?days={WEEK_DAYS}"
    for metric in headlines:
        value, usual = metric.value(today.now), metric.value(before.now)
        if value.unit == "count":
            # A day that is not over is no less than a whole one: it is told beside it and not held against it.
            mean = (usual.number or 0) / WEEK_DAYS
            digits = 1 if 0 < mean < 10 else 0
            words, change = _("daily average %(mean)s") % {"mean": f"{mean:,.{digits}f}"}, None
        else:
            words = _("%(value)s in the last seven days") % {"value": usual.text}
            # What a day costs is a sum as well.
            change = None if value.unit == "money" else value.change(usual)
        days = [metric.value(each.totals).number for each in (*before.days, *today.days)]
        line = sparkline(days) if has_values else None
        yield TodayCard(report.title, metric, url, value.text, words, change, line)


def model_health(actor: Actor) -> ModelHealth | None:
    """None where no endpoint is in use. Names of endpoints are for those who may see them."""
    states = [each for each in inference.endpoint_states(actor.organisation) if each.endpoint.is_enabled]
    failing = [
        str(each.endpoint.title) for each in states if each.tone != "good" or inference.is_away(each.endpoint)
    ]
    if not states:
        return None
    may_look = actor.may("inference.view")
    url = reverse("inference:usage") if may_look else ""
    counts = {"failing": len(failing), "count": len(states)}
    if not failing:
        text = ngettext(
            "The model endpoint is healthy", "All %(count)d model endpoints are healthy", len(states)
        )
        return ModelHealth(text % counts, "good", url)
    text = ngettext(
        "%(failing)d of %(count)d model endpoints is not responding",
        "%(failing)d of %(count)d model endpoints are not responding",
        len(failing),
    )
    names = f": {', '.join(failing)}" if may_look else ""
    return ModelHealth(text % counts + names, "bad" if len(failing) == len(states) else "warn", url)

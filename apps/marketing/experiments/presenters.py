"""An experiment for people: the verdict in a sentence, lifts in words, and drawings of what is known of the rates."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import ClassVar
from uuid import UUID

import numpy as np
from django.utils.translation import gettext as _

from apps.analytics.charts import Drawing
from apps.analytics.panels import Panel
from apps.core.errors import Text
from apps.marketing.channels.names import in_order
from apps.marketing.experiments import selectors
from apps.marketing.experiments.models import Experiment
from apps.marketing.experiments.selectors import ArmFigures, ExperimentFigures, Totals
from domain.marketing.decisions.experiments import MIN_PROBABILITY_BEST, Lift
from domain.marketing.decisions.posteriors import BetaPosteriors

# Of a curve; more would not be seen.
CURVE_POINTS = 120
# What is drawn of a posterior: nearly all of it.
DRAWN_LEVEL = 0.998
MAX_TICKS = 6
# As many styles of lines as the style sheet has.
LINE_STYLES = 6


@dataclass(frozen=True)
class Line:
    label: Text
    style: int
    points: Sequence[tuple[float, float]]

    @property
    def key(self) -> Drawing:
        """How it looks, beside its name."""
        key = Drawing(css="experiment-key")
        key.line([(0, 0.5), (1, 0.5)], f"experiment-line experiment-line-{self.style}")
        return key


@dataclass(frozen=True, kw_only=True)
class LineChart(Panel):
    """Lines over a common axis, told apart by colour and dashes. `summary` is for who does not see it, as is the table."""

    template: ClassVar[str] = "marketing/experiments/lines.html"
    summary: Text
    lines: Sequence[Line]
    ticks: Sequence[tuple[float, str]]
    grid: Sequence[tuple[float, str]] = ((1.0, ""),)
    headings: Sequence[Text]
    rows: Sequence[Sequence[str]]
    is_wide: bool = True

    @property
    def has_values(self) -> bool:
        return bool(self.lines)

    @property
    def drawing(self) -> Drawing:
        drawing = Drawing(self.summary)
        drawing.grid(self.grid)
        for line in self.lines:
            drawing.line(line.points, f"experiment-line experiment-line-{line.style}", line.label)
        drawing.ticks(self.ticks)
        return drawing


@dataclass(frozen=True)
class ExperimentView:
    """What the page of an experiment says, in the reader's language."""

    figures: ExperimentFigures

    @property
    def experiment(self) -> Experiment:
        return self.figures.experiment

    @cached_property
    def verdict(self) -> str:
        figures, experiment = self.figures, self.experiment
        if experiment.status == Experiment.Status.DRAFT or not figures.arms:
            return _("Not started. Texts and links are locked at the start.")
        leader = max(figures.arms, key=lambda each: each.probability_best or 0.0)
        words = {"label": arm_name(leader), "percent": percent(leader.probability_best)}
        match figures.state:
            case "broken_split":
                return _(
                    "Sample ratio mismatch: group sizes differ from the planned shares. Do not rely on "
                    "these rates."
                )
            case "one_text":
                return _("Only one text, nothing to compare with.")
            case "winner":
                return _("“%(label)s” wins with a %(percent)s probability of being best.") % words
            case "equal":
                return _("All texts perform equally: choosing any of them costs less than 1%%.")
            case "too_few_trials":
                numbers = {"count": figures.fewest_exposures, "least": experiment.min_exposures}
                return _("No winner yet. The smallest group has %(count)d of %(least)d people.") % numbers
        needed = {"needed": percent(MIN_PROBABILITY_BEST)}
        return _(
            "No winner yet. “%(label)s” leads with a %(percent)s probability of being best; %(needed)s "
            "is needed."
        ) % (words | needed)

    @property
    def tone(self) -> str:
        return {"winner": "good", "broken_split": "bad", "equal": "good"}.get(self.figures.state, "live")

    @property
    def stop_reason(self) -> str:
        """What the platform says of itself is translated; what a person wrote stays as it is."""
        return _(self.experiment.stop_reason) if self.experiment.stop_reason else ""

    @property
    def guardrail(self) -> str:
        breached = [each for each in self.figures.arms if each.is_breached]
        if breached:
            names = ", ".join(f"“{arm_name(each)}”" for each in breached)
            return _("Exceeded: %(names)s causes too many unsubscribes.") % {"names": names}
        return _("OK: no text exceeds the others in unsubscribes by more than %(percent)s.") % {
            "percent": percent(self.experiment.max_unsubscribe_increase)
        }

    @property
    def sample_ratio(self) -> str:
        ratio = self.figures.sample_ratio
        if ratio is None:
            return "–"
        words = _("mismatch (p = %(p).4f)") if ratio.is_mismatch else _("as planned (p = %(p).2f)")
        return words % {"p": ratio.p_value}

    @property
    def note(self) -> str:
        return _("Simulated data, not real behaviour.") if self.experiment.is_simulated else ""

    @property
    def messages_lift(self) -> str:
        return lift_text(self.figures.messages_lift) if self.figures.messages_lift else ""

    @property
    def baseline_name(self) -> str:
        return next((arm_name(each) for each in self.figures.arms if each.arm == self.figures.baseline), "–")

    @property
    def rows(self) -> list["ArmRow"]:
        return [ArmRow(each, self.figures) for each in self.figures.arms]

    @property
    def strata(self) -> list[tuple[str, list[str]]]:
        """Segment → the share of each arm there now; nothing where there are no segments."""
        names = {str(segment.pk): segment.name for segment in self.experiment.segments.all()}
        if not names:
            return []
        return [
            (
                names.get(key) or _("in no segment"),
                [percent(shares.get(str(each.arm.pk))) for each in self.figures.arms],
            )
            for key, shares in self.experiment.shares.items()
        ]

    @property
    def charts(self) -> list[LineChart]:
        return [self._posterior_chart(), self._daily_chart()] if self._compared else []

    def _posterior_chart(self) -> LineChart:
        arms = self._compared
        posteriors = BetaPosteriors.after([each.successes for each in arms], [each.trials for each in arms])
        reach = posteriors.intervals(DRAWN_LEVEL)
        low, high = float(reach[:, 0].min()), float(reach[:, 1].max())
        rates = np.linspace(low, high, CURVE_POINTS)
        heights = posteriors.densities(rates)
        heights = np.nan_to_num(heights, posinf=0.0)
        lines = [
            _line(each, zip(rates, row, strict=True), (low, high), heights.max())
            for each, row in zip(arms, heights, strict=True)
        ]
        is_empty, step = not self.figures.exposures, max((high - low) / MAX_TICKS, 1e-9)
        return LineChart(
            title=_("Rate estimates"),
            note=self.note,
            explanation=_(
                "Each curve shows the estimate of a rate. Narrower means more certain; where two "
                "overlap, either could be better."
            ),
            empty=_("No exposures yet."),
            summary=_("Posterior densities of %(count)d rates between %(low)s and %(high)s.")
            % {"count": len(arms), "low": percent(low), "high": percent(high)},
            lines=[] if is_empty else lines,
            ticks=[
                (_share(float(tick), (low, high)), percent(float(tick), step=step))
                for tick in np.linspace(low, high, MAX_TICKS)
            ],
            headings=[_("Text"), _("Rate"), _("95% interval"), _("Probability of being the best")],
            rows=[[row.name, row.rate, row.interval, row.probability_best] for row in self.rows],
        )

    @property
    def _compared(self) -> list[ArmFigures]:
        return [each for each in self.figures.arms if each.probability_best is not None]

    def _daily_chart(self) -> LineChart:
        """The rate of all who came until each day."""
        daily, metric = selectors.daily_totals(self.experiment), self.experiment.metric
        days, arms = list(daily), self._compared
        rates = {each.arm.pk: _rates_until(each, daily, metric) for each in arms}
        high = max((rate for row in rates.values() for rate in row if rate is not None), default=0.0) or 1.0
        span = (0.0, max(float(len(days) - 1), 1.0))
        known = {
            pk: [(place, rate) for place, rate in enumerate(row) if rate is not None]
            for pk, row in rates.items()
        }
        lines = [_line(each, known[each.arm.pk], span, high) for each in arms]
        return LineChart(
            title=_("Rates by day"),
            note=self.note,
            explanation=_("Of everyone shown a message up to that day, whenever they acted."),
            empty=_("The chart appears once there are two days of data."),
            summary=_("Rates of %(count)d texts over %(days)d days.")
            % {"count": len(arms), "days": len(days)},
            lines=lines if len(days) > 1 else [],
            ticks=_day_ticks(days, span),
            grid=[(1 - share, percent(share * high)) for share in (0, 0.5, 1)],
            headings=[_("Day"), *(arm_name(each) for each in arms)],
            rows=[
                [str(day), *(percent(rates[each.arm.pk][place]) for each in arms)]
                for place, day in enumerate(days)
            ],
        )


@dataclass(frozen=True)
class ArmRow:
    """An arm in words; what is not known is a dash."""

    figures: ArmFigures
    of: ExperimentFigures

    @property
    def name(self) -> str:
        return arm_name(self.figures)

    @property
    def people(self) -> str:
        return f"{int(self.figures.totals.exposures):,}"

    @property
    def rate(self) -> str:
        return percent(self.figures.rate)

    @property
    def interval(self) -> str:
        if self.figures.rate is None:
            return _("no data yet")
        return f"{percent(self.figures.low)} – {percent(self.figures.high)}"

    @property
    def probability_best(self) -> str:
        return percent(self.figures.probability_best) if self.figures.totals.exposures else "–"

    @property
    def lift(self) -> str:
        return lift_text(self.figures.lift)

    @property
    def conversion_lift(self) -> str:
        return lift_text(self.figures.conversion_lift)

    @property
    def share(self) -> str:
        return percent(self.figures.share)

    @property
    def texts(self) -> list[str]:
        arm = self.figures.arm
        return [text for text in in_order(arm.channel, arm.texts).values() if text]

    @property
    def is_winner(self) -> bool:
        return self.of.experiment.winner_id == self.figures.arm.pk


def arm_name(figures: ArmFigures) -> str:
    """The control has no words of its own."""
    return _("Control: no message") if figures.arm.is_control else figures.arm.label


def percent(rate: float | None, *, step: float = 0.01) -> str:
    """A rate with as many digits as a rate of clicks needs. `step`: the distance of two that must not read alike."""
    if rate is None:
        return "–"
    digits = 0 if rate >= 0.995 else 2 if 0 < rate < 0.01 else 1
    return f"{100 * rate:.{max(digits, math.ceil(-math.log10(100 * step)))}f}%"


def lift_text(lift: Lift | None) -> str:
    """“+12 % (−3 % to +29 %)”."""
    if lift is None:
        return "–"
    value, low, high = (f"{100 * each:+.0f}%".replace("-", "−") for each in (lift.value, lift.low, lift.high))
    return _("%(value)s (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}


def _rates_until(
    figures: ArmFigures, daily: Mapping[date, Mapping[UUID, Totals]], metric: str
) -> list[float | None]:
    rates: list[float | None] = []
    so_far = Totals()
    for of_day in daily.values():
        so_far += of_day.get(figures.arm.pk, Totals())
        rates.append(so_far.successes(metric) / so_far.exposures if so_far.exposures else None)
    return rates


def _line(
    figures: ArmFigures, points: Iterable[tuple[float, float]], span: tuple[float, float], high: float
) -> Line:
    places = [(_share(float(place), span), 1 - float(value) / (high or 1.0)) for place, value in points]
    return Line(arm_name(figures), figures.arm.position % LINE_STYLES, places)


def _day_ticks(days: Sequence[date], span: tuple[float, float]) -> list[tuple[float, str]]:
    step = max(1, -(-len(days) // MAX_TICKS))
    return [(_share(place, span), f"{days[place]:%m-%d}") for place in range(0, len(days), step)]


def _share(value: float, span: tuple[float, float]) -> float:
    low, high = span
    return (value - low) / ((high - low) or 1.0)

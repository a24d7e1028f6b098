"""Experiments and what they have found so far: counts, rates with intervals, what may be believed of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal
from uuid import UUID

import numpy as np
from django.db.models import Count, Sum

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.marketing.experiments.models import (
    ArmCount,
    EventBatch,
    EventIntake,
    Experiment,
    ExperimentArm,
    Exposure,
    LeftOutRevenue,
)
from domain.marketing.decisions.arrays import Floats
from domain.marketing.decisions.bandits import SegmentPosteriors
from domain.marketing.decisions.experiments import (
    Lift,
    Moments,
    SampleRatio,
    State,
    Verdict,
    check_sample_ratio,
    in_same_mix,
    is_guardrail_breached,
    judge,
    mean_lift,
    rate_lift,
    stratified_lift,
)
from domain.marketing.decisions.posteriors import BetaPosteriors

# A guardrail is looked at after every count, and may end an experiment: it must be as sure as the stop rule is.
GUARDRAIL_LEVEL = 0.998

ExperimentState = State | Literal["one_text"]


@dataclass(frozen=True)
class Totals:
    """The counts of an arm, all in all or in a segment or on a day; the names are those of `ArmCount`."""

    exposures: float = 0
    expected: float = 0
    opens: float = 0
    clicks: float = 0
    conversions: float = 0
    unsubscribes: float = 0
    revenue: float = 0
    revenue_squares: float = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(*(getattr(self, name) + getattr(other, name) for name in TOTALS))

    def successes(self, metric: str) -> float:
        return self.clicks if metric == Experiment.Metric.CLICK else self.conversions

    @property
    def moments(self) -> Moments:
        return Moments(self.exposures, self.revenue, self.revenue_squares)


TOTALS = tuple(field.name for field in fields(Totals))


@dataclass(frozen=True)
class ArmFigures:
    """`rate`: None without people; with segments in the same mix of them as the other arms, see `in_same_mix`, as are
    `successes` and `trials`. `probability_best` and `loss`: None of what is not compared, as the control of clicks.

    `lift`: of the rate, against the baseline. `conversion_lift`, `revenue_lift`: against the control, where there is one.
    """

    arm: ExperimentArm
    totals: Totals
    successes: float
    trials: float
    rate: float | None
    low: float
    high: float
    probability_best: float | None
    expected_loss: float | None
    share: float
    lift: Lift | None
    conversion_lift: Lift | None
    revenue_lift: Lift | None
    is_breached: bool


@dataclass(frozen=True)
class ExperimentFigures:
    """`baseline`: the control where conversions count, else the first arm; None of an experiment without any.

    `messages_lift`: of conversions, all who were written to against the control. `fewest_exposures`: of the arm with the
    fewest, to be held against the stated sample.
    """

    experiment: Experiment
    state: ExperimentState
    arms: list[ArmFigures]
    baseline: ExperimentArm | None
    winner: ExperimentArm | None
    sample_ratio: SampleRatio | None
    messages_lift: Lift | None
    fewest_exposures: int

    @property
    def exposures(self) -> int:
        return int(sum(each.totals.exposures for each in self.arms))

    @property
    def breached(self) -> list[ExperimentArm]:
        return [each.arm for each in self.arms if each.is_breached]


def experiment_list(organisation: Organisation) -> OrganisationQuerySet[Experiment]:
    rows = Experiment.objects.within(organisation).select_related("brief", "winner", "member__user")
    return rows.prefetch_related("arms").order_by("-id")


def intake(organisation: Organisation) -> EventIntake:
    """What has come in; unsaved zeros where nothing ever did."""
    return EventIntake.objects.within(organisation).first() or EventIntake(organisation=organisation)


@dataclass(frozen=True)
class AfterEnd:
    """People who got the winner after the experiment had ended, and how many of them did something."""

    people: int = 0
    clicks: int = 0
    conversions: int = 0
    unsubscribes: int = 0
    revenue: float = 0.0


def after_end(experiment: Experiment) -> AfterEnd:
    """Apart from the figures of the arms: nobody was drawn for a control or another text beside them."""
    rows = Exposure.objects.within(experiment.organisation_id).filter(
        experiment=experiment, is_compared=False
    )
    sums = rows.aggregate(
        people=Count("pk"),
        clicks=Count("clicked_at"),
        conversions=Count("converted_at"),
        unsubscribes=Count("unsubscribed_at"),
        revenue=Sum("revenue", default=0.0),
    )
    return AfterEnd(**sums)


def left_out_revenue(experiment: Experiment) -> OrganisationQuerySet[LeftOutRevenue]:
    """Orders whose value does not count, the dearest reason first."""
    rows = LeftOutRevenue.objects.within(experiment.organisation_id).filter(experiment=experiment)
    return rows.order_by("-revenue", "reason")


def waiting_batches(organisation: Organisation) -> int:
    return EventBatch.objects.within(organisation).count()


def segment_totals(experiment: Experiment) -> dict[UUID | None, dict[UUID, Totals]]:
    """Segment (None: in none) → arm → totals. Only what has people."""
    return _totals_by("segment_id", experiment)


def daily_totals(experiment: Experiment) -> dict[date, dict[UUID, Totals]]:
    """Day of the exposures → arm → totals, in order; days without exposures are left out."""
    return _totals_by("day", experiment)


def _totals_by(column: str, experiment: Experiment) -> dict[Any, dict[UUID, Totals]]:
    rows = ArmCount.objects.within(experiment.organisation_id).filter(arm__experiment=experiment)
    sums = rows.values(column, "arm_id").annotate(**{f"sum_{key}": Sum(key) for key in TOTALS})
    totals: dict[Any, dict[UUID, Totals]] = {}
    for row in sums.order_by(column):
        totals.setdefault(row[column], {})[row["arm_id"]] = Totals(
            *(row[f"sum_{key}"] or 0 for key in TOTALS)
        )
    return totals


def compared_arms(experiment: Experiment, arms: Sequence[ExperimentArm]) -> list[ExperimentArm]:
    """The texts; where conversions count and there is one text alone, that and the control."""
    texts = [arm for arm in arms if not arm.is_control]
    counts_conversions = experiment.metric == Experiment.Metric.CONVERSION
    return list(arms) if len(texts) == 1 and counts_conversions else texts


def experiment_figures(experiment: Experiment) -> ExperimentFigures:
    """Counted anew from what stands in the counts now, of a stopped experiment too."""
    comparison = _Comparison.make(experiment)
    arms, compared, totals = comparison.arms, comparison.compared, comparison.totals
    ratio = _sample_ratio(list(totals.values()))
    verdict = comparison.verdict
    state: ExperimentState = verdict.state if verdict else "one_text"
    if ratio and ratio.is_mismatch:
        state = "broken_split"
    elif len(compared) < 2:
        state = "one_text"
    place = verdict.winner if verdict else None
    return ExperimentFigures(
        experiment=experiment,
        state=state,
        arms=[comparison.arm_figures(arm) for arm in arms],
        baseline=comparison.baseline,
        winner=compared[place] if state == "winner" and place is not None else None,
        sample_ratio=ratio,
        messages_lift=comparison.messages_lift,
        fewest_exposures=int(min((totals[arm.pk].exposures for arm in compared), default=0)),
    )


def segment_posteriors(
    experiment: Experiment,
) -> tuple[list[ExperimentArm], dict[UUID | None, BetaPosteriors]]:
    """The arms, and in each segment (None: whoever is in none) the posteriors of their rates, in the same order."""
    arms, by_segment = list(experiment.arms.all()), segment_totals(experiment)
    segments: list[UUID | None] = [*(segment.pk for segment in experiment.segments.all()), None]
    # Of a segment that was taken out of the experiment, what was counted still teaches the others.
    segments += [key for key in by_segment if key not in segments]
    cells = [[by_segment.get(key, {}).get(arm.pk, Totals()) for arm in arms] for key in segments]
    successes = np.array([[cell.successes(experiment.metric) for cell in row] for row in cells], dtype=float)
    trials = np.array([[cell.exposures for cell in row] for row in cells], dtype=float)
    posteriors = SegmentPosteriors.after(successes, trials).segments
    return arms, dict(zip(segments, posteriors, strict=True))


def mean_shares(
    experiment: Experiment, by_segment: Mapping[UUID | None, Mapping[UUID, Totals]]
) -> dict[str, float]:
    """Arm's id → its share now, over the segments by how many people came of each."""
    weights = {
        key: sum(each.exposures for each in by_segment.get(UUID(key) if key else None, {}).values())
        for key in experiment.shares
    }
    whole = sum(weights.values())
    mean: dict[str, float] = {}
    for key, shares in experiment.shares.items():
        weight = weights[key] / whole if whole else 1 / len(experiment.shares)
        for arm, share in shares.items():
            mean[arm] = mean.get(arm, 0.0) + weight * share
    return mean


@dataclass(frozen=True)
class _Comparison:
    """The arms of an experiment held against each other; `compared` are those of which one may win."""

    experiment: Experiment
    arms: list[ExperimentArm]
    compared: list[ExperimentArm]
    totals: Mapping[UUID, Totals]
    strata: Sequence[Mapping[UUID, Totals]]
    shares: Mapping[str, float]
    verdict: Verdict | None

    @classmethod
    def make(cls, experiment: Experiment) -> "_Comparison":
        arms, by_segment = list(experiment.arms.all()), segment_totals(experiment)
        totals = {
            arm.pk: sum((each.get(arm.pk, Totals()) for each in by_segment.values()), Totals())
            for arm in arms
        }
        compared, strata = compared_arms(experiment, arms), list(by_segment.values())
        verdict = None
        if compared:
            counts = _in_same_mix(strata, compared, experiment.metric)
            people = [totals[arm.pk].exposures for arm in compared]
            verdict = judge(*counts, min_trials=experiment.min_exposures, people=people)
        return cls(experiment, arms, compared, totals, strata, mean_shares(experiment, by_segment), verdict)

    @property
    def control(self) -> ExperimentArm | None:
        return next((arm for arm in self.arms if arm.is_control), None)

    @property
    def baseline(self) -> ExperimentArm | None:
        counts_conversions = self.experiment.metric == Experiment.Metric.CONVERSION
        return (self.control if counts_conversions else None) or next(iter(self.arms), None)

    @property
    def messages_lift(self) -> Lift | None:
        control = self.control
        if control is None:
            return None
        return self._lift(
            [control], [arm for arm in self.arms if arm != control], lambda each: each.conversions
        )

    def _lift(
        self,
        base: Sequence[ExperimentArm],
        arms: Sequence[ExperimentArm],
        successes: Callable[[Totals], float],
        *,
        level: float = 0.95,
    ) -> Lift | None:
        """Segment by segment where there are several; where a side has no success in any, all in all."""
        sides = [[_sum(stratum, each) for stratum in self.strata] for each in (base, arms)]
        counts = [([successes(each) for each in side], [each.exposures for each in side]) for side in sides]
        if len(self.strata) > 1 and (lift := stratified_lift(*counts, level=level)):
            return lift
        control, treated = ((sum(won), sum(people)) for won, people in counts)
        return rate_lift(control, treated, level=level)

    def arm_figures(self, arm: ExperimentArm) -> ArmFigures:
        own, metric, control = self.totals[arm.pk], self.experiment.metric, self.control
        place = self.compared.index(arm) if arm in self.compared else None
        counts = _in_same_mix(self.strata, self.compared if place is not None else [arm], metric)
        successes, trials = (float(each[place or 0]) for each in counts)
        ((low, high),) = BetaPosteriors.after([successes], [trials]).intervals()
        verdict = self.verdict if place is not None else None
        lift = conversion_lift = revenue_lift = None
        baseline = self.baseline
        if baseline and arm != baseline and not (arm.is_control and metric == Experiment.Metric.CLICK):
            lift = self._lift([baseline], [arm], lambda each: each.successes(metric))
        if control and control != arm:
            conversion_lift = self._lift([control], [arm], lambda each: each.conversions)
            revenue_lift = mean_lift(
                *([_sum(stratum, [each]).moments for stratum in self.strata] for each in (control, arm))
            )
        return ArmFigures(
            arm=arm,
            totals=own,
            successes=successes,
            trials=trials,
            rate=successes / trials if trials else None,
            low=float(low),
            high=float(high),
            probability_best=float(verdict.probabilities_best[place]) if verdict else None,
            expected_loss=float(verdict.expected_losses[place]) if verdict else None,
            share=self.shares.get(str(arm.pk), arm.planned_share),
            lift=lift,
            conversion_lift=conversion_lift,
            revenue_lift=revenue_lift,
            is_breached=self.is_breached(arm),
        )

    def is_breached(self, arm: ExperimentArm) -> bool:
        """Whether more people surely unsubscribe after this text than after the others, by more than is allowed."""
        others = [each for each in self.arms if each != arm and not each.is_control]
        if arm.is_control or not sum(self.totals[each.pk].exposures for each in others):
            return False
        lift = self._lift(others, [arm], lambda each: each.unsubscribes, level=GUARDRAIL_LEVEL)
        return is_guardrail_breached(lift, self.experiment.max_unsubscribe_increase)


def _in_same_mix(
    strata: Sequence[Mapping[UUID, Totals]], arms: Sequence[ExperimentArm], metric: str
) -> tuple[Floats, Floats]:
    """Successes and trials of each arm as if all of them had met the same segments."""
    cells = [[stratum.get(arm.pk, Totals()) for arm in arms] for stratum in strata or [{}]]
    successes = [[cell.successes(metric) for cell in row] for row in cells]
    return in_same_mix(successes, [[cell.exposures for cell in row] for row in cells])


def _sum(stratum: Mapping[UUID, Totals], arms: Sequence[ExperimentArm]) -> Totals:
    return sum((stratum.get(arm.pk, Totals()) for arm in arms), Totals())


def _sample_ratio(totals: Sequence[Totals]) -> SampleRatio | None:
    """Against what the shares of each moment promised, so it holds for a split that learns, too."""
    expected: Floats = np.array([each.expected for each in totals], dtype=float)
    if not expected.sum() > 0:
        return None
    return check_sample_ratio([each.exposures for each in totals], expected)

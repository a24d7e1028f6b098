"""For whom a message makes a difference, and whether the rows bear it out.

Uplift is τ(x) = E[Y | X = x, treated] − E[Y | X = x, not treated], of people that were treated by chance: the difference
of a model of the outcome for each group (T-learner). Nobody's is predicted by a model that saw the person. Ranking by it
is judged by the Qini curve.
"""

from dataclasses import dataclass

import numpy as np

from domain.marketing.decisions.arrays import Floats, Ints, Numbers, Table, finite, same_length
from domain.marketing.decisions.outcome_models import cross_fitted_expectations

RESAMPLES = 400
MIN_GROUP_ROWS = 50


@dataclass(frozen=True)
class QiniCurve:
    """`gains[k]`: more successes by treating the first `people[k]` of the ranking; ties of a score go together."""

    people: Floats
    gains: Floats

    @property
    def area(self) -> float:
        """Between the curve and the straight line of a random order."""
        return float(np.trapezoid(self.gains, self.people) - self.people[-1] * self.gains[-1] / 2)


@dataclass(frozen=True)
class Heterogeneity:
    """Whether people differ in what the message does to them, as far as the ranking can tell."""

    qini: float
    low: float
    high: float

    @property
    def is_found(self) -> bool:
        return self.low > 0


def cross_fitted_uplift(features: Table, treatments: Numbers, outcomes: Numbers) -> Floats:
    """Each person's uplift by models that were learnt from the other folds."""
    t, y = _groups(treatments, outcomes)
    if min(np.bincount(t)) < MIN_GROUP_ROWS:
        raise ValueError(f"uplift needs at least {MIN_GROUP_ROWS} people in each group")
    control, treated = cross_fitted_expectations(features, t, y, action_count=2).T
    return np.asarray(treated - control, dtype=np.float64)


def qini_curve(scores: Numbers, treatments: Numbers, outcomes: Numbers) -> QiniCurve:
    """Y₁(k) − Y₀(k) · N₁(k) / N₀(k) over the first k of the ranking (Radcliffe 2007)."""
    ranking = _Ranking.by(finite("scores", scores), *_groups(treatments, outcomes))
    return ranking.curve(np.ones(len(ranking.order)))


def qini_coefficient(scores: Numbers, treatments: Numbers, outcomes: Numbers) -> float:
    """The area of the ranking over that of the best possible one, as scikit-uplift's `qini_auc_score`."""
    t, y = _groups(treatments, outcomes)
    perfect = _perfect_ranking(t, y)
    return _ratio(qini_curve(scores, t, y).area, perfect.curve(np.ones(len(t))).area)


def heterogeneity(
    scores: Numbers, treatments: Numbers, outcomes: Numbers, *, level: float = 0.95
) -> Heterogeneity:
    """The Qini coefficient with a bootstrap over people. Scores must be cross-fitted, or of other people."""
    t, y = _groups(treatments, outcomes)
    ranking, perfect = _Ranking.by(finite("scores", scores), t, y), _perfect_ranking(t, y)
    chance = np.random.default_rng(0)
    resamples = []
    for _ in range(RESAMPLES):
        weights = np.bincount(chance.integers(0, len(t), len(t)), minlength=len(t)).astype(np.float64)
        resamples.append(_ratio(ranking.curve(weights).area, perfect.curve(weights).area))
    tail = 50 * (1 - level)
    low, high = np.percentile(resamples, [tail, 100 - tail])
    return Heterogeneity(qini_coefficient(scores, t, y), float(low), float(high))


@dataclass(frozen=True)
class _Ranking:
    """People in the order of their scores; `ends` are the places where the ties of a score end."""

    order: Ints
    ends: Ints
    treatments: Floats
    outcomes: Floats

    @classmethod
    def by(cls, scores: Floats, treatments: Ints, outcomes: Floats) -> "_Ranking":
        same_length(scores=scores, treatments=treatments)
        order = np.argsort(-scores, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
        return cls(order, ends, treatments[order].astype(np.float64), outcomes[order])

    def curve(self, weights: Floats) -> QiniCurve:
        """`weights`: how often each person counts, in the order of the rows."""
        weights = weights[self.order]
        in_treated, in_control = weights * self.treatments, weights * (1 - self.treatments)
        people_1, people_0, sum_1, sum_0 = (
            np.cumsum(values)[self.ends]
            for values in (in_treated, in_control, in_treated * self.outcomes, in_control * self.outcomes)
        )
        ratio = np.divide(people_1, people_0, out=np.zeros_like(people_1), where=people_0 > 0)
        return QiniCurve(np.append(0.0, people_1 + people_0), np.append(0.0, sum_1 - sum_0 * ratio))


def _perfect_ranking(treatments: Ints, outcomes: Floats) -> _Ranking:
    """Those who respond when treated come first, those who respond untreated last."""
    success = outcomes > 0
    more_in_control = (success & (treatments == 0)).sum() > (success & (treatments == 1)).sum()
    between = success if more_in_control else treatments == 1
    return _Ranking.by(2.0 * (success == (treatments == 1)) + between, treatments, outcomes)


def _ratio(area: float, best_area: float) -> float:
    return area / best_area if best_area > 0 else 0.0


def _groups(treatments: Numbers, outcomes: Numbers) -> tuple[Ints, Floats]:
    t, y = finite("treatments", treatments), finite("outcomes", outcomes)
    same_length(treatments=t, outcomes=y)
    if not np.isin(t, (0, 1)).all() or len(np.unique(t)) < 2:
        raise ValueError("treatments must be 0 or 1, and both must be there")
    return t.astype(np.int64), y

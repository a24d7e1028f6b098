"""Policies that could go live or that show what could be gained, and what each would have brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.marketing.recommendation.channel_rates import Rate
from apps.marketing.recommendation.decision_log import ExperimentLog
from domain.marketing.decisions.arrays import Floats, Ints
from domain.marketing.decisions.bandits import SegmentPosteriors
from domain.marketing.decisions.experiments import Difference
from domain.marketing.decisions.off_policy import (
    MIN_ACTION_ROWS,
    DecisionLog,
    Estimate,
    choose_policy,
    doubly_robust,
    doubly_robust_gain,
    ips,
    snips,
)
from domain.marketing.decisions.outcome_models import cross_fitted_expectations, folds, greedy_policy

SEGMENTS, PEOPLE = "segments", "people"
# Below it a model of people's attributes is a model of chance.
MIN_MODEL_ROWS = 500


@dataclass(frozen=True)
class Evaluation:
    """`candidates`: as `PolicyEstimate.candidates`. `choice`: empty where the best single arm is what may go live."""

    candidates: dict[str, dict[str, Any]]
    choice: str
    best_arm: int
    predictions: Floats


def arm_policy(arm_id: object) -> str:
    """The name of the policy that gives an arm to everybody."""
    return f"arm:{arm_id}"


def evaluate(log: ExperimentLog) -> Evaluation:
    """Each single arm, and the best arm of each segment where there are any; all by methods that look at other rows."""
    predictions, policy = _cross_fitted(log)
    tables = {SEGMENTS: policy} if len(set(log.strata.tolist())) > 1 else {}
    choice = choose_policy(log.log, tables, predictions)
    counts = np.bincount(log.log.actions, minlength=len(log.arms))
    best = log.log.single(choice.best_action)
    candidates: dict[str, dict[str, Any]] = {}
    for place, arm in enumerate(log.arms):
        candidate: dict[str, Any] = {"rule": {"": str(arm.pk)}, "rows": int(counts[place])}
        if counts[place]:
            single = log.log.single(place)
            candidate |= estimates(log.log, single, predictions)
            if place != choice.best_action:
                gain = doubly_robust_gain(log.log, single, best, predictions)
                candidate["gain"] = interval_json(gain)
        else:
            candidate["warnings"] = ["no_traffic"]
        candidates[arm_policy(arm.pk)] = candidate
    for name, table in tables.items():
        gain = choice.gains[name]
        candidate = {"rule": _segment_rule(log), **estimates(log.log, table, predictions)}
        candidate |= {"gain": interval_json(gain), "rows": len(log.strata)}
        candidate["warnings"] = sorted({*candidate["warnings"], *gain.warnings})
        candidates[name] = candidate
    return Evaluation(candidates, choice.policy or "", choice.best_action, predictions)


def evaluate_people(log: DecisionLog, features: Floats) -> dict[str, Any]:
    """The arm that a model of people's attributes expects most of. It shows what could be gained and never goes live.

    Nobody's arm is chosen by a model that saw the person; the gain is over the best single arm among these rows.
    """
    expectations = cross_fitted_expectations(
        features, log.actions, log.rewards, action_count=log.action_count
    )
    policy = greedy_policy(expectations)
    choice = choose_policy(log, {PEOPLE: policy}, expectations)
    candidate = {"rule": {}, "rows": len(log.actions), **estimates(log, policy, expectations)}
    return candidate | {"gain": interval_json(choice.gains[PEOPLE])}


def estimates(log: DecisionLog, policy: Floats, predictions: Floats) -> dict[str, Any]:
    """The value of a policy by IPS, SNIPS and doubly robust, with what is thin about the log for this policy."""
    methods: Mapping[str, Estimate] = {
        "ips": ips(log, policy),
        "snips": snips(log, policy),
        "dr": doubly_robust(log, policy, predictions),
    }
    robust = methods["dr"]
    return {
        **{name: interval_json(estimate) for name, estimate in methods.items()},
        "mean_weight": robust.mean_weight,
        "effective_rows": robust.effective_rows,
        "warnings": sorted(robust.warnings),
    }


def interval_json(estimate: Estimate | Difference | Rate) -> dict[str, float]:
    return {name: float(getattr(estimate, name)) for name in ("value", "low", "high")}


def part(log: DecisionLog, rows: Ints | Sequence[int]) -> DecisionLog:
    places = np.asarray(rows, dtype=np.int64)
    return DecisionLog(log.actions[places], log.rewards[places], log.propensities[places], log.action_count)


def _cross_fitted(log: ExperimentLog) -> tuple[Floats, Floats]:
    """(row, arm) → the expected reward, and the best arm of each row's segment, both learnt from other rows."""
    predictions = np.zeros((len(log.strata), len(log.arms)))
    policy = np.zeros_like(predictions)
    for learn, ask in folds(log.log.actions):
        means = _segment_means(log, learn)
        predictions[ask] = means[log.strata[ask]]
        policy[ask] = np.eye(len(log.arms))[_best_arms(log, means)[log.strata[ask]]]
    return predictions, policy


def _segment_rule(log: ExperimentLog) -> dict[str, str]:
    """What goes live: learnt from all rows, where the estimate of it was learnt from four fifths."""
    best = _best_arms(log, _segment_means(log, np.arange(len(log.strata))))
    return {
        str(segment or ""): str(log.arms[place].pk) for segment, place in zip(log.segments, best, strict=True)
    }


def _segment_means(log: ExperimentLog, rows: Ints) -> Floats:
    """(segment, arm) → the mean, shrunk towards what the other segments know of the arm."""
    shape = (len(log.segments), len(log.arms))
    places = log.strata[rows] * len(log.arms) + log.log.actions[rows]
    trials = np.bincount(places, minlength=shape[0] * shape[1]).reshape(shape)
    successes = np.bincount(places, log.log.rewards[rows], minlength=shape[0] * shape[1]).reshape(shape)
    return np.vstack([each.means for each in SegmentPosteriors.after(successes, trials).segments])


def _best_arms(log: ExperimentLog, means: Floats) -> Ints:
    """The best arm of each segment. Arms that were hardly ever taken are left out: they would be the best by what the
    prior promises of them.
    """
    counts = np.bincount(log.log.actions, minlength=len(log.arms))
    is_known = counts >= min(MIN_ACTION_ROWS, counts.max())
    return np.asarray(np.where(is_known, means, -np.inf).argmax(axis=1), dtype=np.int64)

"""What a policy would have earned, from a log that another policy wrote; and whether it may go live.

The log holds for each decision the action, its reward, and the propensity: the probability with which the action was
taken then. With wᵢ = π(aᵢ|xᵢ) / pᵢ,

- IPS    V = Σ wᵢ rᵢ / n                       (Horvitz & Thompson 1952; unbiased where propensities are right)
- SNIPS  V = Σ wᵢ rᵢ / Σ wᵢ                    (Hájek 1971; Swaminathan & Joachims 2015: a little bias, less variance)
- DR     V = Σ [Σₐ π(a|xᵢ) q(xᵢ,a) + wᵢ (rᵢ − q(xᵢ,aᵢ))] / n   (Dudík et al. 2014: right where propensities or q are)

The mean of w is 1 when the propensities belong to the log; where it is not, no estimate is to be believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from domain.marketing.decisions.arrays import Floats, Ints, Numbers, Table, finite, not_negative, same_length

# Of the intervals.
LEVEL = 0.95
RESAMPLES = 1_000
MAX_DRAWS_AT_ONCE = 4_000_000
# Kish's effective sample size below which the interval of a mean is too narrow for skewed rewards.
MIN_EFFECTIVE_ROWS = 100
# Times that an action must stand in the log before what a policy gives to it counts as supported.
MIN_ACTION_ROWS = 20
MAX_UNSUPPORTED_SHARE = 0.05
MAX_MEAN_WEIGHT_ERROR = 0.1
# Rewards of all actions together that the mean of one action counts before its own.
MEAN_STRENGTH = 20.0

SupportWarning = Literal["few_effective_rows", "unsupported_actions", "mean_weight"]
Interval = Literal["normal", "bootstrap"]


@dataclass(frozen=True)
class DecisionLog:
    """Rows of decisions: which of `action_count` actions, what it brought, and with which probability it was taken."""

    actions: Ints
    rewards: Floats
    propensities: Floats
    action_count: int

    @classmethod
    def from_rows(
        cls, actions: Numbers, rewards: Numbers, propensities: Numbers, *, action_count: int
    ) -> "DecisionLog":
        """Raises ValueError for a propensity outside (0, 1]: what could not happen cannot stand in a log."""
        places = not_negative("actions", actions)
        log = cls(
            places.astype(np.int64),
            finite("rewards", rewards),
            finite("propensities", propensities),
            action_count,
        )
        same_length(actions=log.actions, rewards=log.rewards, propensities=log.propensities)
        if (places != log.actions).any() or (log.actions >= action_count).any():
            raise ValueError(f"actions must be whole numbers below {action_count}")
        if not ((log.propensities > 0) & (log.propensities <= 1)).all():
            raise ValueError("propensities must lie above 0 and not above 1")
        return log

    def action_means(self) -> Floats:
        """The mean reward of each action, with some rewards of all actions as if it had brought them before."""
        counts = np.bincount(self.actions, minlength=self.action_count)
        sums = np.bincount(self.actions, self.rewards, minlength=self.action_count)
        return np.asarray(
            (sums + MEAN_STRENGTH * self.rewards.mean()) / (counts + MEAN_STRENGTH), dtype=np.float64
        )

    def single(self, action: int) -> Floats:
        """The policy that takes this action always."""
        policy = np.zeros((len(self.actions), self.action_count))
        policy[:, action] = 1
        return policy


@dataclass(frozen=True)
class Estimate:
    value: float
    low: float
    high: float
    mean_weight: float
    effective_rows: float
    warnings: tuple[SupportWarning, ...]


@dataclass(frozen=True)
class PolicyChoice:
    """`policy` is the name of what goes live, or None where it is `best_action` alone, for everybody."""

    policy: str | None
    best_action: int
    gains: dict[str, Estimate]


def ips(log: DecisionLog, policy: Table) -> Estimate:
    weights = importance_weights(log, policy)
    return _estimate(log, policy, weights * log.rewards, np.ones_like(weights))


def snips(log: DecisionLog, policy: Table) -> Estimate:
    """Raises ValueError where the policy takes none of the actions that the log shows."""
    weights = importance_weights(log, policy)
    if not weights.any():
        raise ValueError("the policy takes none of the actions that the log shows")
    return _estimate(log, policy, weights * log.rewards, weights)


def doubly_robust(
    log: DecisionLog,
    policy: Table,
    predictions: Table | None = None,
    *,
    interval: Interval = "normal",
) -> Estimate:
    """`predictions`: (row, action) → expected reward, learnt from other rows; or the means of the actions."""
    terms = doubly_robust_terms(log, policy, predictions)
    return _estimate(log, policy, terms, np.ones_like(terms), interval=interval)


def doubly_robust_gain(
    log: DecisionLog,
    policy: Table,
    baseline: Table,
    predictions: Table | None = None,
    *,
    level: float = LEVEL,
) -> Estimate:
    """What the policy brings more than `baseline`, row by row; weights and warnings are those of the policy."""
    terms = doubly_robust_terms(log, policy, predictions) - doubly_robust_terms(log, baseline, predictions)
    return _estimate(log, policy, terms, np.ones_like(terms), level=level)


def choose_policy(
    log: DecisionLog, candidates: Mapping[str, Table], predictions: Table | None = None
) -> PolicyChoice:
    """A candidate goes live only where it surely gains on the best single action, and the log supports it.

    Surely: the lower bound of its gain, row by row and doubly robust, is above 0, with the level shared out among the
    candidates (Bonferroni). Of several the one with the highest lower bound. Candidates must not have learnt from
    these rows: cross-fit them.
    """
    # An action that was hardly ever taken would be the best by what a model promises of it.
    counts = np.bincount(log.actions, minlength=log.action_count)
    values = [
        doubly_robust_terms(log, log.single(action), predictions).mean() for action in range(log.action_count)
    ]
    best_action = int(np.argmax(np.where(counts >= min(MIN_ACTION_ROWS, counts.max()), values, -np.inf)))
    shared_level = 1 - (1 - LEVEL) / max(1, len(candidates))
    best_policy = log.single(best_action)
    gains = {
        name: doubly_robust_gain(log, policy, best_policy, predictions, level=shared_level)
        for name, policy in candidates.items()
    }
    sure = {name: gain.low for name, gain in gains.items() if gain.low > 0 and not gain.warnings}
    return PolicyChoice(max(sure, key=lambda name: sure[name], default=None), best_action, gains)


def importance_weights(log: DecisionLog, policy: Table) -> Floats:
    """π(aᵢ|xᵢ) / pᵢ. Raises ValueError for a policy whose rows are no probabilities."""
    table = not_negative("policy", policy, dimensions=2)
    if table.shape != (len(log.actions), log.action_count) or not np.allclose(table.sum(axis=1), 1):
        raise ValueError("a policy gives each row a probability for each action, and they add up to 1")
    return np.asarray(table[np.arange(len(table)), log.actions] / log.propensities, dtype=np.float64)


def doubly_robust_terms(log: DecisionLog, policy: Table, predictions: Table | None = None) -> Floats:
    """One term a row, whose mean is the estimate; the difference of two policies is the mean of differences. Raises
    ValueError for tables of another form.
    """
    weights, rows = importance_weights(log, policy), np.arange(len(log.actions))
    if predictions is None:
        rewards = np.broadcast_to(log.action_means(), (len(rows), log.action_count))
    else:
        rewards = finite("predictions", predictions, dimensions=2)
        if rewards.shape != (len(rows), log.action_count):
            raise ValueError("predictions need a reward for each row and each action")
    direct = (np.asarray(policy) * rewards).sum(axis=1)
    return np.asarray(direct + weights * (log.rewards - rewards[rows, log.actions]), dtype=np.float64)


def _estimate(
    log: DecisionLog,
    policy: Table,
    parts: Floats,
    wholes: Floats,
    *,
    level: float = LEVEL,
    interval: Interval = "normal",
) -> Estimate:
    """Σ parts / Σ wholes. Normal: by the linearised ratio (Cochran, Sampling Techniques, 6.4); or a bootstrap over rows."""
    value = float(parts.sum() / wholes.sum())
    if interval == "normal":
        error = float(np.sqrt(((parts - value * wholes) ** 2).sum()) / wholes.sum())
        reach = float(scipy.special.ndtri((1 + level) / 2)) * error
        low, high = value - reach, value + reach
    else:
        low, high = _bootstrap_interval(parts, wholes, level)
    weights = importance_weights(log, policy)
    squares = float((weights**2).sum())
    effective_rows = float(weights.sum()) ** 2 / squares if squares else 0.0
    rare = np.bincount(log.actions, minlength=log.action_count) < MIN_ACTION_ROWS
    warnings: list[SupportWarning] = []
    if effective_rows < MIN_EFFECTIVE_ROWS:
        warnings.append("few_effective_rows")
    if np.asarray(policy)[:, rare].sum(axis=1).mean() > MAX_UNSUPPORTED_SHARE:
        warnings.append("unsupported_actions")
    if abs(weights.mean() - 1) > MAX_MEAN_WEIGHT_ERROR:
        warnings.append("mean_weight")
    return Estimate(value, low, high, float(weights.mean()), effective_rows, tuple(warnings))


def _bootstrap_interval(parts: Floats, wholes: Floats, level: float) -> tuple[float, float]:
    """Percentiles over resamples of rows; one that happens to hold no whole has no value."""
    chance, rows = np.random.default_rng(0), len(parts)
    at_once = max(1, MAX_DRAWS_AT_ONCE // rows)
    values: list[Floats] = []
    for start in range(0, RESAMPLES, at_once):
        places = chance.integers(0, rows, (min(at_once, RESAMPLES - start), rows))
        whole = wholes[places].sum(axis=1)
        values.append(parts[places].sum(axis=1)[whole > 0] / whole[whole > 0])
    tail = 50 * (1 - level)
    low, high = np.percentile(np.concatenate(values), [tail, 100 - tail])
    return float(low), float(high)

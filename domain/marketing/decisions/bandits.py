"""Which arm comes next: Thompson sampling, for everybody or segment by segment.

Thompson sampling draws a rate for each arm from its posterior and takes the highest (Thompson 1933; Chapelle & Li
2011). That is the same as drawing an arm with the probability of its being the best, and those probabilities are the
propensities that a later off-policy estimate needs: `ThompsonShares` computes them once for as long as the posteriors
stand.
"""

from dataclasses import dataclass, field

import numpy as np
import scipy

from domain.marketing.decisions.arrays import Floats, Ints, Table, not_negative
from domain.marketing.decisions.posteriors import BetaPosteriors

# No arm that runs is ever shown to fewer: an arm without any share could not be judged afterwards.
MIN_SHARE = 0.01
# Trials of the whole that a segment is thought to have seen before its own; which one, the segments themselves say.
STRENGTHS = np.geomspace(1, 10_000, 25)


@dataclass
class ThompsonBandit:
    """Arms that are chosen and learnt from one trial at a time."""

    arms: int
    successes: Floats = field(init=False)
    failures: Floats = field(init=False)

    def __post_init__(self) -> None:
        if self.arms < 1:
            raise ValueError("a bandit needs at least one arm")
        self.successes, self.failures = np.zeros(self.arms), np.zeros(self.arms)

    def choose(self, chance: np.random.Generator) -> int:
        return int(np.argmax(chance.beta(1 + self.successes, 1 + self.failures)))

    def learn(self, arm: int, success: float, *, weight: float = 1.0) -> None:
        """`success`: 1, 0, or a share between them. A trial of weight 0 teaches nothing. Raises ValueError for others."""
        if not (0 <= success <= 1 and 0 <= weight < np.inf):
            raise ValueError("a success lies between 0 and 1, and a weight is finite and not negative")
        self.successes[arm] += weight * success
        self.failures[arm] += weight * (1 - success)

    @property
    def posteriors(self) -> BetaPosteriors:
        return BetaPosteriors.after(self.successes, self.successes + self.failures)


@dataclass(frozen=True)
class ThompsonShares:
    """The share of people that each arm gets while the posteriors stand; the share of an arm is its propensity."""

    shares: Floats

    @classmethod
    def of_posteriors(cls, posteriors: BetaPosteriors) -> "ThompsonShares":
        """A mixture: MIN_SHARE for each arm, and what is left by the probability of being best."""
        arms = len(posteriors.alpha)
        floor = min(MIN_SHARE, 1 / arms)
        return cls(floor + (1 - arms * floor) * posteriors.probabilities_best())

    def choose(self, people: int, chance: np.random.Generator) -> Ints:
        return np.asarray(chance.choice(len(self.shares), people, p=self.shares), dtype=np.int64)


@dataclass(frozen=True)
class SegmentPosteriors:
    """Arms in each segment, shrunk towards what the other segments know of the same arm (empirical Bayes).

    The prior of arm a in segment g is a Beta whose mean is the rate of a in all other segments and which counts as
    `strengths[a]` trials, never as more than the others had: a segment of one says what the whole says, a large one
    what it saw itself. The strength of an arm is the one under which its counts in all segments are the most probable
    (beta-binomial likelihood; Gelman et al. 5.3).
    """

    segments: list[BetaPosteriors]
    strengths: Floats

    @classmethod
    def after(cls, successes: Table, trials: Table) -> "SegmentPosteriors":
        """From tables with a row for each segment and a column for each arm. Raises ValueError for tables of different
        form, and for more successes than trials.
        """
        successes = not_negative("successes", successes, dimensions=2)
        trials = not_negative("trials", trials, dimensions=2)
        if successes.shape != trials.shape or not successes.size or (successes > trials).any():
            raise ValueError("successes and trials need the same form, and no more successes than trials")
        likelihoods = []
        for strength in STRENGTHS:
            alpha, beta = _priors(successes, trials, strength)
            cells = scipy.special.betaln(alpha + successes, beta + trials - successes) - scipy.special.betaln(
                alpha, beta
            )
            likelihoods.append(cells.sum(axis=0))
        strengths = STRENGTHS[np.argmax(likelihoods, axis=0)]
        alpha, beta = _priors(successes, trials, strengths)
        alpha, beta = alpha + successes, beta + trials - successes
        return cls([BetaPosteriors(*each) for each in zip(alpha, beta, strict=True)], strengths)


def _priors(successes: Floats, trials: Floats, strength: Floats | float) -> tuple[Floats, Floats]:
    """From the other segments alone: with its own rate in its prior, a segment would be counted twice."""
    other_successes, other_trials = successes.sum(axis=0) - successes, trials.sum(axis=0) - trials
    means = (other_successes + 1) / (other_trials + 2)
    weights = np.minimum(strength, other_trials) + 2
    return means * weights, (1 - means) * weights

"""What is known of the rate of each arm after its trials: Beta posteriors, and what follows from them.

A trial succeeds or does not, so a rate that is Beta(a, b) beforehand is Beta(a + s, b + n − s) after s successes in n
trials (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.4). Nothing here is drawn by chance: an expectation over a
posterior is a mean over its quantiles at equal steps of probability, so the same counts always give the same figures.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy

from domain.marketing.decisions.arrays import Floats, Numbers, not_negative, same_length

# With so many steps the probability of being best is right to three digits.
QUANTILES = 300
MAX_ARMS = 100


@dataclass(frozen=True)
class BetaPosteriors:
    """One Beta(alpha, beta) for each arm."""

    alpha: Floats
    beta: Floats

    @classmethod
    def after(
        cls, successes: Numbers, trials: Numbers, *, prior: tuple[float, float] = (1.0, 1.0)
    ) -> "BetaPosteriors":
        """From counts, or sums of weights. `prior`: successes and failures as if seen before; (1, 1) is every rate
        alike.

        Raises ValueError for no arm, more than `MAX_ARMS`, or more successes than trials.
        """
        successes, trials = not_negative("successes", successes), not_negative("trials", trials)
        if same_length(successes=successes, trials=trials) > MAX_ARMS:
            raise ValueError(f"more than {MAX_ARMS} arms cannot be compared")
        if (successes > trials).any():
            raise ValueError("an arm has more successes than trials")
        if not min(prior) > 0:
            raise ValueError("both parts of the prior must be above 0")
        return cls(prior[0] + successes, prior[1] + trials - successes)

    @property
    def means(self) -> Floats:
        return self.alpha / (self.alpha + self.beta)

    def intervals(self, level: float = 0.95) -> Floats:
        """The credible interval of each arm with equal tails: a row of low and high."""
        tail = (1 - level) / 2
        return np.column_stack(
            [
                scipy.special.betaincinv(self.alpha, self.beta, tail),
                scipy.special.betaincinv(self.alpha, self.beta, 1 - tail),
            ]
        )

    def densities(self, rates: Numbers) -> Floats:
        """(arm, rate) → the height of the arm's posterior there, to be drawn."""
        rates = not_negative("rates", rates)
        logs = scipy.special.xlogy(self.alpha[:, None] - 1, rates) + scipy.special.xlog1py(
            self.beta[:, None] - 1, -rates
        )
        return np.asarray(
            np.exp(logs - scipy.special.betaln(self.alpha, self.beta)[:, None]), dtype=np.float64
        )

    def probabilities_best(self) -> Floats:
        """P(θᵢ is the highest) = E[∏ⱼ Fⱼ(θᵢ)] over the posterior of θᵢ. They add up to 1."""
        _, others_below = self._quantiles
        probabilities = others_below.mean(axis=1)
        return np.asarray(probabilities / probabilities.sum(), dtype=np.float64)

    def expected_losses(self) -> Floats:
        """What choosing an arm costs on average against the best one: E[max θ] − E[θᵢ] (Stucchio, Bayesian A/B
        testing at VWO, 2015).

        The highest rate has the density Σᵢ fᵢ ∏ⱼ Fⱼ, so its mean is Σᵢ E[θᵢ ∏ⱼ Fⱼ(θᵢ)].
        """
        rates, others_below = self._quantiles
        highest = (rates * others_below).mean(axis=1).sum() / others_below.mean(axis=1).sum()
        return np.asarray(np.maximum(0.0, highest - self.means), dtype=np.float64)

    @cached_property
    def _quantiles(self) -> tuple[Floats, Floats]:
        """(arm, step) → the quantile, and the probability that all other arms lie below it."""
        steps = (np.arange(QUANTILES) + 0.5) / QUANTILES
        rates = scipy.special.betaincinv(self.alpha[:, None], self.beta[:, None], steps)
        below: np.ndarray[Any, Any] = np.ones_like(rates)
        for arm in range(len(self.alpha)):
            others = np.arange(len(self.alpha)) != arm
            below[others] *= scipy.special.betainc(self.alpha[arm], self.beta[arm], rates[others])
        return rates, below

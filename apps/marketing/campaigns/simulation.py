"""People whose answers follow a truth that is known: for training, for demos, and to try what learns from them.

Pure and seeded: the same seed and the same order of questions give the same answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from domain.marketing.decisions.arrays import Floats

REVENUE_SPREAD = 0.3


@dataclass(frozen=True)
class Truth:
    """What really happens. `clicks`: segment → the click rate of each arm; the control is no arm and gets no clicks.

    `base_rates`: segment → who buys without any message. `rate_after_click`: who else buys after a click. `noise`: by
    how much the rates of a day differ from the truth, as the standard deviation of a factor.
    """

    clicks: tuple[tuple[float, ...], ...]
    base_rates: tuple[float, ...]
    rate_after_click: float = 0.3
    open_rate: float = 0.5
    unsubscribe_rate: float = 0.01
    mean_delay: timedelta = timedelta(hours=3)
    noise: float = 0.1
    mean_revenue: float = 168.0

    def __post_init__(self) -> None:
        if not self.clicks or len(self.clicks) != len(self.base_rates) or not all(self.clicks):
            raise ValueError("each segment needs a click rate for each arm and a base rate")
        if len({len(row) for row in self.clicks}) > 1:
            raise ValueError("each segment needs as many click rates as there are arms")
        rates = [*self.base_rates, self.rate_after_click, self.open_rate, self.unsubscribe_rate]
        if not all(0 <= rate <= 1 for rate in [*rates, *(rate for row in self.clicks for rate in row)]):
            raise ValueError("a rate lies between 0 and 1")

    def conversion_rate(self, segment: int, arm: int | None) -> float:
        """Who buys in the end; `arm` None is the control."""
        base = self.base_rates[segment]
        click = 0.0 if arm is None else self.clicks[segment][arm]
        return 1 - (1 - base) * (1 - click * self.rate_after_click)

    def lift(self, segment: int, arm: int) -> float:
        """How much more of them buy than of the control, as a share: 0.5 is half as many again."""
        return self.conversion_rate(segment, arm) / self.conversion_rate(segment, None) - 1

    def best_arm(self, segment: int) -> int:
        return int(np.argmax(self.clicks[segment]))


@dataclass(frozen=True)
class Answer:
    """What somebody does, `after` they were written to. `type`: as events of marketing are called."""

    type: str
    after: timedelta
    revenue: float = 0.0


class Simulator:
    """Asked person by person, day by day."""

    def __init__(self, truth: Truth, *, seed: int) -> None:
        self.truth = truth
        self._chance = np.random.default_rng(seed)
        self._factors = self._factors_of_day()

    def next_day(self) -> None:
        self._factors = self._factors_of_day()

    def answers(self, segment: int, arm: int | None) -> list[Answer]:
        """What one person does who was written to with an arm, or who is in the control. An open comes before its
        click.
        """
        answers, truth = [], self.truth
        is_click = False
        if arm is not None:
            opens = self._chance.random() < truth.open_rate
            click_rate = min(1.0, truth.clicks[segment][arm] * self._factors[segment])
            is_click = self._chance.random() < click_rate
            opened = self._delay()
            if opens or is_click:
                answers.append(Answer("open", opened))
            if is_click:
                answers.append(Answer("click", opened + timedelta(seconds=20)))
            if self._chance.random() < truth.unsubscribe_rate:
                answers.append(Answer("unsubscribe", opened + timedelta(minutes=1)))
        buys_after_click = is_click and self._chance.random() < truth.rate_after_click
        if buys_after_click or self._chance.random() < truth.base_rates[segment]:
            spread = 1 + REVENUE_SPREAD * self._chance.standard_normal()
            revenue = round(truth.mean_revenue * max(0.1, spread), 2)
            after = answers[-1].after if answers else timedelta()
            answers.append(Answer("conversion", after + self._delay(), revenue))
        return answers

    def segments(self, shares: Sequence[float], count: int) -> list[int]:
        """So many people, each in a segment with the probability of its share."""
        weights = np.asarray(shares, dtype=np.float64)
        return [int(each) for each in self._chance.choice(len(weights), count, p=weights / weights.sum())]

    def _factors_of_day(self) -> Floats:
        draws = self._chance.standard_normal(len(self.truth.base_rates))
        return np.asarray(np.maximum(0.0, 1 + self.truth.noise * draws), dtype=np.float64)

    def _delay(self) -> timedelta:
        return timedelta(seconds=float(self._chance.exponential(self.truth.mean_delay.total_seconds())))

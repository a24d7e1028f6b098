"""How surprising a value is, measured against its own history and nothing else."""

import bisect
import math
from array import array

MAX_HISTORY = 4000
MIN_HISTORY = 50
# Beyond 12 digits a probability says nothing any more, and sums of surprises would be ruled by one of them.
MAX_SURPRISE = 12.0
_TAIL_SHARE = 0.02
_MIN_TAIL_VALUES = 5


class TailHistory:
    """The last values of one quantity, sorted, with an exponential tail beyond the largest and smallest of them.

    Inside the history a value's probability is its rank. Beyond it stand too few values for ranks, so the excess over a
    high threshold is taken to be exponential (peaks over threshold: Siffer et al., KDD 2017, with the shape held at
    zero, because two per cent of a short history cannot bear a second parameter).
    """

    def __init__(self, *, max_history: int = MAX_HISTORY, min_scale: float = 0.0) -> None:
        """`min_scale`: a step that the quantity may always make, so that a constant history does not forbid it."""
        self.min_scale = min_scale
        self._max_history = max_history
        # Arrays, not lists: a thousand templates have thousands of these.
        self._sorted = array("d")
        self._by_age = array("d")
        self._oldest = 0

    def __len__(self) -> int:
        return len(self._sorted)

    def add(self, value: float) -> None:
        if not math.isfinite(value):
            return
        if len(self._by_age) < self._max_history:
            bisect.insort(self._sorted, value)
            self._by_age.append(value)
            return
        leaving = self._by_age[self._oldest]
        # In a silence one zero leaves for another.
        if value != leaving:
            del self._sorted[bisect.bisect_left(self._sorted, leaving)]
            bisect.insort(self._sorted, value)
            self._by_age[self._oldest] = value
        self._oldest = (self._oldest + 1) % self._max_history

    def surprise(self, value: float) -> float:
        """Decimal digits of the probability of so large or so small a value; 0 while the history is short."""
        return max(self.surprise_above(value), self.surprise_below(value))

    def surprise_above(self, value: float) -> float:
        values = self._sorted
        if len(values) < MIN_HISTORY or not math.isfinite(value):
            return 0.0
        beyond = value - values[-1]
        if beyond <= 0:
            return self._by_rank(len(values) - bisect.bisect_left(values, value))
        count = self._tail_count
        mean_excess = math.fsum(values[-count:]) / count - values[-count - 1]
        return self._by_excess(beyond, mean_excess)

    def surprise_below(self, value: float) -> float:
        values = self._sorted
        if len(values) < MIN_HISTORY or not math.isfinite(value):
            return 0.0
        beyond = values[0] - value
        if beyond <= 0:
            return self._by_rank(bisect.bisect_right(values, value))
        count = self._tail_count
        mean_excess = values[count] - math.fsum(values[:count]) / count
        return self._by_excess(beyond, mean_excess)

    def value_above(self, surprise: float) -> float:
        """The value beyond the largest one that is so surprising; endless where none can be."""
        values = self._sorted
        if len(values) < MIN_HISTORY or surprise > MAX_SURPRISE:
            return math.inf
        count = self._tail_count
        scale = self._tail_scale(math.fsum(values[-count:]) / count - values[-count - 1])
        digits = max(0.0, surprise - math.log10(len(values) + 1))
        return values[-1] + digits / math.log10(math.e) * scale

    @property
    def median(self) -> float | None:
        return self._sorted[len(self._sorted) // 2] if self._sorted else None

    @property
    def _tail_count(self) -> int:
        return max(_MIN_TAIL_VALUES, int(_TAIL_SHARE * len(self._sorted)))

    def _by_rank(self, as_extreme: int) -> float:
        return -math.log10((as_extreme + 0.5) / (len(self._sorted) + 1))

    def _by_excess(self, beyond: float, mean_excess: float) -> float:
        digits = beyond / self._tail_scale(mean_excess) * math.log10(math.e)
        return min(MAX_SURPRISE, math.log10(len(self._sorted) + 1) + digits)

    def _tail_scale(self, mean_excess: float) -> float:
        values, count = self._sorted, len(self._sorted)
        bulk = values[int(0.9 * count)] - values[int(0.1 * count)]
        # A tail of equal values has no scale of its own; a twentieth of the bulk keeps it from being infinitely thin.
        return max(mean_excess, 0.05 * bulk, self.min_scale, 1e-9 * (abs(values[-1]) + abs(values[0]) + 1))


class SurpriseHistory:
    """How often a detector has been so surprised before: what makes the surprises of different series one scale.

    A counter or a full disk is surprised by every value, a little more each time as its history grows, so surprises count
    in quarters of a digit. A constant is surprised for the first time by anything else, so no probability is smaller than
    the one that the surprise itself stands for.
    """

    def __init__(self, *, max_history: int = MAX_HISTORY) -> None:
        self._tail = TailHistory(max_history=max_history, min_scale=0.5)

    def p_value(self, surprise: float, smallest: float) -> float:
        """Score, then learn."""
        quarters = math.floor(4 * surprise) / 4
        p_value = max(10 ** -self._tail.surprise_above(quarters), smallest)
        self._tail.add(quarters)
        return min(1.0, p_value)

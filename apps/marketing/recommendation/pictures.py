"""Intervals and curves; tables beside them say the same in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.analytics import charts
from apps.analytics.charts import Drawing

# Room at both ends, as a share of the width, so that an interval's end is not cut off.
MARGIN = 0.03
GRID_LINES = 4


@dataclass(frozen=True)
class Scale:
    """From values to shares of a width; 0 is always on it, as it is what differences are read against."""

    low: float
    high: float

    @classmethod
    def covering(cls, values: Sequence[float]) -> "Scale":
        low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
        return cls(low, high if high > low else low + 1.0)

    def share(self, value: float) -> float:
        place = (value - self.low) / (self.high - self.low)
        return MARGIN + (1 - 2 * MARGIN) * min(max(place, 0.0), 1.0)

    def interval(self, figures: Mapping[str, float]) -> Drawing:
        low, value, high = (self.share(figures[name]) for name in ("low", "value", "high"))
        return charts.interval(low, value, high, zero=self.share(0.0))


def qini_curve(pairs: Sequence[tuple[float, float]], summary: str) -> Drawing:
    """A line over people, and the straight line of a random order beside it."""
    people = max(pairs[-1][0], 1.0)
    gains = [gain for _people, gain in pairs]
    low, high = min(0.0, *gains), max(0.0, *gains)
    span = (high - low) or 1.0

    def place(count: float, gain: float) -> tuple[float, float]:
        return count / people, (low + span - gain) / span

    drawing, shares = Drawing(summary), [number / GRID_LINES for number in range(GRID_LINES + 1)]
    drawing.grid((1 - share, f"{low + span * share:,.0f}") for share in shares)
    drawing.line([place(0, 0), place(people, gains[-1])], "stroke-before")
    drawing.line([place(*pair) for pair in pairs], "stroke-accent")
    drawing.ticks([(share, f"{100 * share:.0f}%") for share in shares])
    return drawing


def interval_ends(candidate: Mapping[str, Any]) -> list[float]:
    """All ends of the intervals of a candidate, for the scale that they are drawn on."""
    known = [candidate[name] for name in ("ips", "snips", "dr") if candidate.get(name)]
    return [each[end] for each in known for end in ("low", "high")]

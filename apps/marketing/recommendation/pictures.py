"""Intervals and curves as shapes for SVG; templates draw them, tables beside them say the same in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Room at both ends, in percent of the width, so that an interval's end is not cut off.
MARGIN = 3.0
WIDTH, HEIGHT, START, END, TOP, BOTTOM = 640.0, 220.0, 44.0, 20.0, 10.0, 26.0
GRID_LINES = 4


@dataclass(frozen=True)
class Scale:
    """From values to percent of a width; 0 is always on it, as it is what differences are read against."""

    low: float
    high: float

    @classmethod
    def covering(cls, values: Sequence[float]) -> "Scale":
        low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
        return cls(low, high if high > low else low + 1.0)

    def percent(self, value: float) -> str:
        place = (value - self.low) / (self.high - self.low)
        return f"{MARGIN + (100 - 2 * MARGIN) * min(max(place, 0.0), 1.0):.2f}%"

    def interval(self, figures: Mapping[str, float]) -> "Interval":
        low, value, high = (self.percent(figures[name]) for name in ("low", "value", "high"))
        return Interval(low, value, high, self.percent(0.0))


@dataclass(frozen=True)
class Interval:
    """Where a range begins, its point, where it ends, and where 0 is: attributes of SVG."""

    low: str
    value: str
    high: str
    zero: str


@dataclass(frozen=True)
class Curve:
    """A line over people, the straight line of a random order beside it, and what stands at the axes."""

    points: str
    random: tuple[str, str, str, str]
    grid: list[tuple[str, str]]
    labels: list[tuple[str, str]]

    @classmethod
    def over(cls, pairs: Sequence[tuple[float, float]]) -> "Curve":
        people = max(pairs[-1][0], 1.0)
        gains = [gain for _people, gain in pairs]
        low, high = min(0.0, *gains), max(0.0, *gains)
        span = (high - low) or 1.0

        def x(count: float) -> str:
            return f"{START + (WIDTH - START - END) * count / people:.1f}"

        def y(gain: float) -> str:
            return f"{TOP + (HEIGHT - TOP - BOTTOM) * (low + span - gain) / span:.1f}"

        steps = [low + span * number / GRID_LINES for number in range(GRID_LINES + 1)]
        return cls(
            " ".join(f"{x(count)},{y(gain)}" for count, gain in pairs),
            (x(0), y(0), x(people), y(gains[-1])),
            [(y(step), f"{step:,.0f}") for step in steps],
            [(x(people * share), f"{100 * share:.0f}%") for share in (0, 0.25, 0.5, 0.75, 1)],
        )


def interval_ends(candidate: Mapping[str, Any]) -> list[float]:
    """All ends of the intervals of a candidate, for the scale that they are drawn on."""
    known = [candidate[name] for name in ("ips", "snips", "dr") if candidate.get(name)]
    return [each[end] for each in known for end in ("low", "high")]

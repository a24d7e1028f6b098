"""What stands below the cards of a report: charts, a heat map, bars, facts, tables. A desk says what, never how.

All of it is drawn by templates, so it follows the theme, carries no style of its own and is read out as text.
"""

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from typing import ClassVar, Literal

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.errors import Text

Tone = Literal["accent", "accent-line", "neutral"]
# Of the drawing in `analytics/chart.html`, with the room for what is written at its axes.
WIDTH, HEIGHT, START, TOP, BOTTOM = 640, 170, 42, 8, 22
MAX_DATES = 10
MAX_INTERVALS = 4


@dataclass(frozen=True, kw_only=True)
class Panel:
    """`explanation`: how it is counted. `empty`: said where there is nothing to show. `link`: its words and address.

    A desk makes a panel of its own kind by a subclass with another `template`, which gets it as `panel`.
    """

    template: ClassVar[str]
    title: Text
    note: Text = ""
    explanation: Text = ""
    empty: Text = ""
    link: tuple[Text, str] | None = None
    is_wide: bool = False


@dataclass(frozen=True)
class Part:
    """What bars are stacked of, or the one line; a value for each date.

    `intervals`: low and high around each value of a line, drawn as a band and written beside it in the table.
    """

    label: Text
    values: Sequence[float]
    tone: Tone = "accent"
    intervals: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, kw_only=True)
class Chart(Panel):
    """Bars or a line over dates. `summary` tells it to those who do not see it; the numbers stand in a table too."""

    template: ClassVar[str] = "analytics/chart.html"
    summary: Text
    dates: Sequence[date]
    parts: Sequence[Part]
    is_line: bool = False
    is_wide: bool = True

    @property
    def has_values(self) -> bool:
        """One point is no line, and its axes would be made up."""
        return len(self.dates) > 1 if self.is_line else any(any(part.values) for part in self.parts)

    @property
    def bars(self) -> list[tuple[str, str, str, str, Tone, str]]:
        """Left, top, width, height, tone and words of each, the parts of a day on each other."""
        bars = []
        for place, day in enumerate([] if self.is_line else self.dates):
            below = 0.0
            for part in self.parts:
                value = part.values[place]
                top, height = self._y(below + value), self._y(below) - self._y(below + value)
                box = (self._x(place) - self._band * 0.36, top, self._band * 0.72, height)
                left, top_text, width, height_text = (f"{number:.1f}" for number in box)
                words = f"{day:%m-%d} {part.label}: {value:g}"
                if value:
                    bars.append((left, top_text, width, height_text, part.tone, words))
                below += value
        return bars

    @property
    def points(self) -> list[tuple[str, str, str]]:
        """The points of the line: x and y in the units of the drawing, and in words what stands there. Empty for bars."""
        values = zip(self.dates, self.parts[0].values, strict=True) if self.is_line else ()
        return [
            (f"{self._x(place):.1f}", f"{self._y(value):.1f}", f"{day:%m-%d}: {value:.2f}")
            for place, (day, value) in enumerate(values)
        ]

    @property
    def band(self) -> str:
        """Corners of what lies between the ends of the line's intervals: the upper ends, and back along the lower ones."""
        intervals = self.parts[0].intervals if self.is_line else ()
        upper = [(place, high) for place, (_low, high) in enumerate(intervals)]
        lower = [(place, low) for place, (low, _high) in enumerate(intervals)]
        return " ".join(
            f"{self._x(place):.1f},{self._y(value):.1f}" for place, value in [*upper, *lower[::-1]]
        )

    @property
    def grid(self) -> list[tuple[str, str]]:
        step, low, high = self._scale
        values = [low + step * number for number in range(round((high - low) / step) + 1)]
        return [(f"{self._y(value):.1f}", f"{round(value, 6):g}") for value in values]

    @property
    def labels(self) -> list[tuple[str, str]]:
        """Dates in digits, which read the same in every language; as many as have room."""
        step = max(1, math.ceil(len(self.dates) / MAX_DATES))
        return [(f"{self._x(at):.1f}", f"{self.dates[at]:%m-%d}") for at in range(0, len(self.dates), step)]

    @property
    def headings(self) -> list[Text]:
        interval = [_("95% interval")] if self.parts[0].intervals else []
        return [_("Day"), *(part.label for part in self.parts), *interval]

    @property
    def rows(self) -> list[list[str]]:
        columns = zip(*(part.values for part in self.parts), strict=True)
        rows = [
            [str(day), *(f"{round(value, 2):g}" for value in values)]
            for day, values in zip(self.dates, columns, strict=True)
        ]
        for row, (low, high) in zip(rows, self.parts[0].intervals, strict=False):
            row.append(f"{round(low, 2):g} – {round(high, 2):g}")
        return rows

    @cached_property
    def _scale(self) -> tuple[float, float, float]:
        """Distance of the lines of the grid (1, 2 or 5 times a power of ten), the lowest and the highest of them."""
        if self.is_line:
            totals = [*self.parts[0].values, *chain.from_iterable(self.parts[0].intervals)]
        else:
            totals = [sum(values) for values in zip(*(part.values for part in self.parts), strict=True)]
        # Bars are counts: half of one is nothing that could be drawn a line at.
        return scale_between(totals, least_step=0.0 if self.is_line else 1.0)

    @property
    def _band(self) -> float:
        return (WIDTH - START) / len(self.dates)

    def _x(self, place: int) -> float:
        return START + self._band * (place + 0.5)

    def _y(self, value: float) -> float:
        _step, low, high = self._scale
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)


@dataclass(frozen=True, kw_only=True)
class HeatMap(Panel):
    """A square for each hour of the week, the darker the more. `counts`: (weekday, 1 is Monday; hour) → how many."""

    template: ClassVar[str] = "analytics/heat_map.html"
    summary: Text
    counts: Mapping[tuple[int, int], int]

    @property
    def lines(self) -> list[tuple[str, list[tuple[int, str, str]]]]:
        """For each weekday its name and its 24 squares: x in the units of the drawing, opacity from 0 to 1, and the
        count in words.
        """
        most = max(self.counts.values(), default=0) or 1
        lines = []
        for weekday in range(1, 8):
            label = str(WEEKDAYS_ABBR[weekday - 1])
            counts = [self.counts.get((weekday, hour), 0) for hour in range(24)]
            squares = [
                (
                    hour * 10,
                    # From 0.1 on, so that a single one can be told from none.
                    f"{0.1 + 0.9 * count / most:.2f}" if count else "0",
                    f"{label} {hour:02}:00: {count}",
                )
                for hour, count in enumerate(counts)
            ]
            lines.append((label, squares))
        return lines

    @property
    def headings(self) -> list[Text]:
        return [_("Hour"), *(str(WEEKDAYS_ABBR[day]) for day in range(7))]

    @property
    def rows(self) -> list[list[str]]:
        return [
            [f"{hour:02}:00", *(str(self.counts.get((day, hour), 0)) for day in range(1, 8))]
            for hour in range(24)
        ]


@dataclass(frozen=True, kw_only=True)
class Bars(Panel):
    """Names with a bar each. A row: name, value, its words, and those of the period before or of what else belongs."""

    template: ClassVar[str] = "analytics/bars.html"
    items: Sequence[tuple[Text, float, str, str]]

    @property
    def rows(self) -> list[tuple[Text, str, str, str]]:
        most = max((value for _name, value, _words, _beside in self.items), default=0) or 1
        return [
            (name, f"{100 * value / most:.1f}", words, beside) for name, value, words, beside in self.items
        ]


@dataclass(frozen=True, kw_only=True)
class FactList(Panel):
    """Words with their values. A row: label, value, what explains it. `headline`: a large value and its words."""

    template: ClassVar[str] = "analytics/facts.html"
    rows: Sequence[tuple[Text, str, str]]
    headline: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Table(Panel):
    """The first column names the row, the others are numbers."""

    template: ClassVar[str] = "analytics/table.html"
    headings: Sequence[Text]
    rows: Sequence[tuple[str, ...]]
    is_wide: bool = True

    @property
    def body(self) -> SafeString:
        """A page of such tables has more cells than a template fills in time; a phone shows the heading beside each."""
        labels = [html.escape(str(heading)) for heading in self.headings[1:]]
        rows = []
        for name, *numbers in self.rows:
            cells = "".join(
                f'<td class="cell-number" data-label="{label}">{conditional_escape(number)}</td>'
                for label, number in zip(labels, numbers, strict=True)
            )
            rows.append(f'<tr><th scope="row">{conditional_escape(name)}</th>{cells}</tr>')
        return SafeString("".join(rows))


def scale_between(values: Sequence[float], least_step: float = 0.0) -> tuple[float, float, float]:
    """Distance of the lines of a grid, in steps that people count in, the lowest and the highest of them."""
    low, high = min(0.0, *values), max(0.0, *values)
    least = (high - low) / MAX_INTERVALS or 1.0
    # 1, 2 or 5 with zeros behind, or before for a line of small values.
    power = 10 ** math.floor(math.log10(least))
    step = max(next(times * power for times in (1, 2, 5, 10) if times * power >= least), least_step)
    return step, math.floor(low / step) * step, math.ceil(high / step) * step


def sparkline(values: Sequence[float | None]) -> str:
    """The points of a polyline in a box of 100 x 24; nothing of fewer than two values."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(value for _at, value in known), max(value for _at, value in known)
    width, height = max(len(values) - 1, 1), (high - low) or 1.0
    # 2 to 22 of 24: the stroke's own width would be cut off at the edge.
    return " ".join(f"{100 * at / width:.1f},{22 - 20 * (value - low) / height:.1f}" for at, value in known)

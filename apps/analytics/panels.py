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

from apps.analytics.charts import MAX_TICKS, Box, Drawing, bar
from apps.core.errors import Text

Tone = Literal["accent", "accent-line", "neutral"]
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
    def drawing(self) -> Drawing:
        drawing = Drawing(self.summary)
        drawing.grid((self._y(value), self.axis_text(value)) for value in self._steps)
        self._draw(drawing)
        step = max(1, math.ceil(len(self.dates) / MAX_TICKS))
        # Dates in digits, which read the same in every language.
        drawing.ticks([(self._x(at), f"{self.dates[at]:%m-%d}") for at in range(0, len(self.dates), step)])
        return drawing

    def axis_text(self, value: float) -> str:
        return f"{value:g}"

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

    def _draw(self, drawing: Drawing) -> None:
        if not self.is_line:
            for part, boxes in zip(self.parts, self._stacks(0.72), strict=True):
                for place, box in boxes:
                    words = f"{self.dates[place]:%m-%d} {part.label}: {part.values[place]:g}"
                    drawing.box(box, f"fill-{part.tone}", words)
            return
        values, intervals = self.parts[0].values, list(enumerate(self.parts[0].intervals))
        if intervals:
            ends = [(place, high) for place, (_low, high) in intervals]
            ends += [(place, low) for place, (low, _high) in reversed(intervals)]
            drawing.area([(self._x(place), self._y(value)) for place, value in ends], "fill-band")
        points = [(self._x(place), self._y(value)) for place, value in enumerate(values)]
        drawing.line(points, "stroke-accent")
        for point, day, value in zip(points, self.dates, values, strict=True):
            drawing.dot(point, "fill-accent", f"{day:%m-%d}: {value:.2f}")

    def _stacks(self, width: float) -> list[list[tuple[int, Box]]]:
        """For each part its bars with their dates' places, the parts of a date on each other."""
        below, stacks = [0.0] * len(self.dates), []
        for part in self.parts:
            boxes = []
            for place, value in enumerate(part.values):
                if value:
                    top, foot = self._y(below[place] + value), self._y(below[place])
                    left = self._x(place) - width / 2 / len(self.dates)
                    boxes.append((place, (left, top, width / len(self.dates), foot - top)))
                    below[place] += value
            stacks.append(boxes)
        return stacks

    @property
    def _steps(self) -> list[float]:
        step, low, high = self._scale
        return [round(low + step * number, 6) for number in range(round((high - low) / step) + 1)]

    @cached_property
    def _scale(self) -> tuple[float, float, float]:
        """Distance of the lines of the grid (1, 2 or 5 times a power of ten), the lowest and the highest of them."""
        if self.is_line:
            totals = [*self.parts[0].values, *chain.from_iterable(self.parts[0].intervals)]
        else:
            totals = [sum(values) for values in zip(*(part.values for part in self.parts), strict=True)]
        # Bars are counts: half of one is nothing that could be drawn a line at.
        return scale_between(totals, least_step=0.0 if self.is_line else 1.0)

    def _x(self, place: int) -> float:
        return (place + 0.5) / len(self.dates)

    def _y(self, value: float) -> float:
        _step, low, high = self._scale
        return (high - value) / (high - low)


@dataclass(frozen=True, kw_only=True)
class HeatMap(Panel):
    """A square for each hour of the week, the darker the more. `counts`: (weekday, 1 is Monday; hour) → how many."""

    template: ClassVar[str] = "analytics/heat_map.html"
    summary: Text
    counts: Mapping[tuple[int, int], int]

    @property
    def drawing(self) -> Drawing:
        drawing, most = (
            Drawing(self.summary, css="svg-chart chart-week"),
            max(self.counts.values(), default=0) or 1,
        )
        for day in range(7):
            name = str(WEEKDAYS_ABBR[day])
            drawing.label((0, (day + 0.5) / 7), name, "chart-label chart-before")
            for hour in range(24):
                box, count = (hour / 24, day / 7, 0.94 / 24, 0.88 / 7), self.counts.get((day + 1, hour), 0)
                drawing.box(box, "fill-ground")
                if count:
                    # From 0.1 on, so that a single one can be told from none.
                    words = f"{name} {hour:02}:00: {count}"
                    drawing.box(box, "fill-accent", words, opacity=0.1 + 0.9 * count / most)
        drawing.ticks([(hour / 24, str(hour)) for hour in range(0, 25, 6)])
        return drawing

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
    def rows(self) -> list[tuple[Text, Drawing, str, str]]:
        most = max((value for _name, value, _words, _beside in self.items), default=0) or 1
        return [(name, bar(value / most), words, beside) for name, value, words, beside in self.items]


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

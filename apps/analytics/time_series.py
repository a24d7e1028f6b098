"""Charts of several values over days: stacked or as shares, as lines, beside the period before, with what happened when.

They are drawn by a template like every panel. A small script (`static/analytics/charts.js`) shows the values of the day
under the pointer, which it reads from the table behind the chart, and redraws bars as shares.
"""

import html
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import ClassVar

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.analytics.charts import Drawing
from apps.analytics.panels import Chart, scale_between
from apps.core.errors import Text

# In this order; each is told from its neighbours in light and dark, and by its place in the stack.
TONES = ("series-1", "series-2", "series-3", "series-4", "series-5", "series-6")
# More colours nobody tells apart.
MAX_PARTS = len(TONES)


def plain_number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:,.2f}"


def short_number(value: float) -> str:
    """“20k”, “1.5M”: what has room beside an axis."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= 10 * size or (abs(value) >= size and letter != "k"):
            return f"{value / size:g}{letter}"
    return f"{value:g}"


@dataclass(frozen=True)
class Series:
    """Values by date; None where there is none, which breaks a line."""

    label: Text
    values: Sequence[float | None]
    tone: str = TONES[0]

    @property
    def numbers(self) -> str:
        return json.dumps([round(value, 6) if value else value for value in self.values])


@dataclass(frozen=True)
class Mark:
    """Something that happened on a day and may explain what is seen from then on."""

    date: date
    text: Text


@dataclass(frozen=True, kw_only=True)
class TimeSeries(Chart):
    """`words`: how a value is written, `axis_words`: at the axis, where there is little room.

    `before`: the values of the same days of the period before, a dashed line. `links`: where the rows of each date are
    listed. `days`: how many each date stands for, 1 or 7.
    """

    template: ClassVar[str] = "analytics/time_series.html"
    parts: Sequence[Series]  # type: ignore[assignment]
    words: Callable[[float], str] = plain_number
    axis_words: Callable[[float], str] = short_number
    before: Sequence[float | None] = ()
    marks: Sequence[Mark] = ()
    links: Sequence[str] = ()
    days: int = 1

    @property
    def has_values(self) -> bool:
        return any(value for part in self.parts for value in part.values)

    @property
    def may_share(self) -> bool:
        return not self.is_line and len(self.parts) > 1

    def axis_text(self, value: float) -> str:
        return self.axis_words(value)

    @cached_property
    def drawn_marks(self) -> list[tuple[float, str]]:
        """Where, and in words; those of one date together."""
        texts: dict[int, dict[date, list[str]]] = {}
        for mark in self.marks:
            places = [place for place, day in enumerate(self.dates) if day <= mark.date]
            if places:
                texts.setdefault(places[-1], {}).setdefault(mark.date, []).append(str(mark.text))
        return [
            (self._x(place), "; ".join(f"{day:%m-%d} {', '.join(lines)}" for day, lines in days.items()))
            for place, days in sorted(texts.items())
        ]

    @property
    def headings(self) -> list[Text]:
        day = _("Week from") if self.days > 1 else _("Day")
        total = [_("Total")] if self.may_share else []
        before = [_("Previous period")] if self.before else []
        return [day, *(part.label for part in self.parts), *total, *before]

    @property
    def table_body(self) -> SafeString:
        """A quarter of days has more cells than a template, or a safe string for each, fills in time."""
        links = self.links or [""] * len(self.dates)
        rows = []
        for (name, *cells), link in zip(self.rows, links, strict=True):
            head = f'<a href="{html.escape(link)}">{html.escape(name)}</a>' if link else html.escape(name)
            body = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
            rows.append(f'<tr><th scope="row">{head}</th>{body}</tr>')
        return SafeString("".join(rows))

    @property
    def rows(self) -> list[list[str]]:
        rows = []
        for place, day in enumerate(self.dates):
            values = [part.values[place] for part in self.parts]
            total = [sum(value or 0 for value in values)] if self.may_share else []
            before = [self.before[place]] if self.before else []
            cells = ["–" if value is None else self.words(value) for value in [*values, *total, *before]]
            rows.append([str(day), *cells])
        return rows

    def _draw(self, drawing: Drawing) -> None:
        if self.is_line:
            for part in self.parts:
                drawing.line(self._points(part.values), f"stroke-{part.tone}")
        else:
            for part, boxes in zip(self.parts, self._stacks(0.8), strict=True):
                values = part.numbers if self.may_share else ""
                drawing.boxes([box for _place, box in boxes], f"fill-{part.tone}", values=values)
        if self.before:
            drawing.line(self._points(self.before), "stroke-before")
        for x, text in self.drawn_marks:
            drawing.upright(x, "chart-mark")
            drawing.dot((x, 0), "chart-mark", text)

    def _points(self, values: Sequence[float | None]) -> list[tuple[float, float | None]]:
        return [
            (self._x(place), None if value is None else self._y(value)) for place, value in enumerate(values)
        ]

    @cached_property
    def _scale(self) -> tuple[float, float, float]:
        if self.is_line:
            values = [value for part in self.parts for value in part.values if value is not None]
        else:
            columns = zip(*(part.values for part in self.parts), strict=True)
            values = [sum(value or 0 for value in column) for column in columns]
        return scale_between([*values, *(value for value in self.before if value is not None)])

"""Charts of a report as pictures, by matplotlib: letters become outlines, so that they look the same everywhere."""

import io
import math
from functools import cache
from typing import Any, Final

import pylopdf_fonts_zh_cn as chinese
from django.utils.dates import WEEKDAYS_ABBR
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager

from apps.analytics.panels import Chart, HeatMap
from apps.analytics.time_series import TimeSeries

# Of the light theme, as in static/design/base.css.
TONES: Final = {
    "accent": "#2a7464",
    "accent-line": "#a9cdc0",
    "neutral": "#837f71",
    "series-1": "#2a7464",
    "series-2": "#b0611a",
    "series-3": "#3f6fa3",
    "series-4": "#a0475c",
    "series-5": "#7a6a9c",
    "series-6": "#837f71",
    "bad": "#ad3a28",
}
OTHERS: Final = ("#855700", "#46524e", "#ad3a28", "#6b86a6")
INK, LINE, PAPER = "#46524e", "#dfdcd0", "#fffefb"
WIDTH, HEIGHT = 7.0, 2.2
MAX_DATES = 10


def of_dates(panel: Chart) -> str:
    """Bars on each other, or lines, over dates."""
    figure, axes = _figure()
    places = range(len(panel.dates))
    below = [0.0] * len(panel.dates)
    others = iter(OTHERS * len(panel.parts))
    for number, part in enumerate(panel.parts):
        colour = TONES.get(part.tone) or next(others)
        if number and part.tone in {each.tone for each in panel.parts[:number]}:
            colour = next(others)
        if panel.is_line:
            # A day of which nothing is known breaks the line, as on the page.
            points = [math.nan if value is None else float(value) for value in part.values]
            axes.plot(places, points, color=colour, linewidth=1.6, label=str(part.label))
            if intervals := getattr(part, "intervals", ()):
                low, high = zip(*intervals, strict=True)
                axes.fill_between(places, low, high, color=colour, alpha=0.14, linewidth=0)
        else:
            values = [float(value or 0) for value in part.values]
            axes.bar(places, values, width=0.72, bottom=below, color=colour, label=str(part.label))
            below = [sum(pair) for pair in zip(below, values, strict=True)]
    step = max(1, -(-len(panel.dates) // MAX_DATES))
    axes.set_xticks(list(places)[::step], [f"{day:%m-%d}" for day in panel.dates[::step]])
    if isinstance(panel, TimeSeries):
        axes.yaxis.set_major_formatter(lambda value, _place: panel.axis_words(round(value, 6)))
    if len(panel.parts) > 1:
        axes.legend(prop=_font(7), frameon=False, ncols=3, loc="upper left", bbox_to_anchor=(0, 1.22))
    return _svg(figure, axes)


def of_week(panel: HeatMap) -> str:
    """A square for each hour of the week, the darker the more."""
    figure, axes = _figure()
    squares = [[panel.counts.get((day, hour), 0) for hour in range(24)] for day in range(1, 8)]
    axes.pcolormesh(squares, cmap="Greens", edgecolors=PAPER, linewidth=1.2)
    axes.invert_yaxis()
    axes.set_yticks([day + 0.5 for day in range(7)], [str(WEEKDAYS_ABBR[day]) for day in range(7)])
    axes.set_xticks(range(0, 25, 6))
    axes.grid(visible=False)
    return _svg(figure, axes)


def _figure() -> tuple[Figure, Any]:
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.add_subplot()
    axes.grid(axis="y", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.tick_params(colors=INK, length=0)
    return figure, axes


def _svg(figure: Figure, axes: Any) -> str:
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(_font(7))
    written = io.StringIO()
    FigureCanvasSVG(figure).print_svg(written, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return written.getvalue()


@cache
def _font(size: int) -> FontProperties:
    path = chinese.sans_path()
    fontManager.addfont(path)
    return FontProperties(fname=path, size=size)

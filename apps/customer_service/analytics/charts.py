"""Charts over time as SVG for the page: matplotlib draws, the page's style sheet colours.

Its SVG carries styles, which the Content-Security-Policy refuses, and fixed colours, which the dark theme cannot
change. So styles become attributes, and the stand-ins for colours become classes.
"""

import io
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from django.utils.safestring import SafeString, mark_safe

from apps.customer_service.analytics.report import Day, Week
from apps.customer_service.analytics.totals import FEWEST
from llm_backend import patterns

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
SIZE = (8.6, 2.3)
# Stand-ins: what the style sheet paints, by the class that takes their place.
PAINTS = {
    "#010101": "accent",
    "#020202": "accent-line",
    "#030303": "neutral",
    "#040404": "bad",
    "#050505": "line",
    "#060606": "ink",
}
ACCENT, ACCENT_LINE, NEUTRAL, BAD, LINE, INK = PAINTS
KEPT = {"stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray", "opacity", "text-anchor"}
MOST_TICKS = 10

ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def conversations_chart(days: Sequence[Day]) -> SafeString | str:
    """A bar a day: resolved by the assistant alone, with a person, the others. Empty without any conversation."""
    if not any(day.conversations for day in days):
        return ""
    figure, axes = _canvas(is_whole=True)
    places = range(len(days))
    automated = [day.automated + day.pending for day in days]
    people = [day.with_person for day in days]
    others = [day.conversations - a - p for day, a, p in zip(days, automated, people, strict=True)]
    below = [0] * len(days)
    for heights, colour in ((automated, ACCENT), (people, ACCENT_LINE), (others, NEUTRAL)):
        axes.bar(places, heights, bottom=below, color=colour, width=0.72)
        below = [low + height for low, height in zip(below, heights, strict=True)]
    _date_ticks(axes, [day.day for day in days])
    axes.set_ylim(0, max(*below, 1) * 1.06)
    return _svg(figure, "conversations")


def sentiment_chart(weeks: Sequence[Week]) -> SafeString | str:
    """How the mood changes between the first and the last message, week by week; up is better.

    Empty where fewer than two weeks are known: one point is no line, and its axes would be made up.
    """
    known = [week for week in weeks if week.change is not None and week.understood >= FEWEST]
    if len(known) < 2:
        return ""
    figure, axes = _canvas(is_whole=False)
    changes = [week.change or 0.0 for week in known]
    axes.axhline(0, color=LINE, linewidth=1)
    axes.plot(range(len(known)), changes, color=ACCENT, linewidth=2, marker="o", markersize=4)
    reach = max(0.2, *(abs(change) * 1.2 for change in changes))
    axes.set_ylim(-reach, reach)
    _date_ticks(axes, [week.week for week in known])
    return _svg(figure, "sentiment")


def sparkline(values: Sequence[float | None]) -> str:
    """The points of a polyline in a box of 100 x 24; nothing of fewer than two values."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(value for _, value in known), max(value for _, value in known)
    width, height = max(len(values) - 1, 1), (high - low) or 1.0
    return " ".join(f"{100 * at / width:.1f},{22 - 20 * (value - low) / height:.1f}" for at, value in known)


def _canvas(*, is_whole: bool) -> tuple["Figure", "Axes"]:
    # Here and not at the top: most processes never draw, and the import takes a third of a second.
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.grid(axis="y", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelcolor=INK, labelsize=9)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=is_whole))
    return figure, axes


def _date_ticks(axes: "Axes", dates: Sequence[date]) -> None:
    """Figures only: they read the same in every language and need no font of their own."""
    step = max(1, -(-len(dates) // MOST_TICKS))
    axes.set_xticks(range(0, len(dates), step), [f"{day:%m-%d}" for day in dates[::step]])
    axes.set_xlim(-0.6, len(dates) - 0.4)


def _svg(figure: "Figure", name: str) -> SafeString:
    import matplotlib as mpl

    written = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    root = ElementTree.fromstring(written.getvalue())  # noqa: S314  (drawn by us a line above)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    referred = set(
        patterns.findall(r"#(\w+)", " ".join(" ".join(each.attrib.values()) for each in root.iter()))
    )
    for element in root.iter():
        _restyle(element)
        if element.get("id") not in referred:
            element.attrib.pop("id", None)
    for name_of_size in ("width", "height", "version"):
        root.attrib.pop(name_of_size, None)
    root.attrib |= {"class": "chart", "aria-hidden": "true", "focusable": "false"}
    return mark_safe(ElementTree.tostring(root, encoding="unicode"))  # noqa: S308  (numbers and our own names)


def _restyle(element: Any) -> None:
    classes = []
    for name, value in _declarations(element.attrib.pop("style", "")):
        if name in ("fill", "stroke") and value in PAINTS:
            classes.append(f"{name}-{PAINTS[value]}")
        elif name in KEPT or (name in ("fill", "stroke") and value == "none"):
            element.set(name, value)
    if classes:
        element.set("class", " ".join(classes))


def _declarations(style: str) -> list[tuple[str, str]]:
    pairs = [part.split(":", 1) for part in style.split(";") if ":" in part]
    return [(name.strip(), value.strip()) for name, value in pairs]

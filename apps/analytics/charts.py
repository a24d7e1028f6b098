"""Charts: what is drawn of numbers, as one accessible SVG that follows the theme and can be read on a phone.

    drawing = Drawing(_("Orders by day"))
    drawing.grid([(0.0, "20"), (1.0, "0")])
    drawing.line([(0.1, 0.4), (0.5, 0.2)], "stroke-accent")

and `{{ drawing }}` in the template. Places are shares of the frame, x from its left and y from its top. Marks are
stretched with the frame, whose size the style sheet says; letters and dots are not, so they are as large on a phone as on
a wall. Colours are classes of the style sheet (`static/analytics/analytics.css`), which knows light and dark. The table with
the same numbers stands beside it.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.utils.html import escape
from django.utils.safestring import SafeString

from apps.core.errors import Text

# Of the inner drawing, each way.
UNITS = 1000
# What is further apart on a wide screen than a phone has room for: every second label is left out there.
MAX_TICKS = 10

Place = tuple[float, float]
Box = tuple[float, float, float, float]


class Drawing:
    """`summary`: what is read out in its place; without one it only decorates the numbers beside it.

    `css`: its class, which says how large it is, where `height` (pixels) does not.
    """

    def __init__(
        self, summary: Text = "", *, css: str = "svg-chart chart-days", height: int | None = None
    ) -> None:
        self.summary, self.css, self.height = summary, css, height
        self.has_links = False
        self._marks: list[str] = []
        self._letters: list[str] = []

    def box(self, box: Box, css: str, title: Text = "", *, opacity: float | None = None) -> None:
        """Left, top, width and height."""
        x, y, width, height = map(_units, box)
        shade = "" if opacity is None else f' fill-opacity="{opacity:.2f}"'
        size = f'x="{x}" y="{y}" width="{width}" height="{height}"'
        self._marks.append(_element("rect", css, f"{size}{shade}", title))

    def boxes(self, boxes: Iterable[Box], css: str, *, values: str = "") -> None:
        """Many of one colour as one path. `values`: the numbers behind them, for the script."""
        corners = ((_units(x), _units(y), _units(width), _units(y + height)) for x, y, width, height in boxes)
        path = "".join(f"M{x} {top}h{width}V{foot}h-{width}z" for x, top, width, foot in corners)
        data = f' data-values="{escape(values)}"' if values else ""
        self._marks.append(_element("path", css, f'd="{path}"{data}'))

    def line(self, points: Iterable[tuple[float, float | None]], css: str, title: Text = "") -> None:
        """It breaks where nothing is known; a point without a neighbour is a dot, by its round ends."""
        pieces, is_open = [], False
        for x, y in points:
            if y is not None:
                place = f"{_units(x)} {_units(y)}"
                pieces.append(f"L{place}" if is_open else f"M{place}h0")
            is_open = y is not None
        self._marks.append(_element("path", css, f'd="{"".join(pieces)}"', title))

    def area(self, corners: Iterable[Place], css: str) -> None:
        points = " ".join(f"{_units(x)},{_units(y)}" for x, y in corners)
        self._marks.append(_element("polygon", css, f'points="{points}"'))

    def dot(self, place: Place, css: str, title: Text = "", *, radius: float = 3) -> None:
        x, y = place
        self._letters.append(
            _element("circle", css, f'cx="{_percent(x)}" cy="{_percent(y)}" r="{radius}"', title)
        )

    def label(self, place: Place, text: Text, css: str = "chart-label", title: Text = "") -> None:
        x, y = place
        words = f"{escape(text)}{_title(title)}"
        self._letters.append(f'<text class="{css}" x="{_percent(x)}" y="{_percent(y)}">{words}</text>')

    def grid(self, lines: Iterable[tuple[float, Text]]) -> None:
        """Lines from left to right with what stands before them."""
        for y, text in lines:
            self.line([(0, y), (1, y)], "chart-line")
            self.label((0, y), text, "chart-label chart-before")

    def upright(self, x: float, css: str, title: Text = "") -> None:
        self.line([(x, 0), (x, 1)], css, title)

    def ticks(self, labels: Sequence[tuple[float, Text]]) -> None:
        """What stands below."""
        for number, (x, text) in enumerate(labels):
            rest = " chart-spare" if number % 2 and len(labels) > MAX_TICKS / 2 else ""
            self.label((x, 1), text, f"chart-label chart-below{rest}")

    @contextmanager
    def link(self, url: str, title: Text) -> Iterator[None]:
        """What is drawn inside leads there."""
        self.has_links = True
        self._marks.append(f'<a href="{escape(url)}" aria-label="{escape(title)}">{_title(title)}')
        yield
        self._marks.append("</a>")

    def __html__(self) -> str:
        role = f'role="{"group" if self.has_links else "img"}" aria-label="{escape(self.summary)}"'
        spoken = role if self.summary else 'aria-hidden="true" focusable="false"'
        height = f' height="{self.height}"' if self.height else ""
        stretched = f'viewBox="0 0 {UNITS} {UNITS}" preserveAspectRatio="none"'
        marks = "".join(self._marks)
        if not self._letters:
            return SafeString(f'<svg class="{self.css}"{height} {stretched} {spoken}>{marks}</svg>')
        inner = f'<svg class="chart-marks" {stretched}>{marks}</svg>'
        return SafeString(f'<svg class="{self.css}"{height} {spoken}>{inner}{"".join(self._letters)}</svg>')

    __str__ = __html__


def sparkline(values: Sequence[float | None]) -> Drawing | None:
    """A small line without axes; nothing of fewer than two values."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    low, span, width = min(known), (max(known) - min(known)) or 1.0, len(values) - 1
    drawing = Drawing(css="sparkline")
    # Not to the edges, where half of the stroke would be cut off. What is not known is passed over.
    drawing.line(
        [
            (at / width, 0.92 - 0.84 * (value - low) / span)
            for at, value in enumerate(values)
            if value is not None
        ],
        "stroke-accent",
    )
    return drawing


def bar(share: float, tone: str = "fill-accent", *, css: str = "bar", summary: Text = "") -> Drawing:
    """So much of a whole, beside its number."""
    drawing = Drawing(summary, css=css)
    drawing.box((0, 0, min(max(share, 0.0), 1.0), 1), tone, summary)
    return drawing


def interval(low: float, value: float, high: float, *, zero: float) -> Drawing:
    """A range with its point, against the line of 0; the numbers stand beside it."""
    drawing = Drawing(css="interval")
    drawing.upright(zero, "interval-zero")
    drawing.line([(low, 0.5), (high, 0.5)], "interval-range")
    drawing.dot((value, 0.5), "interval-point", radius=4)
    return drawing


def _units(share: float) -> str:
    return f"{UNITS * share:.1f}".removesuffix(".0")


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _title(text: Text) -> str:
    return f"<title>{escape(text)}</title>" if text else ""


def _element(tag: str, css: str, attributes: str, title: Text = "") -> str:
    return f'<{tag} class="{css}" {attributes}>{_title(title)}</{tag}>'

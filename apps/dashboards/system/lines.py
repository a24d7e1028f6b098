"""A value over minutes as a small line with its table, drawn by a template; gaps stay gaps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from statistics import median

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.analytics.charts import Drawing
from apps.core.errors import Text

MAX_TABLE_ROWS = 48


@dataclass(frozen=True)
class Line:
    """`key`: how programs call it, with its unit. `times` in seconds since 1970, rising. `words`: how a value is written.

    `top`: of the axis, at least.
    """

    key: str
    label: Text
    times: Sequence[float]
    values: Sequence[float | None]
    words: Callable[[float], str]
    top: float = 0.0

    @property
    def is_known(self) -> bool:
        return any(value is not None for value in self.values)

    @cached_property
    def highest(self) -> float:
        return max((value for value in self.values if value is not None), default=0.0)

    @property
    def now(self) -> float | None:
        return self.values[-1] if self.values else None

    @property
    def now_text(self) -> str:
        return "–" if self.now is None else self.words(self.now)

    @property
    def summary(self) -> str:
        return _("%(label)s: now %(now)s, peak %(most)s") % {
            "label": self.label,
            "now": self.now_text,
            "most": self.words(self.highest),
        }

    @property
    def highest_text(self) -> str:
        return self.words(self.highest)

    @property
    def first_text(self) -> str:
        return _clock(self.times[0])

    @property
    def last_text(self) -> str:
        return _clock(self.times[-1])

    @property
    def drawing(self) -> Drawing:
        drawing = Drawing(self.summary, css="system-drawing")
        drawing.line([(0, 0.95), (1, 0.95)], "system-axis")
        drawing.line(self.points, "system-stroke")
        return drawing

    @property
    def points(self) -> list[tuple[float, float | None]]:
        """Shares of the drawing; None where nothing is known: where nobody looked for a while, too."""
        steps = [after - before for before, after in pairwise(self.times)]
        gap = 3 * median(steps) if steps else 0.0
        length, top = (self.times[-1] - self.times[0]) or 1.0, max(self.highest, self.top) or 1.0
        points: list[tuple[float, float | None]] = []
        for at, value, step in zip(self.times, self.values, [0.0, *steps], strict=False):
            x = (at - self.times[0]) / length
            points += [(x, None)] if step > gap else []
            points.append((x, None if value is None else 0.93 - 0.86 * value / top))
        return points

    @property
    def rows(self) -> list[tuple[str, str]]:
        """For those who read: evenly chosen, newest first."""
        step = max(1, -(-len(self.times) // MAX_TABLE_ROWS))
        pairs = list(zip(self.times, self.values, strict=True))[::-1][::step]
        return [(_clock(at), "–" if value is None else self.words(value)) for at, value in pairs]


def _clock(at: float) -> str:
    return f"{timezone.localtime(datetime.fromtimestamp(at, UTC)):%m-%d %H:%M}"

"""A value over minutes as a small line with its table, drawn by a template; gaps stay gaps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from statistics import median

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import Text

WIDTH, HEIGHT, MARGIN = 300, 56, 4
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
    def paths(self) -> list[str]:
        """Points of a polyline for each stretch without a gap; a lone one is drawn as a short dash."""
        stretches: list[list[tuple[float, float]]] = [[]]
        steps = [after - before for before, after in pairwise(self.times)]
        # Where nobody looked for a while, nothing is known.
        gap = 3 * median(steps) if steps else 0.0
        for at, value, step in zip(self.times, self.values, [0.0, *steps], strict=False):
            if value is None or step > gap:
                stretches.append([])
            if value is not None:
                stretches[-1].append((self._x(at), self._y(value)))
        drawn = [
            each if len(each) > 1 else [each[0], (each[0][0] + 1, each[0][1])] for each in stretches if each
        ]
        return [" ".join(f"{x:.1f},{y:.1f}" for x, y in stretch) for stretch in drawn]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """For those who read: evenly chosen, newest first."""
        step = max(1, -(-len(self.times) // MAX_TABLE_ROWS))
        pairs = list(zip(self.times, self.values, strict=True))[::-1][::step]
        return [(_clock(at), "–" if value is None else self.words(value)) for at, value in pairs]

    def _x(self, at: float) -> float:
        length = (self.times[-1] - self.times[0]) or 1.0
        return MARGIN + (WIDTH - 2 * MARGIN) * (at - self.times[0]) / length

    def _y(self, value: float) -> float:
        top = max(self.highest, self.top) or 1.0
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * value / top


def _clock(at: float) -> str:
    return f"{timezone.localtime(datetime.fromtimestamp(at, UTC)):%m-%d %H:%M}"

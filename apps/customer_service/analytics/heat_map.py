"""When visitors come: a square for each hour of the week, the darker the busier."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import ngettext

from apps.customer_service.analytics.report import Hour

CELL = 10


@dataclass(frozen=True)
class Square:
    x: int
    opacity: str
    text: str


@dataclass(frozen=True)
class Line:
    label: str
    squares: list[Square]


def heat_map(hours: Sequence[Hour]) -> list[Line]:
    counts = {(each.weekday, each.hour): each.conversations for each in hours}
    most = max(counts.values(), default=0) or 1
    return [_line(weekday, counts, most) for weekday in range(1, 8)]


def _line(weekday: int, counts: dict[tuple[int, int], int], most: int) -> Line:
    label = str(WEEKDAYS_ABBR[weekday - 1])
    squares = [_square(label, hour, counts.get((weekday, hour), 0), most) for hour in range(24)]
    return Line(label, squares)


def _square(label: str, hour: int, count: int, most: int) -> Square:
    words = {"day": label, "hour": f"{hour:02}:00", "count": count}
    text = ngettext(
        "%(day)s %(hour)s: %(count)d conversation", "%(day)s %(hour)s: %(count)d conversations", count
    )
    return Square(hour * CELL, f"{0.1 + 0.9 * count / most:.2f}" if count else "0", text % words)

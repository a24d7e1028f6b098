"""When people answer: opening hours by the wall clock of one time zone. Pure functions, nothing is read or stored.

Ranges are wall-clock times; how long one lasts is counted in real time, so that the two nights a year on which the
clocks change neither give nor take an hour of the promise.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
END_OF_DAY = "24:00"
# A desk without an open minute in a year never opens.
HORIZON = timedelta(days=366)

Range = tuple[str, str]
Interval = tuple[datetime, datetime]

_TIME = r"([01]?\d|2[0-3]):([0-5]\d)|24:00"
_RANGE = patterns.compile(rf"({_TIME})\s*(?:-|–|—|~|～|至|到|to\b)\s*({_TIME})")
_BETWEEN_RANGES = patterns.compile(r"[,，、;；]")
_DAY = patterns.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?")
_BETWEEN_DAYS = patterns.compile(r"\s-\s|[–—~至到]|\bto\b")
# Whoever closes for longer has no desk meanwhile.
LONGEST_HOLIDAY = timedelta(days=62)


class HoursInvalid(ValueError):
    """A person wrote hours that cannot be read; `reason` tells them what to do."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class OpeningHours:
    """`ranges` by weekday, Monday is 0; a day without is closed. `special_days` have hours of their own, or none."""

    ranges: Mapping[int, Sequence[Range]]
    special_days: Mapping[date, Sequence[Range]]
    zone: ZoneInfo

    @classmethod
    def stored(cls, hours: Mapping[str, Any], holidays: Sequence[str], time_zone: str) -> "OpeningHours":
        """As `DeskSettings` keeps them."""
        ranges = {
            number: [(start, end) for start, end in hours[day]]
            for number, day in enumerate(DAYS)
            if hours.get(day)
        }
        return cls(ranges, dict(map(_special_day, holidays)), ZoneInfo(time_zone))

    def is_open(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.open_intervals(at, until=at))

    def next_opening(self, after: datetime) -> datetime | None:
        """When it opens next; `after` itself while it is open, None when it never does."""
        after = after.astimezone(UTC)
        following = next(self.open_intervals(after, until=after + HORIZON), None)
        return max(following[0], after) if following else None

    def due_at(self, start: datetime, *, minutes: int) -> datetime | None:
        """The moment at which `minutes` of open time have passed; None when that takes more than a year."""
        start = start.astimezone(UTC)  # sums of local times would be by the wall clock
        remaining = timedelta(minutes=minutes)
        for opens_at, closes_at in self.open_intervals(start, until=start + HORIZON):
            begin = max(opens_at, start)
            # Instants in UTC: a night on which the clocks change gives or takes no hour of the promise.
            if closes_at - begin >= remaining:
                return begin + remaining
            remaining -= closes_at - begin
        return None

    def open_intervals(self, after: datetime, *, until: datetime) -> Iterator[Interval]:
        """The open ones that end after `after` and begin no later than `until`, in order."""
        day = after.astimezone(self.zone).date()
        last = until.astimezone(self.zone).date()
        while day <= last:
            for hours_range in self.special_days.get(day, self.ranges.get(day.weekday(), ())):
                interval = self._interval(day, hours_range)
                if interval[1] > after and interval[0] <= until:
                    yield interval
            day += timedelta(days=1)

    def _interval(self, day: date, hours_range: Range) -> Interval:
        """A time that comes twice in the night of the clock change: opens at the first, closes at the second."""
        return self._instant(day, hours_range[0], fold=0), self._instant(day, hours_range[1], fold=1)

    def _instant(self, day: date, clock_time: str, *, fold: int) -> datetime:
        if clock_time == END_OF_DAY:
            day, clock_time = day + timedelta(days=1), "00:00"
        local = datetime.combine(day, time.fromisoformat(clock_time), tzinfo=self.zone)
        return local.replace(fold=fold).astimezone(UTC)


def ranges_of(text: str) -> list[list[str]]:
    """`09:00-12:00, 13:30-18:00` as it is stored. Raises HoursInvalid."""
    parts = [part.strip() for part in _BETWEEN_RANGES.split(nfkc(text)) if part.strip()]
    return checked_ranges([_range_of(part) for part in parts])


def text_of(ranges: Sequence[Sequence[str]]) -> str:
    return ", ".join(f"{start}-{end}" for start, end in ranges)


def checked_ranges(ranges: Any) -> list[list[str]]:
    """In order of the day, none within another. Raises HoursInvalid."""
    if not isinstance(ranges, list):
        raise HoursInvalid(_("Enter a list of ranges, each with a start and an end."))
    sorted_ranges = sorted(_checked_range(each) for each in ranges)
    for (_start, end), (following, _end) in itertools.pairwise(sorted_ranges):
        if following < end:
            raise HoursInvalid(_("Two ranges overlap. Merge them."))
    return sorted_ranges


def checked_holidays(days: Sequence[str]) -> list[str]:
    """In order, each once; “2027-10-01 to 2027-10-07” are seven. “2027-10-10 9:00-18:00” is open then, whatever other lines
    say. Raises HoursInvalid.
    """
    special_days: dict[str, list[list[str]]] = {}
    for text in days:
        try:
            dates, hours = _dates_and_hours(nfkc(text).strip())
        except HoursInvalid:
            raise
        except (ValueError, AttributeError, TypeError) as error:
            raise HoursInvalid(_("Enter each date as year-month-day, such as 2027-01-01.")) from error
        for day in dates:
            known = special_days.setdefault(day.isoformat(), [])
            special_days[day.isoformat()] = checked_ranges([*known, *hours])
    return [f"{day} {text_of(hours)}".strip() for day, hours in sorted(special_days.items())]


def _special_day(line: str) -> tuple[date, list[Range]]:
    """As `checked_holidays` writes it."""
    day, _space, hours = line.partition(" ")
    return date.fromisoformat(day), [(start, end) for start, end in ranges_of(hours)]


def _dates_and_hours(line: str) -> tuple[list[date], list[list[str]]]:
    """Raises ValueError."""
    if not line:
        return [], []
    clock = patterns.search(r"\d{1,2}:\d", line)
    start = clock.start() if clock else len(line)
    return _days_of(line[:start].rstrip(" :,;")), ranges_of(line[start:])


def _days_of(text: str) -> list[date]:
    """Raises ValueError."""
    first, *more = [_day_of(end.strip()) for end in _BETWEEN_DAYS.split(text)]
    last = more[-1] if more else first
    if len(more) > 1 or not first <= last <= first + LONGEST_HOLIDAY:
        raise ValueError(text)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _day_of(text: str) -> date:
    written = _DAY.fullmatch(text)
    return date(*map(int, written.groups())) if written else date.fromisoformat(text)


def _range_of(text: str) -> list[str]:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise HoursInvalid(
            _("“%(text)s” is not a time range. Use 09:00-12:00, 13:30-18:00.") % {"text": text[:40]}
        )
    return [match[1], match[4]]


def _checked_range(pair: Any) -> list[str]:
    is_pair = (
        isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(each, str) for each in pair)
    )
    if not is_pair or not all(patterns.fullmatch(_TIME, each) for each in pair):
        raise HoursInvalid(_("A range has a start and an end time, such as 09:00 and 18:00."))
    start, end = (each.rjust(5, "0") for each in pair)
    if start >= end:
        raise HoursInvalid(
            _(
                "A range must end after it starts. For hours past midnight, use 22:00-24:00 and, on "
                "the next day, 00:00-02:00."
            )
        )
    return [start, end]

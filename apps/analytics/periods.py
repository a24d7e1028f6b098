"""The days that a report is about, on the clocks of whoever it is for, and as many days before them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput

CHOICES = (7, 30, 90, 365)
USUAL_DAYS = 30
# A leap year.
MAX_DAYS = 366
# Beyond this many the bars of days are too thin to tell from each other.
MAX_DAYS_DRAWN = 92


@dataclass(frozen=True)
class Period:
    """Whole days on the clocks of a time zone; `first` and `last` both belong to it."""

    first: date
    last: date
    time_zone: str

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def since(self) -> datetime:
        return self._midnight(self.first)

    @property
    def until(self) -> datetime:
        return self._midnight(self.last + timedelta(days=1))

    @property
    def is_latest(self) -> bool:
        return self == latest(self.days, self.time_zone)

    @property
    def is_over(self) -> bool:
        """False where its last day still goes on, which is compared with a whole one."""
        return self.until <= timezone.now()

    @property
    def before(self) -> "Period":
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.time_zone)

    @property
    def dates(self) -> list[date]:
        return [self.first + timedelta(days=day) for day in range(self.days)]

    @property
    def step_days(self) -> int:
        """How many days a chart draws as one: a day, or a week of a long period."""
        return 1 if self.days <= MAX_DAYS_DRAWN else 7

    @property
    def steps(self) -> list[date]:
        """The first day of each step."""
        return self.dates[:: self.step_days]

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, ZoneInfo(self.time_zone))


def latest(days: int, time_zone: str) -> Period:
    """Today and the days before it."""
    today = timezone.now().astimezone(ZoneInfo(time_zone)).date()
    return Period(today - timedelta(days=days - 1), today, time_zone)


def between(first: date, last: date, time_zone: str) -> Period:
    """Raises InvalidInput for days in the wrong order or too many of them."""
    period = Period(first, last, time_zone)
    if first > last:
        raise InvalidInput(fields={"from": [_("The start date is after the end date. Swap them.")]})
    if period.days > MAX_DAYS:
        raise InvalidInput(fields={"from": [_("Choose at most 366 days.")]})
    return period

"""Made-up traffic of an organisation: when things happen and who does them, the same for the same seed."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from apps.accounts.models import ApiKey, Membership, Organisation

T = TypeVar("T")
# How much happens in each hour of a day, and on Monday to Sunday.
HOURS = (1, 1, 1, 1, 1, 2, 4, 9, 18, 26, 28, 22, 16, 22, 27, 26, 22, 16, 12, 13, 14, 10, 5, 2)
WEEKDAYS = (1.15, 1.1, 1.05, 1.0, 0.95, 0.55, 0.45)
# At the beginning and at the end of the time that is filled.
GROWTH = (0.6, 1.35)
# So many a day vary little enough as they are.
MANY = 8


@dataclass
class Traffic:
    """`until`: nothing is made up for the future. `ids`: those of two organisations must not be the same."""

    organisation: Organisation
    members: Sequence[Membership]
    api_keys: Sequence[ApiKey]
    days: int
    until: datetime
    random: Random = field(default_factory=Random)
    ids: Random = field(default_factory=SystemRandom)

    @property
    def is_chinese(self) -> bool:
        return self.organisation.output_language.startswith("zh")

    def words(self, chinese: T, english: T) -> T:
        return chinese if self.is_chinese else english

    def moments(self, per_day: float) -> Iterator[datetime]:
        """In order, so many a day on average: more by day than by night, more on workdays, more as time goes on."""
        midnight = self.until.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        least, most = GROWTH
        for number in range(self.days):
            day = midnight - timedelta(days=self.days - 1 - number)
            growth = least + (most - least) * number / max(1, self.days - 1)
            expected = per_day * growth * WEEKDAYS[day.weekday()] * self.random.uniform(0.85, 1.15)
            hours = self.random.choices(range(24), HOURS, k=self._count(expected, is_first=number == 0))
            found = [
                day + timedelta(hours=hour, seconds=self.random.uniform(0, 3600)) for hour in sorted(hours)
            ]
            yield from sorted(moment for moment in found if moment < self.until)

    def _count(self, expected: float, *, is_first: bool) -> int:
        """Rare things come in clusters (Poisson): exactly one on each day would be seen as made up at once."""
        if expected >= MANY:
            return round(expected)
        count, chance = 0, self.random.random()
        while chance > math.exp(-expected):
            count, chance = count + 1, chance * self.random.random()
        return max(count, 1) if is_first else count

    def seconds(self, median: float, spread: float = 0.6) -> timedelta:
        """Most take about the median, a few take many times as long."""
        return timedelta(seconds=self.random.lognormvariate(math.log(median), spread))

    def row_id(self, moment: datetime) -> UUID:
        """A UUIDv7 of that moment: lists go by ids, and so do those who look for what is recent."""
        milliseconds = int(moment.timestamp() * 1000)
        parts = (milliseconds << 80, 7 << 76, self.ids.getrandbits(12) << 64, 2 << 62)
        return UUID(int=sum(parts) + self.ids.getrandbits(62))

    def member(self) -> Membership:
        """Some do much more than others."""
        weights = [1 / (place + 1) for place in range(len(self.members))]
        return self.random.choices(self.members, weights)[0]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

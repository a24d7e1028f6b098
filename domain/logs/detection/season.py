"""What a quantity usually is at this time of the day, or of the week."""

import math
from array import array
from dataclasses import dataclass, field
from statistics import median

DAY_SECONDS = 86_400
SLOT_SECONDS = 1_800
SLOTS_PER_DAY = DAY_SECONDS // SLOT_SECONDS
MAX_DAYS = 28
# More values than this in half an hour say nothing more about its median.
MAX_VALUES_PER_SLOT = 120
MIN_EARLIER_SLOTS = 4


@dataclass
class SeasonalProfile:
    """Medians of half hours over the last four weeks: robust against the anomalies that they will hold as well.

    A time before the newest one is taken for the newest one, so clocks that jump back cannot rewrite what was learnt.
    """

    # For each half hour of the day: the numbers of the days and the medians then. Arrays, as there are many profiles.
    _days: "list[array[int]]" = field(default_factory=lambda: [array("q") for _ in range(SLOTS_PER_DAY)])
    _medians: "list[array[float]]" = field(default_factory=lambda: [array("d") for _ in range(SLOTS_PER_DAY)])
    _open_slot: tuple[int, int] | None = None
    _open_values: list[float] = field(default_factory=list)
    _first_time: float | None = None
    _last_time: float = -math.inf
    _daily_error: float = 0.0
    _weekly_error: float = 0.0
    _expected_place: tuple[int, int] | None = None
    _expected: float | None = None

    def expectation(self, time: float) -> float | None:
        """None before a whole day has been seen."""
        now = max(time, self._last_time)
        if self._first_time is None or now < self._first_time + DAY_SECONDS:
            return None
        place = self._place(now)
        # What is usual changes with the half hour alone, and is asked for with every value.
        if place != self._expected_place:
            self._expected_place, self._expected = place, self._usual(*place)
        return self._expected

    def add(self, time: float, value: float) -> None:
        if self._first_time is None:
            self._first_time = time
        self._last_time = max(time, self._last_time)
        place = self._place(self._last_time)
        if place != self._open_slot:
            self._close_slot()
            self._open_slot = place
        if len(self._open_values) < MAX_VALUES_PER_SLOT:
            self._open_values.append(value)

    def _usual(self, day: int, slot: int) -> float | None:
        daily, weekly = self._daily(slot), self._weekly(day, slot)
        if weekly is not None and self._weekly_error < 0.8 * self._daily_error:
            return weekly
        return daily

    def _close_slot(self) -> None:
        """Store the finished half hour, and how far each of the two seasons was from it."""
        self._expected_place = None
        if self._open_slot is None or not self._open_values:
            return
        day, slot = self._open_slot
        value = median(self._open_values)
        daily, weekly = self._daily(slot), self._weekly(day, slot)
        if daily is not None and weekly is not None:
            self._daily_error += 0.02 * (abs(value - daily) - self._daily_error)
            self._weekly_error += 0.02 * (abs(value - weekly) - self._weekly_error)
        self._days[slot].append(day)
        self._medians[slot].append(value)
        if len(self._medians[slot]) > MAX_DAYS:
            self._days[slot].pop(0)
            self._medians[slot].pop(0)
        self._open_values = []

    def _daily(self, slot: int) -> float | None:
        near = self._medians[slot - 1] + self._medians[slot] + self._medians[(slot + 1) % SLOTS_PER_DAY]
        if len(near) < MIN_EARLIER_SLOTS:
            return None
        return median(near)

    def _weekly(self, day: int, slot: int) -> float | None:
        """Of the same day in earlier weeks, from two of them on."""
        places = (slot - 1, slot, (slot + 1) % SLOTS_PER_DAY)
        near = [
            value
            for place in places
            for earlier, value in zip(self._days[place], self._medians[place], strict=True)
            if earlier < day and (day - earlier) % 7 == 0
        ]
        return median(near) if len(near) >= 2 * len(places) else None

    @staticmethod
    def _place(time: float) -> tuple[int, int]:
        day, seconds = divmod(time, DAY_SECONDS)
        return int(day), int(seconds // SLOT_SECONDS)

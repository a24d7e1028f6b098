"""More than ever within half an hour, though no single minute shows it: a link that fails once a minute."""

import copy
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, islice

import numpy as np
import scipy

from domain.logs.detection.anomalies import MAX_P_VALUE, Anomaly, Detections

MINUTE = 60.0
SLOT_MINUTES, WINDOW_SLOTS = 10, 3
SLOT_SECONDS = SLOT_MINUTES * MINUTE
WINDOW_MINUTES = SLOT_MINUTES * WINDOW_SLOTS
# A week, so that what a job does every night is known from the second one on.
MAX_SLOTS = 7 * 24 * 6
# With less behind it nobody knows what half an hour usually brings.
MIN_SLOTS = 3 * 6
MIN_RECORDS = 10
# In a minute: of what never came in that time.
LEAST_USUAL = 0.5 / (SLOT_MINUTES * MIN_SLOTS)
# What came in half of such numbers before may come in these.
MIN_GROWTH = 2.0
# What goes on for longer is how it is by now.
MAX_BURST_SLOTS = 6 * 6
# That counts are independent is not known so well that more digits would say anything.
SMALLEST_P_VALUE = 1e-8


Counts = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass
class _SubjectCounts:
    """`minutes`: of the window; `slots`: of ten minutes each, those of the window last. `begin`: when the burst began that
    goes on, `records` and `burst_slots`: how many came in it, and how long it takes. `total`: of all slots, as to add up a
    week of each subject anew is what a replay would spend its time on.
    """

    minutes: deque[int]
    slots: deque[int]
    in_slot: int = 0
    total: int = 0
    begin: float | None = None
    records: int = 0
    burst_slots: int = 0

    @property
    def in_window(self) -> int:
        return sum(self.minutes)

    @property
    def earlier_slots(self) -> int:
        """How many there are before the window, and before the burst that goes on."""
        return len(self.slots) - max(WINDOW_SLOTS, self.burst_slots)

    @property
    def usual(self) -> float:
        """The mean of the earlier slots, of which there is one at least."""
        latest = sum(islice(reversed(self.slots), len(self.slots) - self.earlier_slots))
        return (self.total - latest) / self.earlier_slots

    @property
    def earlier(self) -> Counts:
        return np.array(list(islice(self.slots, self.earlier_slots)), np.float64)

    def end_slot(self) -> None:
        if len(self.slots) == MAX_SLOTS:
            self.total -= self.slots[0]
        self.slots.append(self.in_slot)
        self.total += self.in_slot
        self.in_slot = 0


@dataclass
class BurstDetector:
    """Each subject's count of the last half hour against its earlier ones, asked every ten minutes.

    The predictive distribution of a Poisson rate (gamma-Poisson), with the counts divided by how much more than Poisson's
    their spread was before. Where the others grow alike it is the load, and expected.
    """

    _counts: dict[str, _SubjectCounts] = field(default_factory=dict)
    _first_minute: float = math.nan

    def update(self, counts: Mapping[str, int], minute: float) -> Detections | None:
        """All counts of one minute; something is told with the last minute of a slot only."""
        if math.isnan(self._first_minute):
            self._first_minute = minute
        for subject in counts.keys() - self._counts.keys():
            before = int((minute - self._first_minute) // SLOT_SECONDS)
            zeros = deque([0] * min(before, MAX_SLOTS), MAX_SLOTS)
            self._counts[subject] = _SubjectCounts(deque(maxlen=WINDOW_MINUTES), zeros)
        is_slot_over = _is_slot_over(minute)
        for subject, known in self._counts.items():
            count = max(0, counts.get(subject, 0))
            known.minutes.append(count)
            known.in_slot += count
            known.records += count
            if is_slot_over:
                known.end_slot()
        return self._bursts(minute) if is_slot_over else None

    def so_far(self, minute: float) -> Detections | None:
        """What can be told after this minute, the last that there is, in the middle of a slot. Nothing is learnt of it."""
        if _is_slot_over(minute):
            return None
        ended = copy.deepcopy(self)
        for known in ended._counts.values():
            known.end_slot()
        return ended._bursts(minute)

    def forget(self, subject: str) -> None:
        self._counts.pop(subject, None)

    def _bursts(self, minute: float) -> Detections:
        least = MIN_SLOTS - WINDOW_SLOTS
        asked = {key: each for key, each in self._counts.items() if each.earlier_slots >= least}
        expectations = {key: WINDOW_SLOTS * each.usual for key, each in asked.items()}
        now, usual, found = sum(each.in_window for each in asked.values()), sum(expectations.values()), []
        for subject, known in asked.items():
            expected = expectations[subject]
            load = max(1.0, (now - known.in_window + 1) / (usual - expected + 1))
            records = known.in_window / load
            p_value = _p_value(records, known.earlier) if records >= MIN_RECORDS else 1.0
            if p_value > MAX_P_VALUE:
                known.begin, known.burst_slots = None, 0
                continue
            _go_on(known, expected / WINDOW_MINUTES, minute)
            # What is quiet again is told as far as it went.
            is_quiet = known.slots[-1] < max(1.0, MIN_GROWTH * expected / WINDOW_SLOTS)
            if known.begin is not None and not (is_quiet and known.burst_slots > WINDOW_SLOTS):
                length = minute + MINUTE - known.begin
                found.append(Anomaly("rate", subject, known.begin, p_value, known.records, expected, length))
        return Detections("rate", minute, len(asked), found)


def _is_slot_over(minute: float) -> bool:
    return (minute + MINUTE) % SLOT_SECONDS == 0


def _p_value(records: float, earlier: Counts) -> float:
    """That as many come; 1 of what is near the most that came before."""
    most = float(np.convolve(earlier, np.ones(WINDOW_SLOTS)).max())
    if records < MIN_GROWTH * most:
        return 1.0
    mean = float(earlier.mean())
    spread = max(1.0, float(earlier.var()) / mean) if mean else 1.0
    shape = float(earlier.sum()) / spread + 0.5
    share = WINDOW_SLOTS / (len(earlier) + WINDOW_SLOTS)
    return max(SMALLEST_P_VALUE, float(scipy.special.betainc(records / spread, shape, share)))


def _go_on(known: _SubjectCounts, usual: float, minute: float) -> None:
    """Notes where the burst began; one that takes too long is over."""
    if known.begin is None:
        minutes = list(known.minutes)
        place = _first_place(minutes, max(usual, LEAST_USUAL))
        known.begin = minute - (len(minutes) - place - 1) * MINUTE
        known.records, known.burst_slots = sum(minutes[place:]), WINDOW_SLOTS
        return
    known.burst_slots += 1
    if known.burst_slots > MAX_BURST_SLOTS:
        known.begin, known.burst_slots = None, 0


def minutes_beside(outward: Sequence[int], records: int, minutes: float, usual: float) -> int:
    """How many of the minutes beside a burst, from it outward, belong to it: as far as it stands out most from what is
    usual in a minute. `records`: those of the `minutes` that are known to be of it."""
    sums = list(accumulate(outward, initial=records))
    return max(range(len(sums)), key=lambda place: (_ratio(sums[place], usual * (minutes + place)), -place))


def _first_place(minutes: Sequence[int], usual: float) -> int:
    """The minute from which on to the end there is most above the usual."""

    def ratio(place: int) -> float:
        return _ratio(sum(minutes[place:]), usual * (len(minutes) - place))

    return max(range(len(minutes)), key=lambda place: (ratio(place), -place))


def _ratio(records: float, expected: float) -> float:
    """How far a number stands out, as the likelihood ratio of two rates has it."""
    return records * math.log(records / expected) - records + expected if records > expected else 0.0

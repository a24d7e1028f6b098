"""One number, how many false alarms a day people will read, sets the threshold of every detector."""

import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.logs.detection.anomalies import Anomaly, Detections, Kind, Suppressions
from domain.logs.detection.season import DAY_SECONDS

# Until so much time has been seen, the tests of a day are estimated from it as if it had been.
MIN_OBSERVED_SECONDS = 3_600
QUIET_SECONDS = 3_600
MAX_SUBJECTS = 10_000
# No alarm is worth raising at more than this, however seldom its detector asks.
MAX_THRESHOLD = 0.05


@dataclass
class DailyCount:
    """How many of something in a day, by exponential forgetting: two numbers, whatever is counted."""

    _total: float = 0.0
    _first_time: float = math.nan
    _last_time: float = math.nan

    def add(self, count: float, time: float) -> None:
        self._decay(time)
        self._total += count

    def per_day(self, time: float) -> float:
        if math.isnan(self._first_time):
            return 0.0
        self._decay(time)
        observed_seconds = max(MIN_OBSERVED_SECONDS, self._last_time - self._first_time)
        return self._total / (1 - math.exp(-observed_seconds / DAY_SECONDS))

    def recent(self, time: float) -> float:
        """What is left of the count; not scaled up while little has been seen."""
        self._decay(time)
        return self._total

    def _decay(self, time: float) -> None:
        """Time that is no number, or runs backwards, stands still."""
        if not math.isfinite(time):
            return
        if math.isnan(self._first_time):
            self._first_time = self._last_time = time
        elapsed_seconds = max(0.0, time - self._last_time)
        self._total *= math.exp(-elapsed_seconds / DAY_SECONDS)
        self._last_time += elapsed_seconds


@dataclass
class AlarmBudget:
    """Chooses which detections are alarms, so that about `alarms_per_day` of a usual day's are.

    The kinds that are in use share the budget equally. Within a kind, n tests a day at a threshold p give n·p false alarms,
    so p is the share over n. Once the day has had its alarms, each further one must be ten times as rare: a bad day brings
    a dozen more, not a thousand. A subject that was raised is quiet for an hour unless it becomes ten times as odd.
    """

    alarms_per_day: float
    suppressions: Suppressions = field(default_factory=Suppressions)
    _tests: dict[Kind, DailyCount] = field(default_factory=dict)
    _alarm_count: DailyCount = field(default_factory=DailyCount)
    _subjects: OrderedDict[tuple[Kind, str], Anomaly] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.alarms_per_day) and self.alarms_per_day > 0):
            raise ValueError("a budget is a positive number of alarms a day")

    def alarms(self, detections: Iterable[Detections]) -> list[Anomaly]:
        """The anomalies to raise, rarest first, with their probability as people's suppressions leave it."""
        batch = list(detections)
        for each in batch:
            self._tests.setdefault(each.kind, DailyCount()).add(each.tests, each.time)
        candidates = [self.suppressions.rescore(anomaly) for each in batch for anomaly in each.anomalies]
        return [each for each in sorted(candidates, key=lambda each: each.p_value) if self._admits(each)]

    def was_raised(self, anomaly: Anomaly) -> bool:
        """Whether it began before or within the hour after its subject was raised, so that it only says more of the same,
        however long it goes on."""
        earlier = self._subjects.get((anomaly.kind, anomaly.subject))
        return earlier is not None and anomaly.time < earlier.time + QUIET_SECONDS

    def threshold(self, kind: Kind, time: float) -> float:
        """The probability at which this kind is an alarm now."""
        tests = self._tests[kind].per_day(time) if kind in self._tests else 0.0
        share = self.alarms_per_day / max(1, len(self._tests))
        overspent = max(0.0, self._alarm_count.recent(time) - self.alarms_per_day)
        return min(MAX_THRESHOLD, share / max(tests, 1.0)) * math.pow(10, -overspent)

    def _admits(self, anomaly: Anomaly) -> bool:
        if not anomaly.p_value <= self.threshold(anomaly.kind, anomaly.time):
            return False
        key = (anomaly.kind, anomaly.subject)
        earlier = self._subjects.get(key)
        if earlier is not None:
            is_quiet = anomaly.time < earlier.time + QUIET_SECONDS
            if is_quiet and anomaly.surprise < earlier.surprise + 1:
                return False
        self._subjects[key] = anomaly
        self._subjects.move_to_end(key)
        if len(self._subjects) > MAX_SUBJECTS:
            self._subjects.popitem(last=False)
        self._alarm_count.add(1, anomaly.time)
        return True

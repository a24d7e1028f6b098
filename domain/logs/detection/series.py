"""A series of numbers, value by value: spikes, dips, level shifts and a missing season."""

import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from domain.logs.detection.anomalies import MAX_P_VALUE, Anomaly, Detections
from domain.logs.detection.season import SeasonalProfile
from domain.logs.detection.tails import MAX_HISTORY, SurpriseHistory, TailHistory

View = Literal["value", "recent", "season", "season_mean"]

RECENT_VALUES = 12
# Twice as long as what counts as recent: a shift against the season that no single value of it would show.
SEASON_MEAN_VALUES = 24
MIN_SEASON_MEAN_VALUES = 6
EPISODE_VALUES = 50
MAX_SERIES = 500
# How much a second surprised view adds; between a tenth and a quarter makes no difference.
AGREEMENT = 0.25


@dataclass(frozen=True)
class SeriesScore:
    """`surprise` ranks values of any series; `p_value` is how often this series has been as surprising before.

    `view` is what was surprised most and `expectation` what it looked for.
    """

    surprise: float = 0.0
    p_value: float = 1.0
    view: View = "value"
    expectation: float | None = None


class SeriesDetector:
    """Scores each value before learning from it. Memory is bounded, whatever comes.

    Four views of the same value, each against its own history: the value itself, its distance from the median of the last
    few, its distance from what is usual at this time, and the mean of that distance over a while. A drifting series is
    surprised all day, so the probability comes from the history of the surprises themselves.
    """

    def __init__(self, *, min_scale: float = 0.0, max_history: int = MAX_HISTORY) -> None:
        """`min_scale`: a step that the series may always make; 0 where nothing is known about it."""
        self._tails: dict[View, TailHistory] = {
            "value": TailHistory(min_scale=min_scale, max_history=max_history),
            "recent": TailHistory(min_scale=min_scale, max_history=max_history),
            "season": TailHistory(min_scale=min_scale, max_history=max_history),
            "season_mean": TailHistory(min_scale=min_scale / 2, max_history=max_history),
        }
        self._surprises = SurpriseHistory(max_history=max_history)
        self._season = SeasonalProfile()
        self._recent: deque[float] = deque(maxlen=RECENT_VALUES)
        self._season_distances: deque[float] = deque(maxlen=SEASON_MEAN_VALUES)

    def update(self, value: float, time: float | None = None) -> SeriesScore:
        """Score and learn. What is not a number is no value, and without a `time` (UTC seconds) there is no season."""
        if not math.isfinite(value):
            return SeriesScore()
        has_time = time is not None and math.isfinite(time)
        distances = self._distances(value, time if has_time else None)
        ranking = sorted(((self._tails[view].surprise(each), view) for view, each in distances.items()))
        for view, distance in distances.items():
            self._tails[view].add(distance)
        self._recent.append(value)
        if time is not None and has_time:
            self._season.add(time, value)
        highest, view = ranking[-1]
        surprise = highest + (AGREEMENT * ranking[-2][0] if len(ranking) > 1 else 0.0)
        # As many views as there are, so many chances to be surprised.
        p_value = self._surprises.p_value(surprise, len(ranking) * 10**-highest)
        if view == "value":
            return SeriesScore(surprise, p_value, view)
        return SeriesScore(
            surprise, p_value, view, value - distances["recent" if view == "recent" else "season"]
        )

    def learn_season(self, value: float, time: float) -> None:
        """Of a value of long ago only what it says of its time of day and week: all that the rest would forget by now."""
        if math.isfinite(value) and math.isfinite(time):
            self._season.add(time, value)

    def _distances(self, value: float, time: float | None) -> dict[View, float]:
        distances: dict[View, float] = {"value": value}
        if self._recent:
            distances["recent"] = value - median(self._recent)
        expectation = self._season.expectation(time) if time is not None else None
        if expectation is not None:
            distances["season"] = value - expectation
            self._season_distances.append(value - expectation)
            if len(self._season_distances) >= MIN_SEASON_MEAN_VALUES:
                distances["season_mean"] = math.fsum(self._season_distances) / len(self._season_distances)
        return distances


@dataclass
class MetricDetector:
    """Any number of named series; those that were quiet for the longest are forgotten first."""

    _series: OrderedDict[str, SeriesDetector] = field(default_factory=OrderedDict)

    def update(self, name: str, value: float, time: float) -> Detections:
        if name not in self._series:
            self._series[name] = SeriesDetector()
        score = self._series[name].update(value, time)
        self._series.move_to_end(name)
        if len(self._series) > MAX_SERIES:
            self._series.popitem(last=False)
        if score.p_value > MAX_P_VALUE:
            return Detections("metric", time, 1)
        anomaly = Anomaly("metric", name, time, score.p_value, value, score.expectation)
        return Detections("metric", time, 1, [anomaly])


@dataclass
class Episodes:
    """Lets through what is odder than all of the last values: the begin of an episode and its growth, not its length."""

    values: int = EPISODE_VALUES
    _peaks: deque[tuple[int, float]] = field(default_factory=deque)
    _place: int = 0

    def surprise(self, surprise: float) -> float:
        """`surprise`, or 0 within an episode that has been as odd before."""
        self._place += 1
        while self._peaks and self._peaks[0][0] < self._place - self.values:
            self._peaks.popleft()
        is_oddest = not self._peaks or surprise > self._peaks[0][1]
        while self._peaks and self._peaks[-1][1] <= surprise:
            self._peaks.pop()
        self._peaks.append((self._place, surprise))
        return surprise if is_oddest else 0.0

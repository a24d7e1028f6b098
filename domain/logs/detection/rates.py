"""How many lines a minute, and whether those that come regularly still come."""

import math
from collections import OrderedDict
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from domain.logs.detection.anomalies import MAX_P_VALUE, Anomaly, Detections
from domain.logs.detection.bursts import BurstDetector
from domain.logs.detection.series import RECENT_VALUES, SeriesDetector
from domain.logs.detection.tails import MIN_HISTORY, TailHistory

MINUTE, HOUR = 60.0, 3_600.0
MAX_SUBJECTS = 500
MAX_MINUTES, MAX_HOURS = 1_440, 28 * 24
# One standard deviation of a count after the square root is a half of 2·√n; a step of it is nothing.
MIN_COUNT_STEP = 0.5
MAX_GAPS = 1_000
# A heart that beats half as often as before is no news; one that stops for ten times as long is.
MIN_GAP_STEP = math.log(1.5) / 2
# Of ten years: a silence that only then is odd is none.
MAX_LOG_GAP = math.log(10 * 366 * 86_400)


@dataclass
class _SubjectRate:
    minutes: SeriesDetector
    hours: SeriesDetector
    hour: float
    hour_count: int = 0
    has_whole_hour: bool = False


@dataclass
class RateDetector:
    """Counts per minute of each template or service: bursts and dips by the minute and the half hour, shifts of level by
    the hour.

    The square root makes the spread of counts the same whether they are small or large. Of more subjects than
    `MAX_SUBJECTS`, those that were quiet for the longest are forgotten.
    """

    _rates: OrderedDict[str, _SubjectRate] = field(default_factory=OrderedDict)
    _bursts: BurstDetector = field(default_factory=BurstDetector)
    _first_minute: float = math.inf
    _last_minute: float = -math.inf

    def update(self, counts: Mapping[str, int], time: float) -> list[Detections]:
        """All counts of one minute; a subject that is not among them had none. A minute before the last is left out."""
        minute = self._next_minute(counts, time)
        if minute is None:
            return []
        levels = self._finished_hours(minute)
        bursts = []
        for subject, rate in self._rates.items():
            count = max(0, counts.get(subject, 0))
            rate.hour_count += count
            score = rate.minutes.update(_anscombe(count), minute)
            if score.p_value <= MAX_P_VALUE:
                bursts.append(
                    Anomaly("rate", subject, minute, score.p_value, count, _count(score.expectation))
                )
        found = [Detections("rate", minute, len(self._rates), bursts), *levels]
        slow = self._bursts.update(counts, minute)
        return [*found, slow] if slow else found

    def so_far(self) -> list[Detections]:
        """What can be told of half an hour that ends with the last minute, after which nothing comes."""
        slow = self._bursts.so_far(self._last_minute) if math.isfinite(self._last_minute) else None
        return [slow] if slow else []

    def learn_season(self, counts: Mapping[str, int], time: float) -> list[Detections]:
        """As `update`, of a minute more than `MAX_MINUTES` ago: what is left of it by now, in a fraction of the time."""
        minute = self._next_minute(counts, time)
        if minute is None:
            return []
        levels = self._finished_hours(minute)
        for subject, rate in self._rates.items():
            count = max(0, counts.get(subject, 0))
            rate.hour_count += count
            rate.minutes.learn_season(_anscombe(count), minute)
        self._bursts.update(counts, minute)
        return levels

    def _next_minute(self, counts: Mapping[str, int], time: float) -> float | None:
        """None where it is not behind the last one."""
        minute = time // MINUTE * MINUTE if math.isfinite(time) else -math.inf
        if minute <= self._last_minute:
            return None
        self._last_minute = minute
        self._first_minute = min(self._first_minute, minute)
        self._remember({subject for subject, count in counts.items() if count > 0}, minute)
        return minute

    def _remember(self, subjects: Set[str], minute: float) -> None:
        # Not by setdefault: an empty detector for every count is what a replayed week would spend its time on.
        for subject in sorted(subjects):
            if subject not in self._rates:
                self._rates[subject] = _new_rate(minute, minute - self._first_minute)
            self._rates.move_to_end(subject)
        while len(self._rates) > MAX_SUBJECTS:
            forgotten, _rate = self._rates.popitem(last=False)
            self._bursts.forget(forgotten)

    def _finished_hours(self, minute: float) -> list[Detections]:
        hour = minute // HOUR * HOUR
        tests, shifts = 0, []
        for subject, rate in self._rates.items():
            if rate.hour == hour:
                continue
            if rate.has_whole_hour:
                tests += 1
                score = rate.hours.update(_anscombe(rate.hour_count), rate.hour)
                if score.p_value <= MAX_P_VALUE:
                    expectation = _count(score.expectation)
                    shifts.append(
                        Anomaly("level", subject, rate.hour, score.p_value, rate.hour_count, expectation)
                    )
            rate.hour, rate.hour_count, rate.has_whole_hour = hour, 0, True
        return [Detections("level", minute, tests, shifts)] if tests else []


def _new_rate(minute: float, watched_seconds: float) -> _SubjectRate:
    minutes = SeriesDetector(min_scale=MIN_COUNT_STEP, max_history=MAX_MINUTES)
    # It was not there before: its first episode stands out from that, as the next one will.
    for ago in range(min(RECENT_VALUES, int(watched_seconds // MINUTE)), 0, -1):
        minutes.update(_anscombe(0), minute - ago * MINUTE)
    return _SubjectRate(
        minutes,
        SeriesDetector(min_scale=MIN_COUNT_STEP, max_history=MAX_HOURS),
        minute // HOUR * HOUR,
    )


def _anscombe(count: int) -> float:
    """Anscombe's transform: about normal with a spread of 1 for counts of independent events."""
    return 2 * math.sqrt(count + 0.375)


def _count(root: float | None) -> float | None:
    return None if root is None else max(0.0, (root / 2) ** 2 - 0.375)


@dataclass
class _Beats:
    gaps: TailHistory
    last_time: float
    is_acknowledged: bool = False


@dataclass
class HeartbeatDetector:
    """What comes regularly and does not come: the silence since the last time against the gaps before it."""

    _beats: OrderedDict[str, _Beats] = field(default_factory=OrderedDict)
    _gaps_since: int = 0

    def beat(self, subject: str, time: float) -> None:
        if not math.isfinite(time):
            return
        beats = self._beats.get(subject)
        if beats is None:
            self._beats[subject] = _Beats(TailHistory(max_history=MAX_GAPS, min_scale=MIN_GAP_STEP), time)
        elif time > beats.last_time:
            beats.gaps.add(math.log(time - beats.last_time))
            beats.last_time, beats.is_acknowledged = time, False
            self._gaps_since += 1
        self._beats.move_to_end(subject)
        if len(self._beats) > MAX_SUBJECTS:
            self._beats.popitem(last=False)

    def overdue(self, time: float) -> Detections:
        """The silences at this time, until they are acknowledged; every gap since the last call is a test."""
        anomalies = []
        for subject, beats in self._beats.items():
            silence = time - beats.last_time
            if beats.is_acknowledged or len(beats.gaps) < MIN_HISTORY or not silence > 0:
                continue
            p_value = 10 ** -beats.gaps.surprise_above(math.log(silence))
            if p_value <= MAX_P_VALUE:
                anomalies.append(Anomaly("heartbeat", subject, time, p_value, silence))
        tests, self._gaps_since = self._gaps_since + len(anomalies), 0
        return Detections("heartbeat", time, tests, anomalies)

    def due(self, p_value: float) -> float:
        """When the first of the silences will be so improbable, if nothing comes; endless where none will."""
        digits = -math.log10(max(p_value, 1e-300))
        return min(
            (
                beats.last_time + math.exp(gap)
                for beats in self._beats.values()
                if not beats.is_acknowledged and (gap := beats.gaps.value_above(digits)) <= MAX_LOG_GAP
            ),
            default=math.inf,
        )

    def acknowledge(self, subject: str) -> None:
        """After an alarm: not again until the subject has been heard."""
        if subject in self._beats:
            self._beats[subject].is_acknowledged = True

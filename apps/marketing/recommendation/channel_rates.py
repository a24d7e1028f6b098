"""What is expected of a message in a channel, by the organisation's own counts; shrunk where there are few.

A rate is that of people in the segment where enough of them were written to, else that of all experiments of the
channel, else what the other channels say of one that was never used, else an assumption that is stated as data.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar
from uuid import UUID

import numpy as np

from domain.marketing.decisions.bandits import SegmentPosteriors
from domain.marketing.decisions.experiments import Difference, rate_difference
from domain.marketing.decisions.posteriors import BetaPosteriors

COLD_START = Path(__file__).with_name("cold_start.toml")
# Messages to a segment before it speaks for itself, and people on each side before an uplift is told.
MIN_SEGMENT_TRIALS = 30
MIN_SIDE_TRIALS = 50
CONTROL = ""

Source = Literal["segment", "channel", "other_channels", "assumption"]
Pair = tuple[float, float]
Key = TypeVar("Key")


@dataclass(frozen=True)
class CountRow:
    """How many people of a segment (or of none) an experiment gave a channel, and how many of them answered."""

    experiment_id: UUID
    channel: str
    segment_id: UUID | None
    trials: int
    successes: int


@dataclass(frozen=True)
class Rate:
    """`trials`: messages that it rests on."""

    value: float
    low: float
    high: float
    source: Source
    trials: int


@dataclass(frozen=True)
class Uplift:
    """Over no message at all, by people whom chance kept from it. `is_of_segment`: they were in the segment, too."""

    difference: Difference
    trials: int
    control_trials: int
    is_of_segment: bool


@dataclass(frozen=True)
class ColdStart:
    successes: float
    failures: float
    reason_en: str
    reason_zh: str


@cache
def cold_start() -> ColdStart:
    return ColdStart(**tomllib.loads(COLD_START.read_text(encoding="utf-8"))["prior"])


@dataclass
class ChannelEvidence:
    """All counts of an organisation for one metric, and what follows from them for a channel and a segment."""

    rows: list[CountRow]
    metric: str = "click"
    _rates: dict[tuple[str, UUID | None], Rate] = field(default_factory=dict)
    _uplifts: dict[tuple[str, UUID | None], Uplift | None] = field(default_factory=dict)

    @property
    def channels(self) -> list[str]:
        return sorted({row.channel for row in self.rows} - {CONTROL})

    @property
    def segment_ids(self) -> set[UUID]:
        return {row.segment_id for row in self.rows if row.segment_id}

    def trials(self, channel: str, segment_id: UUID) -> int:
        return sum(row.trials for row in self.rows if row.channel == channel and row.segment_id == segment_id)

    def rate(self, channel: str, segment_id: UUID | None = None) -> Rate:
        """The rate with its 95 % interval; without a segment that of everybody."""
        key = (channel, segment_id)
        if key not in self._rates:
            is_of_segment = segment_id and self.trials(channel, segment_id) >= MIN_SEGMENT_TRIALS
            self._rates[key] = (
                self._segment_rate(channel, segment_id)
                if segment_id and is_of_segment
                else self._channel_rate(channel)
            )
        return self._rates[key]

    def uplift(self, channel: str, segment_id: UUID | None = None) -> Uplift | None:
        """None where no experiment with a control group gave the channel to enough people, or kept back enough."""
        key = (channel, segment_id)
        if key not in self._uplifts:
            own = self._compare(channel, segment_id, is_of_segment=True) if segment_id else None
            self._uplifts[key] = own or self._compare(channel, None, is_of_segment=False)
        return self._uplifts[key]

    def control_rate(self) -> float | None:
        """How many answer without any message, over all control groups; None where there are too few people."""
        control = [row for row in self.rows if row.channel == CONTROL]
        trials = sum(row.trials for row in control)
        return sum(row.successes for row in control) / trials if trials >= MIN_SIDE_TRIALS else None

    def _segment_rate(self, channel: str, segment_id: UUID) -> Rate:
        """Shrunk towards what the other segments know of the channel (`SegmentPosteriors`)."""
        by_segment = _sums((row.segment_id, row) for row in self.rows if row.channel == channel)
        posteriors = SegmentPosteriors.after(*_columns(by_segment.values())).segments
        own = posteriors[list(by_segment).index(segment_id)]
        return _rate(own, "segment", int(by_segment[segment_id][1]))

    def _channel_rate(self, channel: str) -> Rate:
        """Shrunk towards what the other channels know (empirical Bayes); of a channel never used, they alone speak."""
        by_channel = _sums((row.channel, row) for row in self.rows if row.channel != CONTROL)
        others = sum(trials for key, (_successes, trials) in by_channel.items() if key != channel)
        own = by_channel.setdefault(channel, (0.0, 0.0))[1]
        if not own and not others:
            prior = cold_start()
            assumption = BetaPosteriors(np.array([prior.successes]), np.array([prior.failures]))
            return _rate(assumption, "assumption", 0)
        if not others:
            # Nothing to shrink towards but the assumption, which a few hundred messages outvote.
            successes, trials = by_channel[channel]
            weak = (cold_start().successes, cold_start().failures)
            return _rate(BetaPosteriors.after([successes], [trials], prior=weak), "channel", int(trials))
        posteriors = SegmentPosteriors.after(*_columns(by_channel.values())).segments
        posterior = posteriors[list(by_channel).index(channel)]
        return (
            _rate(posterior, "channel", int(own)) if own else _rate(posterior, "other_channels", int(others))
        )

    def _compare(self, channel: str, segment_id: UUID | None, *, is_of_segment: bool) -> Uplift | None:
        """Only people of the same experiment and segment are compared: elsewhere others would have been written to."""
        rows = [row for row in self.rows if not is_of_segment or row.segment_id == segment_id]
        arms = _sums(((row.experiment_id, row.segment_id), row) for row in rows if row.channel == channel)
        controls = _sums(((row.experiment_id, row.segment_id), row) for row in rows if row.channel == CONTROL)
        both = [stratum for stratum in arms if stratum in controls]
        pairs = [(controls[stratum], arms[stratum]) for stratum in both]
        pairs = [(control, arm) for control, arm in pairs if control[1] and arm[1]]
        sides = [sum(pair[side][1] for pair in pairs) for side in (0, 1)]
        if min(sides) < MIN_SIDE_TRIALS:
            return None
        difference = rate_difference([pair[0] for pair in pairs], [pair[1] for pair in pairs])
        return Uplift(difference, int(sides[1]), int(sides[0]), is_of_segment) if difference else None


def _sums(rows: Iterable[tuple[Key, CountRow]]) -> dict[Key, Pair]:
    """Successes and trials by key."""
    sums: defaultdict[Key, Pair] = defaultdict(lambda: (0.0, 0.0))
    for key, row in rows:
        successes, trials = sums[key]
        sums[key] = (successes + row.successes, trials + row.trials)
    return dict(sums)


def _columns(pairs: Iterable[Pair]) -> tuple[list[list[float]], list[list[float]]]:
    listed = list(pairs)
    return [[successes] for successes, _trials in listed], [[trials] for _successes, trials in listed]


def _rate(posterior: BetaPosteriors, source: Source, trials: int) -> Rate:
    low, high = map(float, posterior.intervals()[0])
    return Rate(float(posterior.means[0]), low, high, source, trials)

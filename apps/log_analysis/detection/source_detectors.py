"""What is usual in a source, as its detectors have learnt it, kept in the worker that judged it last.

Nothing of it is stored: a worker that has not got it, or is asked about a time before it, learns from the records and
counts of the week before. That takes seconds; keeping it makes the next batch of a stream a matter of milliseconds.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from apps.core import ttl_cache
from apps.log_analysis.detection.session_history import SessionHistory
from apps.log_analysis.sources.models import LogSource
from domain.logs.detection.budget import AlarmBudget
from domain.logs.detection.new_templates import NewTemplateDetector
from domain.logs.detection.parameters import ParameterDetector
from domain.logs.detection.rates import MAX_MINUTES, MAX_SUBJECTS, HeartbeatDetector, RateDetector
from domain.logs.detection.series import MetricDetector

# What a source was like in this time is what is usual for it.
HISTORY = timedelta(days=7)
# Of what is longer ago, the detectors of rates remember no single minute.
MINUTE_BY_MINUTE = timedelta(minutes=MAX_MINUTES)
# A followed template costs some forty microseconds a minute: at most so many of those at once.
MAX_RATE_UPDATES, MIN_FOLLOWED = 100_000, 20
# A followed template takes some hundred kilobytes: so many in all that a worker keeps, of the sources judged last.
MAX_KEPT_TEMPLATES = 1_000

_kept: OrderedDict[UUID, "SourceDetectors"] = OrderedDict()
ttl_cache.register(_kept.clear)


@dataclass
class SourceDetectors:
    """`minute` and `record_time` (microseconds): up to there everything is learnt. `since`: from there on it is told.

    `followed`: keys of the templates whose rates are watched, `max_followed` at most.
    """

    budget: AlarmBudget
    since: float
    minute: float
    record_time: int
    max_followed: int
    followed: set[str] = field(default_factory=set)
    rates: RateDetector = field(default_factory=RateDetector)
    new_templates: NewTemplateDetector = field(default_factory=NewTemplateDetector)
    heartbeats: HeartbeatDetector = field(default_factory=HeartbeatDetector)
    parameters: ParameterDetector = field(default_factory=ParameterDetector)
    metrics: MetricDetector = field(default_factory=MetricDetector)
    sessions: SessionHistory = field(default_factory=SessionHistory)
    parameter_subjects: set[str] = field(default_factory=set)
    has_learnt_counts: bool = False
    has_learnt_records: bool = False

    def follows(self, template: str) -> bool:
        """As many as there is time for: those that came first, which `prepare` makes the most frequent."""
        if len(self.followed) < self.max_followed:
            self.followed.add(template)
        return template in self.followed


def take(
    source: LogSource, start: datetime, end: datetime, alarms_per_day: float, *, is_whole: bool
) -> SourceDetectors:
    """The source's detectors, ready for what came from `start` on. They are gone until `keep` puts them back: an error
    in between leaves none that have learnt what was never told.

    Without `is_whole` a part of it may lie before what they have learnt: a host of a stream whose clock is late.
    """
    detectors = _kept.pop(source.pk, None)
    newest = start if is_whole else end
    begin = start.timestamp() // 60 * 60
    # Those that still learn tell nothing from before their own beginning.
    is_of_use = detectors and (detectors.has_learnt_counts or (not is_whole and detectors.since < begin))
    if detectors and is_of_use and detectors.minute < newest.timestamp():
        detectors.budget.alarms_per_day = alarms_per_day
        return detectors
    minutes = (MINUTE_BY_MINUTE + end - start) / timedelta(minutes=1)
    return SourceDetectors(
        AlarmBudget(alarms_per_day),
        # The minute before may be one that was not over when it was looked at last.
        since=begin - 60,
        minute=-math.inf,
        record_time=int(begin * 1_000_000),
        max_followed=min(MAX_SUBJECTS - 1, max(MIN_FOLLOWED, int(MAX_RATE_UPDATES / minutes))),
    )


def keep(source: LogSource, detectors: SourceDetectors) -> None:
    _kept[source.pk] = detectors
    while len(_kept) > 1 and sum(len(each.followed) for each in _kept.values()) > MAX_KEPT_TEMPLATES:
        _kept.popitem(last=False)

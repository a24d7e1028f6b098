"""Anomalies that belong together become one incident; incidents are ranked by surprise times impact, and capped."""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.logs.event_families import families

# Signals further apart than this are two incidents, unless a trace holds them together.
MAX_GAP_SECONDS = 600.0
# What begins in other services within this time of the first signal is taken for its consequence: retries and
# time-outs of callers show within two minutes.
CASCADE_SECONDS = 120.0
# A change this long before the first signal may have caused it.
BLAME_SECONDS = 1800.0
# A change of a service that shows no sign itself must be so near.
BLAME_OTHERS_SECONDS = 600.0
# One signal says at most so many digits: a single endless value outranks no incident of many witnesses.
MAX_SURPRISE = 12.0
# What says of itself that something failed weighs more than what is merely rare.
FAILURE_WEIGHT = 2.0
# The same again within so long is the same trouble, that has not been dealt with.
RECURRENCE_SECONDS = 30 * 86_400.0
# Fewer records that are called usual, and of which none says that something failed, are no incident.
MIN_NORMAL_RECORDS = 3
# What went well again, and what came along, is as frequent as what failed, and tells nothing of it.
OF_NO_FAMILY = 0.5
# What weighs less than this share of another incident of the same time is not what anybody looks at next.
MIN_SCORE_SHARE = 1 / 3


@dataclass(frozen=True)
class Signal:
    """An anomaly, as far as grouping needs it. Times are seconds since 1970; `surprise` is -log10 of its chance.

    `is_failure`: its records say that something failed. `is_normal`: neither their level nor their words do.
    `family`: the key of the family of events that its template tells of. `session`: the one whose records are meant.
    `incident`: the one that it belongs to already, `is_settled` where people have closed that. `key` is the caller's own.
    """

    key: str
    start: float
    end: float
    surprise: float
    records: int = 1
    service: str = ""
    template: str = ""
    traces: frozenset[str] = frozenset()
    is_failure: bool = False
    is_normal: bool = False
    family: str = ""
    session: str = ""
    incident: str = ""
    is_settled: bool = False


@dataclass(frozen=True)
class Change:
    """A deploy or a change of configuration. Without a service it touches all."""

    key: str
    time: float
    service: str = ""


@dataclass(frozen=True)
class SignalGroup:
    """An incident to be: its signals, the first one first, and the change that is blamed first."""

    signals: tuple[Signal, ...]
    change: Change | None

    @property
    def start(self) -> float:
        return self.signals[0].start

    @property
    def end(self) -> float:
        return max(signal.end for signal in self.signals)

    @property
    def services(self) -> list[str]:
        """In the order in which they were struck."""
        return list(dict.fromkeys(signal.service for signal in self.signals if signal.service))

    @property
    def incidents(self) -> frozenset[str]:
        return frozenset(signal.incident for signal in self.signals if signal.incident)

    @property
    def records(self) -> int:
        """Each counted once: several detectors look at the same records of a template, and one at all that are grave."""
        by_place: dict[tuple[str, str], list[Signal]] = {}
        for signal in self.signals:
            by_place.setdefault((signal.template, signal.session), []).append(signal)
        of_all = _records_apart(by_place.pop(("", ""), []))
        return max(of_all, sum(map(_records_apart, by_place.values())))

    @property
    def family(self) -> str:
        counts: Counter[str] = Counter()
        for signal in self.signals:
            counts[signal.family] += max(1, signal.records)
        return main_family(counts)

    @property
    def recurrence_key(self) -> tuple[str, str]:
        """The service that was struck first, and what happened: the family of events, or else the oddest template."""
        oddest = max(self.signals, key=lambda each: (each.surprise, each.records))
        return self.signals[0].service, self.family or oddest.template or oddest.key

    @property
    def surprise(self) -> float:
        """Independent witnesses add up, each further one of a template less: it says mostly the same again."""
        by_template: dict[str, list[float]] = {}
        for signal in self.signals:
            weight = FAILURE_WEIGHT if signal.is_failure else 1.0
            by_template.setdefault(signal.template or signal.key, []).append(
                weight * min(signal.surprise, MAX_SURPRISE)
            )
        return sum(
            value / (place + 1)
            for values in by_template.values()
            for place, value in enumerate(sorted(values, reverse=True))
        )

    @property
    def impact(self) -> float:
        """How many records and services it touched, in doublings and one by one."""
        records = sum(signal.records for signal in self.signals)
        return (1.0 + math.log2(1 + records) / 8) * (1.0 + 0.25 * max(0, len(self.services) - 1))

    @property
    def score(self) -> float:
        return self.surprise * self.impact


def main_family(records: Mapping[str, int]) -> str:
    """That of most records, by how many are of each; empty where twice as many are of none."""
    return max(
        records, key=lambda each: (records[each] * (1 if each else OF_NO_FAMILY), not each, each), default=""
    )


def _records_apart(signals: Sequence[Signal]) -> int:
    """The most that such of them saw as do not overlap: a burst of half an hour, or all of its minutes."""
    ordered = sorted(signals, key=lambda each: each.end)
    most = [0]
    for place, signal in enumerate(ordered):
        before = bisect_right(ordered, signal.start, 0, place, key=lambda each: each.end)
        most.append(max(most[-1], most[before] + signal.records))
    return most[-1]


def group_signals(signals: Sequence[Signal], changes: Sequence[Change] = ()) -> list[SignalGroup]:
    """The incidents behind the signals, the one to look at first first."""
    ordered_signals = sorted(signals, key=lambda each: (each.start, each.key))
    components = _UnionFind(len(ordered_signals))
    by_trace: dict[str, int] = {}
    open_places: list[int] = []
    for place, signal in enumerate(ordered_signals):
        open_places = [
            each for each in open_places if signal.start - ordered_signals[each].end <= MAX_GAP_SECONDS
        ]
        neighbours = [each for each in open_places if _belong_together(ordered_signals[each], signal)]
        for each in [*neighbours, *(by_trace[trace] for trace in signal.traces if trace in by_trace)]:
            components.join(place, each)
        by_trace |= dict.fromkeys(signal.traces, place)
        open_places.append(place)
    members: dict[int, list[Signal]] = {}
    for place, signal in enumerate(ordered_signals):
        members.setdefault(components.root(place), []).append(signal)
    groups = [SignalGroup(tuple(each), _blamed_change(each, changes)) for each in members.values()]
    return sorted(groups, key=lambda group: (-group.score, group.start))


def condense(
    groups: Sequence[SignalGroup], changes: Sequence[Change] = (), *, is_whole: bool = False
) -> list[SignalGroup]:
    """The groups that are worth a look: what happens again and again is one, and what is usual is none, unless it is an
    incident already. `is_whole`: they are all there is to see, as in a file, so what is slight beside another is none."""
    by_key: dict[tuple[str, str], list[list[SignalGroup]]] = {}
    for group in sorted(groups, key=lambda each: each.start):
        chains = by_key.setdefault(group.recurrence_key, [])
        if chains and _recurs(chains[-1], group):
            chains[-1].append(group)
        else:
            chains.append([group])
    joined = [_joined(chain, changes) for chains in by_key.values() for chain in chains]
    worthy = [each for each in joined if each.incidents or _is_worth_a_look(each)]
    if is_whole:
        rivals = list(worthy)
        worthy = [
            each for each in rivals if each.incidents or not any(_outweighs(one, each) for one in rivals)
        ]
    return sorted(worthy, key=lambda group: (-group.score, group.start))


def _recurs(earlier: Sequence[SignalGroup], later: SignalGroup) -> bool:
    """Whether it is the same again. What people have closed stays closed, and what they know as two stays two."""
    own = frozenset[str]().union(*(each.incidents for each in earlier))
    if own & later.incidents:
        return True
    is_settled = any(signal.is_settled for group in (*earlier, later) for signal in group.signals)
    pause = later.start - max(each.end for each in earlier)
    return pause <= RECURRENCE_SECONDS and not (own and later.incidents) and not is_settled


def _joined(groups: Sequence[SignalGroup], changes: Sequence[Change]) -> SignalGroup:
    if len(groups) == 1:
        return groups[0]
    signals = sorted(
        (signal for group in groups for signal in group.signals), key=lambda each: (each.start, each.key)
    )
    return SignalGroup(tuple(signals), _blamed_change(signals, changes))


def _is_worth_a_look(group: SignalGroup) -> bool:
    if all(signal.is_normal for signal in group.signals) and group.records < MIN_NORMAL_RECORDS:
        return False
    family = families().get(group.family)
    return family is None or group.records >= family.least


def _outweighs(heavy: SignalGroup, light: SignalGroup) -> bool:
    is_near = heavy.start - light.end <= RECURRENCE_SECONDS and light.start - heavy.end <= RECURRENCE_SECONDS
    return is_near and light.score < MIN_SCORE_SHARE * heavy.score


class _UnionFind:
    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def root(self, place: int) -> int:
        while self._parent[place] != place:
            self._parent[place] = self._parent[self._parent[place]]
            place = self._parent[place]
        return place

    def join(self, one: int, other: int) -> None:
        self._parent[self.root(one)] = self.root(other)


def similarity(left: frozenset[str], right: frozenset[str]) -> float:
    """Of two incidents, by the templates and services they touched: shared over all (Jaccard)."""
    return len(left & right) / len(left | right) if left and right else 0.0


def _belong_together(earlier: Signal, later: Signal) -> bool:
    """The same service or template while it lasts, or another service struck right after."""
    is_same = bool(earlier.service and earlier.service == later.service) or bool(
        earlier.template and earlier.template == later.template
    )
    return is_same or abs(later.start - earlier.start) <= CASCADE_SECONDS


def _blamed_change(signals: Sequence[Signal], changes: Sequence[Change]) -> Change | None:
    """The last change before the first signal, one of a struck service before one of others."""
    start, services = signals[0].start, {"", *(signal.service for signal in signals)}
    near = [
        each
        for each in changes
        if 0 <= start - each.time <= (BLAME_SECONDS if each.service in services else BLAME_OTHERS_SECONDS)
    ]
    return max(near, key=lambda each: (each.service in services, each.time), default=None)

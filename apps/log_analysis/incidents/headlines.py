"""What an incident means: its family of events, how many there were, and the one value that most of its records hold.

Counted in the store, over the records of the incident's templates of that family while it lasted; of what callers do wrong,
which no detector looks at, over those of all templates of the family.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from apps.log_analysis.detection import evidence
from apps.log_analysis.detection.counts import GRAVE_LEVELS
from apps.log_analysis.detection.models import Detector, LogAnomaly
from apps.log_analysis.records.selectors import query_errors
from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.templates.models import LogTemplate
from domain.logs.concentration import (
    Concentration,
    TypedValue,
    ValueCounts,
    ValueKind,
    concentration,
    typed_value,
)
from domain.logs.detection.alert_lines import line_evidence, tells_of_recovery
from domain.logs.detection.budget import QUIET_SECONDS
from domain.logs.detection.bursts import LEAST_USUAL, minutes_beside
from domain.logs.event_families import EventFamily, counted_word, families, family_of
from domain.logs.incidents import SignalGroup
from domain.logs.parsing.templates import Template
from domain.logs.store import Filters
from domain.logs.store.record_columns import SLOTS

# Of an incident, and of the time before it: a worker counts them in a fraction of a second.
MAX_RECORDS, MAX_RECORDS_BEFORE = 20_000, 5_000
# How values were spread before.
BEFORE = timedelta(days=1)
# What callers do wrong raises no detector, so that it has begun before the first anomaly.
BEFORE_ATTEMPTS = timedelta(hours=1)
# What was raised by its rate goes on, and is not raised again for so long.
AFTER_RATES = timedelta(seconds=QUIET_SECONDS)
MINUTE_MS = 60_000
MAX_TEMPLATES = 1_000
# Words that say of themselves that something failed, not only what it was about.
PLAIN_GROUPS = frozenset({"strong", "failure", "inability"})
COLUMNS = ("source", "arrival", "time_ms", "template", *SLOTS)


@dataclass(frozen=True)
class Headline:
    """`family`: its key, or nothing. `template`: the one that says most of it. `records`: how many say so, at least so
    many where `is_partial`. `addresses`: from how many. `record`: the first that holds the concentrated value."""

    family: str
    template: LogTemplate | None
    service: str
    records: int
    is_partial: bool = False
    addresses: int = 0
    concentration: Concentration | None = None
    record: dict[str, Any] | None = None


def headline_of(signal_group: SignalGroup, members: Sequence[LogAnomaly]) -> Headline:
    """Where the store has none of the records any more, what the anomalies say. Raises ServiceUnavailable."""
    service = signal_group.signals[0].service
    family = families().get(signal_group.family)
    lead = _lead(members)
    plain = Headline(signal_group.family, lead, service, signal_group.records)
    attempts = family if family and family.least > 1 else None
    levels: tuple[str, ...] = ()
    if attempts:
        templates = _templates_of(members, attempts)
    elif _is_of_levels(members):
        templates, levels = {}, GRAVE_LEVELS
    else:
        own = [each.template for each in members if each.template]
        templates = {
            each.key: each for each in own if (family_of(each.text) == family if family else each == lead)
        }
    if not (templates or levels):
        return plain
    begin = min(each.started_at for each in members)
    start = begin - BEFORE_ATTEMPTS if attempts else begin
    end = max(each.ended_at for each in members) + timedelta(minutes=1)
    is_by_rate = any(each.detector == Detector.RATE for each in members)
    after = AFTER_RATES if attempts or levels or is_by_rate else timedelta(0)
    filters = Filters(
        organisation=str(members[0].organisation_id),
        sources=tuple({str(each.source_id) for each in members}),
        since=evidence.to_microseconds(start),
        until=evidence.to_microseconds(end + after),
        templates=tuple(templates),
        levels=levels,
    )
    earlier = replace(filters, since=evidence.to_microseconds(start - BEFORE), until=filters.since)
    with query_errors():
        records = log_reader().scan(filters, COLUMNS, MAX_RECORDS)
        before = log_reader().scan(earlier, COLUMNS, MAX_RECORDS_BEFORE)
    templates = templates or _templates_in(records, members)
    if not records.num_rows or not templates:
        return plain
    scanned = _Scanned.of(_rows(records, templates), _rows(before, templates), begin, end)
    if attempts:
        scanned = scanned.whole_burst(begin, end)
    elif levels:
        scanned = replace(scanned, rows=[*scanned.rows, *scanned.later], later=[])
    return _counted(plain, family, templates, scanned, filters) if scanned.rows else plain


def _lead(members: Sequence[LogAnomaly]) -> LogTemplate | None:
    """The template that says plainest that something failed, of those the oddest; what went well again is the last."""

    def plainness(anomaly: LogAnomaly) -> tuple[bool, bool, float, int]:
        text = anomaly.template.text if anomaly.template else ""
        says_failure = not PLAIN_GROUPS.isdisjoint(line_evidence(text).groups)
        return says_failure, not tells_of_recovery(text), anomaly.surprise, anomaly.records_count

    own = [each for each in members if each.template]
    return max(own, key=plainness).template if own else None


@dataclass(frozen=True)
class _Row:
    source: str
    arrival: int
    time_ms: int
    template: str
    values: frozenset[TypedValue]


@dataclass(frozen=True)
class _Scanned:
    """In the order of time: the records while an incident lasted, after it, and before it; `earlier`: those in the hour
    before its first anomaly, where it may have begun."""

    rows: list[_Row]
    later: list[_Row]
    before: list[_Row]
    earlier: list[_Row]

    @classmethod
    def of(cls, rows: Sequence[_Row], before: list[_Row], begin: datetime, end: datetime) -> "_Scanned":
        """Whoever made a rate unusual may go on; others who come afterwards have nothing to do with it."""
        begin_ms, end_ms = (evidence.to_microseconds(each) // 1_000 for each in (begin, end))
        times = [row.time_ms for row in rows]
        first, last = bisect_left(times, begin_ms), bisect_left(times, end_ms)
        return cls([*rows[first:last]], [*rows[last:]], before, [*rows[:first]])

    def whole_burst(self, begin: datetime, end: datetime) -> "_Scanned":
        """With what came before and after it at more than the usual rate."""
        begin_ms, end_ms = (evidence.to_microseconds(each) // 1_000 for each in (begin, end))
        minutes = (end_ms - begin_ms) / MINUTE_MS
        quiet = self.before[0].time_ms if self.before else begin_ms
        hour_before = begin_ms - BEFORE_ATTEMPTS // timedelta(milliseconds=1)
        if len(self.before) >= MAX_RECORDS_BEFORE:
            hour_before = self.before[-1].time_ms
        usual = max(LEAST_USUAL, len(self.before) * MINUTE_MS / max(MINUTE_MS, hour_before - quiet))
        before = _by_minute([begin_ms - row.time_ms for row in self.earlier])
        after = _by_minute([row.time_ms - end_ms for row in self.later])
        first_ms = begin_ms - MINUTE_MS * minutes_beside(before, len(self.rows), minutes, usual)
        last_ms = end_ms + MINUTE_MS * minutes_beside(after, len(self.rows), minutes, usual)
        started = [row for row in self.earlier if row.time_ms >= first_ms]
        ended = [row for row in self.later if row.time_ms < last_ms]
        return replace(self, rows=[*started, *self.rows, *ended], later=self.later[len(ended) :], earlier=[])

    def until_last_of(self, value: TypedValue) -> list[_Row]:
        ends = [place for place, row in enumerate(self.later, start=1) if value in row.values]
        return [*self.rows, *self.later[: max(ends, default=0)]]


def _counted(
    plain: Headline,
    family: EventFamily | None,
    templates: Mapping[str, LogTemplate],
    scanned: _Scanned,
    filters: Filters,
) -> Headline:
    """An event counts once, though several records tell of it; whose it was is told by each of them."""
    rows, before = scanned.rows, scanned.before
    events = _events(family, Counter(row.template for row in rows), templates)
    by_themselves = [row for row in rows if row.template in events]
    common = _concentration(by_themselves, before) or _concentration(rows, before)
    if common:
        rows = scanned.until_last_of(common.value)
        holding = [row for row in rows if common.value in row.values]
        events = _events(family, Counter(row.template for row in holding), templates)
    else:
        holding = by_themselves
    by_template = Counter(row.template for row in holding if row.template in events)
    told = ValueCounts.of(row.values for row in by_themselves)
    headline = replace(
        plain,
        template=templates[max(by_template, key=lambda key: (by_template[key], key))],
        records=by_template.total(),
        is_partial=len(rows) == MAX_RECORDS,
        addresses=max(told.distinct(kind) for kind in (ValueKind.ADDRESS, ValueKind.HOST)),
    )
    if common is None:
        return headline
    first = next(row for row in holding if row.template in events)
    return replace(
        headline,
        concentration=replace(
            common, records=headline.records, total=sum(row.template in events for row in rows)
        ),
        record=evidence.record_at(filters, first.source, first.arrival, first.time_ms),
    )


def _by_minute(distances_ms: Sequence[int]) -> list[int]:
    """How many are so many minutes away, the nearest minute first."""
    counts = Counter(max(0, distance - 1) // MINUTE_MS for distance in distances_ms)
    return [counts[minute] for minute in range(max(counts, default=-1) + 1)]


def _concentration(rows: Sequence[_Row], before: Sequence[_Row]) -> Concentration | None:
    burst, usual = ValueCounts.of(row.values for row in rows), ValueCounts.of(row.values for row in before)
    return concentration(burst, usual)


def _events(
    family: EventFamily | None, by_template: Counter[str], templates: Mapping[str, LogTemplate]
) -> list[str]:
    """Of the templates those whose records are the events themselves."""
    if family is None:
        return list(by_template)
    words = {key: family.word_in(templates[key].text) for key in by_template}
    by_word: Counter[str] = Counter()
    for key, word in words.items():
        by_word[word] += by_template[key]
    word = counted_word(family, by_word)
    return [key for key in by_template if words[key] == word]


def _templates_of(members: Sequence[LogAnomaly], family: EventFamily) -> dict[str, LogTemplate]:
    """All of the family in the sources of the anomalies, the most frequent of them."""
    begin = min(each.started_at for each in members)
    rows = LogTemplate.objects.within(members[0].organisation_id).filter(
        source__in={each.source_id for each in members}, last_seen_at__gte=begin - BEFORE
    )
    frequent = rows.order_by("-records_count")[:MAX_TEMPLATES]
    return {row.key: row for row in frequent if family_of(row.text) == family}


def _is_of_levels(members: Sequence[LogAnomaly]) -> bool:
    """Whether only the levels of records say that something failed: there are more grave ones, or some of what is usual."""
    failures = [each for each in members if each.detector == Detector.ALERT_LINE]
    levels = {each["level"] for anomaly in failures for each in anomaly.evidence}
    is_usual = all(each.template and each.template.severity not in GRAVE_LEVELS for each in failures)
    if failures:
        return is_usual and bool(levels) and levels.issubset(GRAVE_LEVELS)
    return any(each.template is None for each in members)


def _templates_in(records: pa.Table, members: Sequence[LogAnomaly]) -> dict[str, LogTemplate]:
    keys = records["template"].unique().drop_null().to_pylist()[:MAX_TEMPLATES]
    rows = LogTemplate.objects.within(members[0].organisation_id)
    rows = rows.filter(source__in={each.source_id for each in members}, key__in=keys)
    return {row.key: row for row in rows}


def _rows(records: pa.Table, templates: Mapping[str, LogTemplate]) -> list[_Row]:
    """With what their values name; each value of a slot is looked at once."""
    pieces = {key: Template(row.text).pieces for key, row in templates.items()}
    known: dict[tuple[str, int, str], TypedValue | None] = {}

    def named(template: str, slot: int, text: str) -> TypedValue | None:
        place = (template, slot, text)
        if place not in known:
            own = pieces[template]
            known[place] = typed_value(text, own[slot], own[slot + 1]) if slot + 1 < len(own) else None
        return known[place]

    rows = []
    for row in records.to_pylist():
        if row["template"] not in pieces:
            continue
        texts = ((slot, row[name]) for slot, name in enumerate(SLOTS) if row[name])
        values = (named(row["template"], slot, text) for slot, text in texts)
        rows.append(
            _Row(
                row["source"],
                row["arrival"],
                row["time_ms"],
                row["template"],
                frozenset(filter(None, values)),
            )
        )
    return rows

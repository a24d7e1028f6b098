"""Judged by counts of the minute: rates, levels, new templates, missing heartbeats, and templates that tell of failures."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from time import monotonic
from typing import Any

from django.db.models import Count, F, FloatField, Min, Sum
from django.db.models.functions import Cast, Extract, Floor

from apps.core.models import OrganisationQuerySet
from apps.log_analysis.detection import evidence
from apps.log_analysis.detection.findings import Finding, to_moment
from apps.log_analysis.detection.models import Detector
from apps.log_analysis.detection.source_detectors import HISTORY, MINUTE_BY_MINUTE, SourceDetectors
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate, TemplateCount
from domain.logs.detection.alert_lines import ALERT_SCORE, line_evidence
from domain.logs.detection.anomalies import Anomaly, Detections

# Records that say that something failed, this far apart, are two findings.
MAX_GAP_MINUTES = 10
# Of a stream that is behind, more than this is looked at as of a file.
MAX_SINGLE_MINUTES = timedelta(minutes=10)
ROUTINE_PARTS, MIN_ROUTINE_PARTS = 20, 16
GRAVE_LEVELS = ("error", "critical")
UNUSUAL_LEVELS = ("warning", *GRAVE_LEVELS)
# Words that alone are too weak to be believed are, where nobody has seen them before and they come in numbers.
NEWNESS, MANY, MANY_RECORDS = 1.0, 0.5, 10
# Of what is usual by its words and mostly by its level, fewer grave records are no news: one request of thousands fails.
MIN_BY_LEVEL = 3
# Subject of the rate of all grave records of a source, beside those of single templates.
GRAVE = "grave"
# How often it is looked in the past whether a heart had stopped.
HEARTBEAT_SECONDS = 300

_Count = tuple[datetime, str, int]
"""A minute, a level, and how many records of a template have it then."""


@dataclass
class _Minute:
    time: float
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    grave: int = 0


def unusual_rates(
    source: LogSource,
    detectors: SourceDetectors,
    end: datetime,
    check: Callable[[], None],
    *,
    is_whole: bool,
    learn_seconds: float = math.inf,
) -> Iterator[Finding]:
    """Minutes up to `end` that the detectors have not seen. Without `is_whole` the last one is left for later: half a
    minute of a stream is no dip. What is to be learnt before them is broken off after so many seconds, and goes on from
    there the next time."""
    last = end.timestamp() // 60 * 60 - (0 if is_whole else 60)
    _follow_frequent(source, detectors)
    deadline = math.inf
    for minute in _minutes(source, detectors, end.timestamp()):
        check()
        # From the first minute on: however long the database takes to find it, the next time there are fewer.
        deadline = min(deadline, monotonic() + learn_seconds)
        if minute.time > last:
            for template in detectors.followed.intersection(minute.counts):
                detectors.heartbeats.beat(template, minute.time)
            break
        yield from _raised(source, detectors, _learn(detectors, minute), minute)
        if minute.time < detectors.since - 60 and monotonic() >= deadline:
            return
    detectors.has_learnt_counts = True
    if is_whole and detectors.minute >= last:
        yield from _raised(source, detectors, detectors.rates.so_far(), _Minute(detectors.minute))


def _raised(
    source: LogSource, detectors: SourceDetectors, detections: Sequence[Detections], minute: _Minute
) -> Iterator[Finding]:
    """Of what the detectors say of a minute, what the budget of alarms lets through and is not told yet."""
    budget, told = detectors.budget, _without_new_work(source, detections)
    slow = [anomaly for each in told for anomaly in each.anomalies if anomaly.seconds > 60]
    raised = budget.alarms(told)
    # How far a burst goes that was told: the same finding, which grows.
    for anomaly in [*raised, *(each for each in slow if each not in raised and budget.was_raised(each))]:
        if anomaly.kind == "heartbeat":
            detectors.heartbeats.acknowledge(anomaly.subject)
        if minute.time >= detectors.since:
            yield _finding(anomaly, minute)


def _learn(detectors: SourceDetectors, minute: _Minute) -> list[Detections]:
    """What the detectors say of a minute, which they know from now on."""
    template_counts = {key: count for key, count in minute.counts.items() if detectors.follows(key)}
    is_recent = minute.time > detectors.since - MINUTE_BY_MINUTE.total_seconds()
    learn_rates = detectors.rates.update if is_recent else detectors.rates.learn_season
    detections = learn_rates({**template_counts, GRAVE: minute.grave}, minute.time)
    if minute.time % HEARTBEAT_SECONDS == 0:
        detections.append(detectors.heartbeats.overdue(minute.time))
    for template in minute.counts:
        detections.append(detectors.new_templates.update(template, minute.time))
    for template in template_counts:
        detectors.heartbeats.beat(template, minute.time)
    detectors.minute = minute.time
    return detections


def _without_new_work(source: LogSource, detections: Sequence[Detections]) -> list[Detections]:
    """Of what is told of many minutes: what was never there before and comes in numbers is news by itself only where its
    words or level tell of trouble, as a job runs for the first time. Of grave records each template is told of."""
    told = []
    for each in detections:
        new = {
            anomaly.subject for anomaly in each.anomalies if anomaly.seconds > 60 and not anomaly.expectation
        }
        new |= {anomaly.subject for anomaly in each.anomalies if anomaly.seconds > 60} & {GRAVE}
        if new - {GRAVE}:
            rows = LogTemplate.objects.within(source.organisation_id).filter(source=source, key__in=new)
            new -= {row.key for row in rows if _tells_of_trouble(row)}
        told.append(replace(each, anomalies=[one for one in each.anomalies if one.subject not in new]))
    return told


def _tells_of_trouble(template: LogTemplate) -> bool:
    groups = set(line_evidence(template.text).groups)
    return template.severity in UNUSUAL_LEVELS or bool(groups - {"recovered", "dump"})


def missing_heartbeats(detectors: SourceDetectors, at: datetime) -> Iterator[Finding]:
    """What should have come by now, though nothing at all came."""
    # What comes in the minute that is not over yet may have been stored and not been read.
    seconds = at.timestamp() - 60
    for anomaly in detectors.budget.alarms([detectors.heartbeats.overdue(seconds)]):
        detectors.heartbeats.acknowledge(anomaly.subject)
        yield _finding(anomaly, _Minute(seconds))


def heartbeat_due(detectors: SourceDetectors, at: datetime) -> datetime | None:
    """When the first heart will be missed."""
    due = detectors.heartbeats.due(detectors.budget.threshold("heartbeat", at.timestamp()))
    return to_moment(due + 60) if math.isfinite(due) else None


def alert_templates(
    source: LogSource, templates: Mapping[str, LogTemplate], start: datetime, end: datetime, *, is_whole: bool
) -> Iterator[Finding]:
    """Runs of records whose level or words say that something failed, unless that is how the source always is.

    Without `is_whole` each minute of a short time is a finding: looked at again with more in it, it is the same.
    """
    runs = _runs if is_whole or end - start > MAX_SINGLE_MINUTES else _single_minutes
    rows = _counts(source).filter(minute__gte=start - timedelta(minutes=1), minute__lte=end)
    by_template: dict[str, list[_Count]] = defaultdict(list)
    columns = ("template__key", "minute", "level", "count")
    for key, minute, level, count in rows.order_by("minute").values_list(*columns).iterator(5_000):
        by_template[key].append((minute, level, count))
    first = min((each.first_seen_at for each in templates.values() if each.first_seen_at), default=start)
    known_since, scores = first + evidence.MIN_HISTORY, {}
    by_level = _leave_grave(by_template, templates)
    for key, minutes in by_template.items():
        level = max((level for _, level, _ in minutes), key=lambda each: each in GRAVE_LEVELS)
        score, template = line_evidence(templates[key].text, level).score, templates[key]
        if score > 0 and (template.first_seen_at or start) >= known_since:
            score += NEWNESS + MANY * (template.records_count >= MANY_RECORDS)
        if score >= ALERT_SCORE or level in GRAVE_LEVELS:
            scores[key] = score
    routine = _routine(source, scores.keys() - by_level, start, end)
    routine |= _routine(source, by_level, start, end, GRAVE_LEVELS)
    total = sum(template.records_count for template in templates.values()) or 1
    for key in scores.keys() - routine:
        levels, least = (GRAVE_LEVELS, MIN_BY_LEVEL) if key in by_level else ((), 1)
        own = _records(by_template[key]) if levels else templates[key].records_count
        surprise = scores[key] - math.log10(max(own, 1) / total)
        for run in runs(by_template[key]):
            if (records := _records(run)) >= least:
                begin, over = run[0][0], run[-1][0] + timedelta(minutes=1)
                counted: dict[str, Any] = {"observed": records, "records": records, "levels": levels}
                yield Finding(Detector.ALERT_LINE, key, begin, over, surprise, **counted)


def _leave_grave(by_template: dict[str, list[_Count]], templates: Mapping[str, LogTemplate]) -> set[str]:
    """Of requests and the like, usual by their words and mostly by their level, only grave records say that something
    failed: leaves these, and answers the keys of such templates."""
    keys = set()
    for key, minutes in by_template.items():
        grave = [each for each in minutes if each[1] in GRAVE_LEVELS]
        is_usual = templates[key].severity not in GRAVE_LEVELS
        if grave and is_usual and line_evidence(templates[key].text).score < ALERT_SCORE:
            by_template[key] = grave
            keys.add(key)
    return keys


def _records(minutes: Iterable[_Count]) -> int:
    return sum(count for *_, count in minutes)


def _follow_frequent(source: LogSource, detectors: SourceDetectors) -> None:
    if math.isinf(detectors.minute):
        rows = LogTemplate.objects.within(source.organisation_id).filter(source=source)
        frequent = rows.order_by("-records_count").values_list("key", flat=True)
        detectors.followed.update(frequent[: detectors.max_followed])


def _minutes(source: LogSource, detectors: SourceDetectors, last: float) -> Iterator[_Minute]:
    """Every minute from the first record on, or from where the detectors stopped; those without any too."""
    learnt = detectors.minute
    after = to_moment(learnt) if math.isfinite(learnt) else to_moment(detectors.since) - HISTORY
    rows = _counts(source).filter(minute__gt=after, minute__lte=to_moment(last)).order_by("minute")
    current = _Minute(learnt) if math.isfinite(learnt) else None
    columns = ("template__key", "minute", "level", "count")
    for key, at, level, count in rows.values_list(*columns).iterator(chunk_size=5_000):
        time = at.timestamp()
        while current and current.time < time:
            if current.time > learnt:
                yield current
            # A silence of more than a day says no more than one of a day.
            current = _Minute(current.time + 60 if time - current.time < 86_400 else time)
        current = current or _Minute(time)
        current.counts[key] += count
        current.grave += count if level in GRAVE_LEVELS else 0
    if current and current.time > learnt:
        yield current


def _finding(anomaly: Anomaly, minute: _Minute) -> Finding:
    detector, at = Detector(anomaly.kind), to_moment(anomaly.time)
    template = "" if anomaly.subject == GRAVE else anomaly.subject
    value, expected = anomaly.value or 0, anomaly.expectation or 0
    if detector == Detector.HEARTBEAT:
        # From the last time that it came; judged again, it is the same silence.
        return Finding(detector, template, at - timedelta(seconds=value), at, anomaly.surprise)
    if detector == Detector.LEVEL:
        over, records = at + timedelta(hours=1), round(value)
    else:
        over = at + timedelta(seconds=anomaly.seconds)
        records = round(value) or minute.counts.get(anomaly.subject, 0)
    return Finding(
        detector,
        template,
        at,
        over,
        anomaly.surprise,
        observed=value or records,
        expected=expected,
        records=records,
    )


def _routine(
    source: LogSource, keys: Set[str], start: datetime, end: datetime, levels: Sequence[str] = ()
) -> set[str]:
    """What is said, with one of `levels`, in nearly every part of the time, however it is called, is how the system is."""
    rows = _counts(source).filter(minute__gte=start - HISTORY, minute__lte=end)
    first = rows.aggregate(first=Min("minute"))["first"] if keys else None
    if first is None:
        return set()
    part_seconds = max((end - first).total_seconds(), 1.0) / ROUTINE_PARTS
    rows = rows.filter(level__in=levels) if levels else rows
    elapsed = Cast(Extract(F("minute"), "epoch"), FloatField()) - first.timestamp()
    usual = (
        rows.filter(template__key__in=keys)
        .values("template__key")
        .annotate(
            minutes=Count("minute", distinct=True), parts=Count(Floor(elapsed / part_seconds), distinct=True)
        )
        .filter(minutes__gte=ROUTINE_PARTS, parts__gte=MIN_ROUTINE_PARTS)
    )
    return set(usual.values_list("template__key", flat=True))


def _single_minutes(minutes: list[_Count]) -> Iterator[list[_Count]]:
    for _minute, rows in groupby(minutes, key=lambda each: each[0]):
        yield list(rows)


def _runs(minutes: list[_Count]) -> Iterator[list[_Count]]:
    run: list[_Count] = []
    for each in minutes:
        if run and each[0] - run[-1][0] > timedelta(minutes=MAX_GAP_MINUTES):
            yield run
            run = []
        run.append(each)
    if run:
        yield run


def _counts(source: LogSource) -> OrganisationQuerySet[TemplateCount]:
    return TemplateCount.objects.within(source.organisation_id).filter(source=source)


def record_windows(source: LogSource, since: int, until: int, max_records: int) -> list[tuple[int, int]]:
    """Times (microseconds) that cut the records between two times into windows of so many records, in their order."""
    rows = _counts(source).filter(
        minute__gte=to_moment(since // 60_000_000 * 60), minute__lte=to_moment(until / 1_000_000)
    )
    windows, begin, records = [], since, 0
    for minute, count in rows.values_list("minute").annotate(sum=Sum("count")).order_by("minute"):
        at = int(minute.timestamp() * 1_000_000)
        if records and records + count > max_records:
            windows.append((begin, max(at, begin)))
            begin, records = max(at, begin), 0
        records += count
    return [*windows, (begin, until)] if records else windows

"""What is unusual in the records of a source, judged by their counts of the minute and by what templates say."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import transaction

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.log_analysis.detection import evidence, selectors
from apps.log_analysis.detection.models import AnomalySuppression, Detector, LogAnomaly
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate, TemplateCount
from logmining.detection.alert_lines import ALERT_SCORE, line_evidence
from logmining.detection.anomalies import Anomaly
from logmining.detection.budget import AlarmBudget
from logmining.detection.new_templates import NewTemplateDetector
from logmining.detection.rates import HeartbeatDetector, RateDetector

# What a source was like in this time is what is usual for it.
HISTORY = timedelta(days=7)
# Records that say that something failed, this far apart, are two findings.
MAX_GAP_MINUTES = 10
MAX_ANOMALIES = 500
ROUTINE_PARTS, MIN_ROUTINE_PARTS = 20, 16
GRAVE_LEVELS = ("error", "critical")
# Words that alone are too weak to be believed are, where nobody has seen them before and they come in numbers.
NEWNESS, MANY, MANY_RECORDS = 1.0, 0.5, 10
# Subject of the rate of all grave records of a source, beside those of single templates.
GRAVE = "grave"


@dataclass
class _Minute:
    time: float
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    grave: int = 0


def judge(source: LogSource, *, since: int | None, until: int | None, check: Callable[[], None]) -> int:
    """Looks for anomalies in records from `since` to `until` (microseconds UTC) and stores them. Answers how many.

    Detectors learn from the week before; what a person called no anomaly is left out.
    """
    if since is None or until is None:
        return 0
    start, end = _moment(since), _moment(until)
    templates = {
        row.key: row for row in LogTemplate.objects.within(source.organisation_id).filter(source=source)
    }
    found = [*_unusual_rates(source, start, end, check), *_alert_templates(source, templates, start, end)]
    ranked = sorted(found, key=lambda each: -each.surprise)[:MAX_ANOMALIES]
    return _store(source, templates, ranked, start)


@transaction.atomic
def suppress(actor: Actor, anomaly: LogAnomaly, *, reason: str = "") -> AnomalySuppression:
    """“Not an anomaly”: neither this one nor the like of it counts any more; incidents that rested on it alone go."""
    row, _is_new = AnomalySuppression.objects.get_or_create(
        organisation=actor.organisation,
        source=anomaly.source,
        detector=anomaly.detector,
        template=anomaly.template,
        defaults={"reason": reason[:200], "member": actor.member},
    )
    details = {"detector": anomaly.detector, "template": str(anomaly.template or "")}
    audit.record(actor, action="log_anomaly.suppressed", target=row, details=details)
    same = LogAnomaly.objects.within(actor.organisation).filter(
        source=anomaly.source, detector=anomaly.detector, template=anomaly.template
    )
    same.delete()
    return row


@dataclass(frozen=True)
class _Finding:
    detector: Detector
    template: str
    start: datetime
    end: datetime
    surprise: float
    observed: float = 0
    expected: float = 0
    records: int = 0


def _unusual_rates(
    source: LogSource, start: datetime, end: datetime, check: Callable[[], None]
) -> Iterator[_Finding]:
    """The week before is replayed through the detectors: their state is their history, and nothing of it is stored."""
    settings = selectors.settings_of(source.organisation_id)
    budget = AlarmBudget(settings.false_alarms_per_day)
    rates, new, hearts = RateDetector(), NewTemplateDetector(), HeartbeatDetector()
    for minute in _minutes(source, start - HISTORY, end):
        check()
        detections = rates.update({**minute.counts, GRAVE: minute.grave}, minute.time)
        for template, count in minute.counts.items():
            detections.append(new.update(template, minute.time, lines=count))
            hearts.beat(template, minute.time)
        for anomaly in budget.alarms(detections):
            if anomaly.time >= start.timestamp() - 60:
                yield _finding(anomaly, minute)
    for anomaly in budget.alarms([hearts.overdue(end.timestamp())]):
        yield _finding(anomaly, _Minute(end.timestamp()))


def _minutes(source: LogSource, start: datetime, end: datetime) -> Iterator[_Minute]:
    """Every minute from the first record on, those without any too."""
    rows = TemplateCount.objects.within(source.organisation_id).filter(
        source=source, minute__gte=start, minute__lte=end
    )
    current: _Minute | None = None
    for key, at, level, count in (
        rows.order_by("minute")
        .values_list("template__key", "minute", "level", "count")
        .iterator(chunk_size=5_000)
    ):
        time = at.timestamp()
        while current and current.time < time:
            yield current
            # A silence of more than a day says no more than one of a day.
            current = _Minute(current.time + 60 if time - current.time < 86_400 else time)
        current = current or _Minute(time)
        current.counts[key] += count
        current.grave += count if level in GRAVE_LEVELS else 0
    if current:
        yield current


def _finding(anomaly: Anomaly, minute: _Minute) -> _Finding:
    at = datetime.fromtimestamp(anomaly.time, UTC)
    template = "" if anomaly.subject == GRAVE else anomaly.subject
    records = minute.grave if anomaly.subject == GRAVE else minute.counts.get(anomaly.subject, 0)
    return _Finding(
        Detector(anomaly.kind),
        template,
        at,
        at + timedelta(minutes=1),
        anomaly.surprise,
        observed=anomaly.value or records,
        expected=anomaly.expectation or 0,
        records=records,
    )


def _alert_templates(
    source: LogSource, templates: dict[str, LogTemplate], start: datetime, end: datetime
) -> Iterator[_Finding]:
    """Runs of records whose level or words say that something failed, unless that is how the source always is."""
    rows = TemplateCount.objects.within(source.organisation_id).filter(
        source=source, minute__gte=start - HISTORY, minute__lte=end
    )
    by_template: dict[str, list[tuple[datetime, str, int]]] = defaultdict(list)
    columns = ("template__key", "minute", "level", "count")
    for key, minute, level, count in rows.order_by("minute").values_list(*columns):
        by_template[key].append((minute, level, count))
    total = sum(count for minutes in by_template.values() for *_, count in minutes) or 1
    first = min((minutes[0][0] for minutes in by_template.values()), default=start)
    for key, minutes in by_template.items():
        level = max((level for _, level, _ in minutes), key=lambda each: each in GRAVE_LEVELS)
        says, amount = line_evidence(templates[key].text, level), sum(count for *_, count in minutes)
        score = says.score
        if score > 0 and minutes[0][0] >= first + evidence.MIN_HISTORY:
            score += NEWNESS + MANY * (amount >= MANY_RECORDS)
        if not (score >= ALERT_SCORE or level in GRAVE_LEVELS) or _is_routine(minutes, first, end):
            continue
        rarity = -math.log10(amount / total)
        for run in _runs([each for each in minutes if each[0] >= start - timedelta(minutes=1)]):
            records = sum(count for *_, count in run)
            begin, over = run[0][0], run[-1][0] + timedelta(minutes=1)
            yield _Finding(
                Detector.ALERT_LINE, key, begin, over, score + rarity, observed=records, records=records
            )


def _is_routine(minutes: list[tuple[datetime, str, int]], first: datetime, end: datetime) -> bool:
    """What is said in nearly every part of the time, however it is called, is how the system is."""
    seconds = max((end - first).total_seconds(), 1.0)
    parts = {int((minute - first).total_seconds() / seconds * ROUTINE_PARTS) for minute, *_ in minutes}
    return len(minutes) >= ROUTINE_PARTS and len(parts) >= MIN_ROUTINE_PARTS


def _runs(minutes: list[tuple[datetime, str, int]]) -> Iterator[list[tuple[datetime, str, int]]]:
    run: list[tuple[datetime, str, int]] = []
    for each in minutes:
        if run and each[0] - run[-1][0] > timedelta(minutes=MAX_GAP_MINUTES):
            yield run
            run = []
        run.append(each)
    if run:
        yield run


@transaction.atomic
def _store(
    source: LogSource, templates: dict[str, LogTemplate], found: list[_Finding], start: datetime
) -> int:
    """Rows of what was found, with the records that show it; judged again, a finding changes its row."""
    suppressed = selectors.suppressed(source)
    rows = []
    for each in found:
        template = templates.get(each.template)
        if (each.detector, template.pk if template else None) in suppressed:
            continue
        records = evidence.first_records(source, template, each.start, each.end)
        rows.append(
            LogAnomaly(
                organisation_id=source.organisation_id,
                source=source,
                detector=each.detector,
                template=template,
                service=next((record["service"] for record in records if record["service"]), source.service),
                started_at=each.start,
                ended_at=each.end,
                surprise=each.surprise,
                observed=each.observed,
                expected=each.expected,
                records_count=each.records,
                evidence=records,
            )
        )
    LogAnomaly.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)

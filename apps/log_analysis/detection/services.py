"""What is unusual in the records of a source, judged by their counts of the minute, by their values and their order."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.log_analysis.detection import (
    counts,
    evidence,
    selectors,
    session_labels,
    source_detectors,
    stored_records,
)
from apps.log_analysis.detection.findings import Finding, to_moment
from apps.log_analysis.detection.models import AnomalySuppression, Detector, LogAnomaly
from apps.log_analysis.detection.source_detectors import HISTORY, SourceDetectors
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate

MAX_ANOMALIES = 500
# Records that came this late are read again, not heard live.
MAX_LAG_SECONDS = 900


def judge(source: LogSource, *, since: int | None, until: int | None, check: Callable[[], None]) -> int:
    """Looks for anomalies in the records of a file, from `since` to `until` (microseconds UTC), and stores them. Answers
    how many.

    Detectors learn from the week before; what a person called no anomaly is left out.
    """
    if since is None or until is None:
        return 0
    start, end = to_moment(since / 1_000_000), to_moment(until / 1_000_000)
    templates = _templates(source, start)
    detectors = source_detectors.take(source, start, end, selectors.alarms_per_day(source), is_whole=True)
    findings = [
        *counts.alert_templates(source, templates, start, end, is_whole=True),
        *counts.unusual_rates(source, detectors, end, check, is_whole=True),
        *stored_records.unusual_records(source, detectors, templates, until, check, is_whole=True),
    ]
    count = _store(source, templates, findings)
    source_detectors.keep(source, detectors)
    return count


def judge_alert_lines(source: LogSource, *, since: int, until: int) -> int:
    """What says itself that something failed: of a stream this is told first, as nothing has to be learnt for it."""
    start, end = to_moment(since / 1_000_000), to_moment(until / 1_000_000)
    templates = _templates(source, start)
    findings = counts.alert_templates(source, templates, start, end, is_whole=False)
    return _store(source, templates, list(findings))


def judge_stream(
    source: LogSource, *, since: int, until: int, check: Callable[[], None], learn_seconds: float = math.inf
) -> bool:
    """As `judge`, of records of which more will follow, without those that `judge_alert_lines` finds: what can only be told
    of a whole minute, or of an ended session, is told with what follows.

    A worker that has not judged the source lately learns its week first. Where that takes longer than `learn_seconds` the
    answer is no: the same records are to be judged again, and it goes on learning then.
    """
    start, end = to_moment(since / 1_000_000), to_moment(until / 1_000_000)
    detectors = source_detectors.take(source, start, end, selectors.alarms_per_day(source), is_whole=False)
    rates = counts.unusual_rates(source, detectors, end, check, is_whole=False, learn_seconds=learn_seconds)
    findings = list(rates)
    if detectors.has_learnt_counts:
        templates = _templates(source, start)
        records = stored_records.unusual_records(source, detectors, templates, until, check, is_whole=False)
        _store(source, templates, [*findings, *records])
        _note_heartbeat(source, detectors, end)
    source_detectors.keep(source, detectors)
    return detectors.has_learnt_counts


def judge_silence(source: LogSource, at: datetime) -> int:
    """Looks for what should have come by now from a source that is silent. Answers how many anomalies are new."""
    last = source.last_record_at
    if last is None:
        return 0
    templates = _templates(source, last)
    detectors = source_detectors.take(source, at, at, selectors.alarms_per_day(source), is_whole=False)
    # A worker that has not seen the source lately learns it now.
    learnt = list(counts.unusual_rates(source, detectors, last, lambda: None, is_whole=False))
    count = _store(source, templates, [*learnt, *counts.missing_heartbeats(detectors, at)])
    _note_heartbeat(source, detectors, at)
    source_detectors.keep(source, detectors)
    return count


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
    session_labels.label([anomaly], is_anomaly=False)
    same.delete()
    return row


def _templates(source: LogSource, start: datetime) -> dict[str, LogTemplate]:
    """By key, those that came in the time that counts."""
    rows = LogTemplate.objects.within(source.organisation_id).filter(
        source=source, last_seen_at__gte=start - HISTORY
    )
    return {row.key: row for row in rows}


def _note_heartbeat(source: LogSource, detectors: SourceDetectors, at: datetime) -> None:
    """When somebody should look whether the source still lives; records of last month do not say that."""
    is_live = abs((timezone.now() - at).total_seconds()) < MAX_LAG_SECONDS
    due = counts.heartbeat_due(detectors, at) if is_live else None
    LogSource.objects.within(source.organisation_id).filter(pk=source.pk).update(heartbeat_due_at=due)


@transaction.atomic
def _store(source: LogSource, templates: dict[str, LogTemplate], findings: Sequence[Finding]) -> int:
    """Rows of the most surprising, with the records that show them. What was found before stays, and grows where there is
    more of it now: a minute of a stream is first looked at when it has hardly begun."""
    suppressions = selectors.suppressions(source)
    rows = []
    for each in sorted(findings, key=lambda each: -each.surprise)[:MAX_ANOMALIES]:
        template = templates.get(each.template)
        if (each.detector, template.pk if template else None) in suppressions:
            continue
        records = evidence.records_of(source, template, each)
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
                subject=each.subject,
                events=list(each.events),
                session_view=each.view,
                compared_sessions=each.compared_sessions,
                evidence=records,
            )
        )
    LogAnomaly.objects.bulk_create(rows, ignore_conflicts=True)
    for row in rows:
        if row.detector in (Detector.ALERT_LINE, Detector.RATE):
            _grow(row)
    return len(rows)


def _grow(row: LogAnomaly) -> None:
    """The stored row of the same finding, where that has fewer records."""
    same = LogAnomaly.objects.within(row.organisation_id).filter(
        source=row.source, detector=row.detector, template=row.template, service=row.service
    )
    fewer = same.filter(started_at=row.started_at, records_count__lt=row.records_count)
    fewer.update(
        records_count=row.records_count,
        observed=row.observed,
        ended_at=Greatest("ended_at", Value(row.ended_at)),
    )

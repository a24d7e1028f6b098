"""The records that show what is unusual: the first ones, as they stand in the store."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Subquery

from apps.accounts.models import Organisation
from apps.log_analysis.detection.findings import Finding
from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate
from domain.logs.store import Filters, Record
from domain.logs.store.filters import ParameterFilter

SHOWN_RECORDS = 5
MAX_SCANNED = 500
MAX_TEXT_CHARACTERS = 600
# What was never seen before and comes so shortly before an incident, or with its first signs, may be its beginning.
NEW_BEFORE, NEW_AFTER = timedelta(minutes=30), timedelta(minutes=2)
# In the first hour of a source everything is new.
MIN_HISTORY = timedelta(hours=1)
MAX_NEW_TEMPLATES = 4


def records_of(source: LogSource, template: LogTemplate | None, finding: Finding) -> list[dict[str, Any]]:
    """The first records behind a finding: those of its session or with its value, else of its template, else everything
    grave.
    """
    filters = Filters(
        organisation=str(source.organisation_id),
        sources=(str(source.pk),),
        since=to_microseconds(finding.start),
        until=to_microseconds(finding.end + timedelta(minutes=1)),
    )
    key = (template.key,) if template else ()
    if finding.session:
        # Also a request's records of before and after are its own.
        return _first_of_session(filters, finding)
    if finding.slot is not None and finding.value:
        filters = replace(filters, templates=key, parameters=(ParameterFilter(finding.slot, finding.value),))
    elif template:
        filters = replace(filters, templates=key, levels=finding.levels)
    else:
        filters = replace(filters, levels=("error", "critical"))
    return _first_records(filters, finding.start)


def first_of_new_templates(
    organisation: Organisation,
    start: datetime,
    *,
    known_templates: Collection[UUID],
    earlier: Iterable[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """The first record of templates that nobody had seen before, around the beginning of an incident; in the order of
    time. A restart, a reload or a cache that was emptied fails nowhere, and is what comes first. `known_templates` are
    shown anyhow. `earlier`: what was answered before, and need not be read again."""
    by_template = {each.get("new_template"): dict(each) for each in earlier}
    first_seen = (
        LogTemplate.objects.within(organisation)
        .filter(source=OuterRef("source"))
        .order_by("first_seen_at")
        .values("first_seen_at")
    )
    rows = LogTemplate.objects.within(organisation).filter(
        first_seen_at__range=(start - NEW_BEFORE, start + NEW_AFTER)
    )
    rows = rows.annotate(source_began_at=Subquery(first_seen[:1])).filter(
        first_seen_at__gte=F("source_began_at") + MIN_HISTORY
    )
    new = [row for row in rows.select_related("source")[:MAX_SCANNED] if row.pk not in known_templates]
    new.sort(key=lambda row: abs((row.first_seen_at or start) - start))
    records = []
    for row in new[:MAX_NEW_TEMPLATES]:
        begin, key = row.first_seen_at or start, str(row.pk)
        if key in by_template:
            records.append(by_template[key])
            continue
        filters = Filters(
            organisation=str(organisation.pk),
            sources=(str(row.source_id),),
            since=to_microseconds(begin),
            until=to_microseconds(begin + timedelta(minutes=1)),
            templates=(row.key,),
        )
        records += [{**each, "new_template": key} for each in _first_records(filters, begin)[:1]]
    return sorted(records, key=lambda each: int(each["time"]))


def _first_records(filters: Filters, start: datetime) -> list[dict[str, Any]]:
    # What began in a minute stands in it: of a loud template the last records would not be the first ones.
    first_minute = replace(filters, until=to_microseconds(start + timedelta(minutes=1)))
    newest_first = log_reader().latest(first_minute, limit=MAX_SCANNED)
    if len(newest_first) < SHOWN_RECORDS:
        newest_first = log_reader().latest(filters, limit=MAX_SCANNED)
    return [as_evidence(record) for record in newest_first[-SHOWN_RECORDS:][::-1]]


def _first_of_session(filters: Filters, finding: Finding) -> list[dict[str, Any]]:
    """Around the step that is odd."""
    records = log_reader().latest(replace(filters, sessions=(finding.session,)), limit=MAX_SCANNED)
    records = records or log_reader().latest(replace(filters, traces=(finding.session,)), limit=MAX_SCANNED)
    ordered = records[::-1]
    odd = next((place for place, each in enumerate(ordered) if each.template == finding.template), 0)
    first = max(0, odd - SHOWN_RECORDS // 2)
    return [as_evidence(record) for record in ordered[first : first + SHOWN_RECORDS]]


def record_at(filters: Filters, source: str, arrival: int, time_ms: int) -> dict[str, Any] | None:
    """The record with this number, of those that `filters` ask for."""
    moment = replace(filters, sources=(source,), since=time_ms * 1_000, until=time_ms * 1_000 + 1_000)
    records = log_reader().latest(moment, limit=MAX_SCANNED)
    return next((as_evidence(each) for each in records if each.arrival == arrival), None)


def as_evidence(record: Record) -> dict[str, Any]:
    """What an anomaly and an incident keep of a record: enough to show it, and its number to find it by."""
    return {
        "source": record.source,
        "arrival": record.arrival,
        "line": record.line,
        "time": record.time,
        "level": record.level or "",
        "service": record.service or "",
        "trace": record.trace or "",
        "text": record.text.decode("utf-8", "replace")[:MAX_TEXT_CHARACTERS],
    }


def to_microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)

"""The records that show what is unusual: the first ones, as they stand in the store."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Subquery

from apps.accounts.models import Organisation
from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate
from logstore import Filters, Record

SHOWN_RECORDS = 5
MAX_SCANNED = 500
MAX_TEXT_CHARACTERS = 600
# What was never seen before and comes so shortly before an incident, or with its first signs, may be its beginning.
NEW_BEFORE, NEW_AFTER = timedelta(minutes=30), timedelta(minutes=2)
# In the first hour of a source everything is new.
MIN_HISTORY = timedelta(hours=1)
MAX_NEW_TEMPLATES = 4


def first_records(
    source: LogSource, template: LogTemplate | None, start: datetime, end: datetime
) -> list[dict[str, Any]]:
    """Of a template, or of everything grave, between two times; the first ones first."""
    filters = Filters(
        organisation=str(source.organisation_id),
        sources=(str(source.pk),),
        since=_microseconds(start),
        until=_microseconds(end + timedelta(minutes=1)),
        templates=(template.key,) if template else (),
        levels=() if template else ("error", "critical"),
    )
    # What began in a minute stands in it: of a loud template the last records would not be the first ones.
    first_minute = replace(filters, until=_microseconds(start + timedelta(minutes=1)))
    newest_first = log_reader().latest(first_minute, limit=MAX_SCANNED)
    if len(newest_first) < SHOWN_RECORDS:
        newest_first = log_reader().latest(filters, limit=MAX_SCANNED)
    return [as_evidence(record) for record in newest_first[-SHOWN_RECORDS:][::-1]]


def first_of_new_templates(
    organisation: Organisation,
    start: datetime,
    *,
    known: Collection[UUID],
    earlier: Iterable[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """The first record of templates that nobody had seen before, around the beginning of an incident; in the order of
    time. A restart, a reload or a cache that was emptied fails nowhere, and is what comes first. `known`: templates that
    are shown anyhow. `earlier`: what was answered before, and need not be read again."""
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
    new = [row for row in rows.select_related("source")[:MAX_SCANNED] if row.pk not in known]
    new.sort(key=lambda row: abs((row.first_seen_at or start) - start))
    found = []
    for row in new[:MAX_NEW_TEMPLATES]:
        begin, key = row.first_seen_at or start, str(row.pk)
        records = [by_template[key]] if key in by_template else first_records(row.source, row, begin, begin)
        found += [{**each, "new_template": key} for each in records[:1]]
    return sorted(found, key=lambda each: int(each["time"]))


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


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)

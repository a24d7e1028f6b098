"""The records that show what is unusual: the first ones, as they stand in the store."""

from datetime import datetime, timedelta
from typing import Any

from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate
from logstore import Filters, Record

SHOWN_RECORDS = 5
MAX_SCANNED = 500
MAX_TEXT_CHARACTERS = 600


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
    newest_first = log_reader().latest(filters, limit=MAX_SCANNED)
    return [as_evidence(record) for record in newest_first[-SHOWN_RECORDS:][::-1]]


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

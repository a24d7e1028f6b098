"""All log records of an organisation, as it takes them along and as they go with it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from apps.accounts.models import Organisation
from apps.log_analysis.records import masked_values, selectors
from apps.log_analysis.records.storage import log_reader, log_store
from apps.log_analysis.sources.models import LogSource
from apps.privacy.outside_stores import Lines, OutsideStore
from domain.logs.store import Filters

RECORDS_AT_ONCE = 2000


def delete_records(organisation_id: UUID) -> None:
    """Their days, what they were made of, and the values behind their tokens. Raises StoreUnreachable."""
    log_store().delete_organisation(str(organisation_id))
    masked_values.delete_organisation(str(organisation_id))


def record_lines(organisation_id: UUID) -> Lines:
    """A file for each source. Raises ServiceUnavailable while the store is away."""
    for source in LogSource.objects.within(organisation_id).order_by("pk"):
        yield str(source.pk), _records(source)


def _records(source: LogSource) -> Iterator[dict[str, Any]]:
    """The newest first; values that were masked stay masked."""
    filters = Filters(str(source.organisation_id), sources=(str(source.pk),))
    organisation = Organisation(pk=source.organisation_id)
    while True:
        with selectors.query_errors():
            records = log_reader().latest(filters, RECORDS_AT_ONCE)
        for view in selectors.views(organisation, records):
            entry = view.record
            yield {
                "time": view.moment or entry.time,
                "level": entry.level,
                "service": entry.service,
                "host": entry.host,
                "trace": entry.trace,
                "message": view.text,
            }
        if len(records) < RECORDS_AT_ONCE:
            return
        filters = replace(filters, before=(records[-1].time, records[-1].arrival))


LOG_RECORDS = OutsideStore("log_records", delete=delete_records, lines=record_lines)

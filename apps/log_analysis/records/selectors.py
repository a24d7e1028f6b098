"""Reads of records. Every question carries the organisation and only sources that it has."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core.errors import InvalidInput, NotFound, ServiceUnavailable
from apps.log_analysis.records.cursors import Cursor
from apps.log_analysis.records.ingestion import masked_text
from apps.log_analysis.records.presenters import RecordView
from apps.log_analysis.records.storage import log_reader, log_store
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates import selectors as templates
from apps.log_analysis.templates.histograms import Histogram, TimeCount, bucket_seconds, histogram
from domain.logs.store import Filters, Record
from domain.logs.store.errors import (
    QueryTimeout,
    QueryTooLarge,
    SearchTooBroad,
    StoreUnreachable,
    TooManyQueries,
)
from domain.logs.store.filters import ParameterFilter
from domain.logs.store.value_types import ValueFilter, ValueType

PAGE_RECORDS = 100
MAX_PAGE_RECORDS = 1_000
EXPORT_PAGE_RECORDS = 5_000
MAX_EXPORT_RECORDS = 50_000
MAX_EXPORT_SECONDS = 30.0
TAIL_RECORDS = 200
CONTEXT_RECORDS = 10
# How far a record's neighbours are looked for; those behind it in steps, as most have some in the next minute.
CONTEXT_US = 86_400_000_000
CONTEXT_STEPS_US = (60_000_000, 3_600_000_000, CONTEXT_US)
MAX_ARRIVAL = 2**63 - 1
MAX_MOMENT_US = 253_000_000_000_000_000  # in the year 9987
# A store's name that no source has: asks for nothing, where an empty list would ask for everything.
NO_SOURCE = "none"


@dataclass(frozen=True)
class RecordPage:
    """`after` is the cursor of the next, older page."""

    views: list[RecordView]
    after: Cursor | None


def filters_within(organisation: Organisation, values: Mapping[str, Any]) -> Filters:
    """What a valid RecordFilterForm asks for."""
    source, chosen = values.get("source"), list(values.get("template") or ())
    sources = [source] if source else [*LogSource.objects.within(organisation)]
    keys: list[str] = []
    parameters: tuple[ParameterFilter, ...] = ()
    typed_value: ValueFilter | None = None
    text, value = (masked_text(organisation.pk, values.get(name) or "") for name in ("text", "value"))
    if chosen:
        sources = [each for each in sources if each.pk in {template.source_id for template in chosen}]
        keys = [each.key for each in templates.families(chosen)]
    if values.get("parameter"):
        # Of this template alone: what was merged into it may count its parameters otherwise.
        keys = [chosen[0].key]
        parameters = (ParameterFilter(values["parameter"] - 1, value),)
    elif values.get("kind") and value:
        typed_value = ValueFilter(ValueType(values["kind"]), value)
    return Filters(
        str(organisation.pk),
        sources=tuple(str(source.pk) for source in sources) or (NO_SOURCE,),
        since=to_microseconds(values.get("since")),
        until=to_microseconds(values.get("until")),
        levels=tuple(values.get("level") or ()),
        services=_names(values.get("service")),
        hosts=_names(values.get("host")),
        traces=_names(values.get("trace")),
        templates=tuple(keys),
        parameters=parameters,
        typed_value=typed_value,
        text=text,
        is_whole=bool(values.get("whole")),
    )


def search(
    organisation: Organisation, filters: Filters, *, before: Cursor | None = None, limit: int = PAGE_RECORDS
) -> RecordPage:
    """The newest records, or those behind a cursor. Raises what `query_errors` raises."""
    limit = min(limit, MAX_PAGE_RECORDS)
    with query_errors():
        # One more than is shown says whether there are older ones.
        records = log_reader().latest(replace(filters, before=before), limit + 1)
    last = records[limit - 1] if len(records) > limit else None
    return RecordPage(views(organisation, records[:limit]), (last.time, last.arrival) if last else None)


def export(organisation: Organisation, filters: Filters) -> Iterator[RecordView]:
    """A search's records, newest first, at most MAX_EXPORT_RECORDS. The first are read before this returns, all within
    MAX_EXPORT_SECONDS.
    """
    deadline = time.monotonic() + MAX_EXPORT_SECONDS

    def rest(records: list[Record]) -> Iterator[RecordView]:
        remaining = MAX_EXPORT_RECORDS
        while records:
            yield from views(organisation, records)
            remaining -= len(records)
            is_over = len(records) < EXPORT_PAGE_RECORDS or remaining <= 0
            records = [] if is_over else page((records[-1].time, records[-1].arrival))

    def page(before: Cursor | None) -> list[Record]:
        with query_errors():
            around = replace(filters, before=before)
            return log_reader().latest(around, EXPORT_PAGE_RECORDS, deadline=deadline)

    return rest(page(None))


def record(organisation: Organisation, source: LogSource, arrival: int, at: int | None) -> RecordView:
    """`at` is its time in microseconds: with it the record is found without a search. Raises NotFound."""
    if not 0 < arrival <= MAX_ARRIVAL:
        raise NotFound
    around = Filters(str(organisation.pk), (str(source.pk),))
    if at is not None and abs(at) < MAX_ARRIVAL:
        around = replace(around, since=at, until=at + 1)
    with query_errors():
        records, _end = log_reader().after(around, {str(source.pk): arrival - 1}, 1)
    if not records or records[0].arrival != arrival:
        raise NotFound
    return views(organisation, records)[0]


def context(organisation: Organisation, view: RecordView) -> tuple[list[RecordView], list[RecordView]]:
    """What the same source told before and after a record, in the order of time."""
    here = view.record
    around = Filters(
        str(organisation.pk), (here.source,), since=here.time - CONTEXT_US, until=here.time + CONTEXT_US
    )
    with query_errors():
        before = log_reader().latest(replace(around, before=(here.time, here.arrival)), CONTEXT_RECORDS)
        # Not in the order of arrival: of rotated files the newest often comes first.
        ahead = replace(around, after=(here.time, here.arrival))
        after: list[Record] = []
        for step in CONTEXT_STEPS_US:
            if len(after) < CONTEXT_RECORDS:
                after = log_reader().earliest(replace(ahead, until=here.time + step), CONTEXT_RECORDS)
    return views(organisation, before[::-1]), views(organisation, after)


def tail(
    organisation: Organisation, filters: Filters, cursor: Mapping[str, int] | None
) -> tuple[list[RecordView], dict[str, int]]:
    """What was stored since the cursor, oldest first whichever source told it, and the next cursor. Without one: nothing,
    and where to begin.
    """
    with query_errors():
        if cursor is None:
            return [], log_reader().end(filters)
        records, end = log_reader().after(filters, cursor, TAIL_RECORDS)
    return views(organisation, sorted(records, key=lambda each: (each.time, each.arrival))), end


def time_span(filters: Filters) -> tuple[datetime, datetime] | None:
    """The time that a search is about: what it says, and where it says nothing, from the first record to the last."""
    sizes = [log_store().size(filters.organisation, source) for source in filters.sources]
    first = min((each.first_time for each in sizes if each.first_time is not None), default=None)
    last = max((each.last_time for each in sizes if each.last_time is not None), default=None)
    if first is None or last is None:
        return None
    since = max(first, filters.since) if filters.since is not None else first
    until = filters.until if filters.until is not None else last + 1
    return to_utc(since), max(to_utc(until), to_utc(since) + timedelta(seconds=1))


def record_histogram(filters: Filters) -> Histogram | None:
    """Records by time and level; none where nothing is stored."""
    if (span := time_span(filters)) is None:
        return None
    seconds = bucket_seconds(*span)
    with query_errors():
        counts = log_reader().count_levels(filters, seconds)
    return histogram(
        (TimeCount(each.time, each.value or "", each.records) for each in counts), *span, seconds
    )


def views(organisation: Organisation, records: Sequence[Record]) -> list[RecordView]:
    """The records with the names of their sources and templates; a merged template's records show its target."""
    rows = templates.by_key(organisation, (each.template for each in records if each.template))
    names = {str(pk): name for pk, name in LogSource.objects.within(organisation).values_list("pk", "name")}
    return [
        RecordView(each, rows.get((each.source, each.template or "")), names.get(each.source, ""))
        for each in records
    ]


@contextmanager
def query_errors() -> Iterator[None]:
    """What the store refuses, as people should read it. Raises ServiceUnavailable where another try may succeed, and
    InvalidInput where the search itself is too large.
    """
    try:
        yield
    except QueryTimeout as error:
        raise ServiceUnavailable(
            _("The search timed out. Choose a shorter period or a single source and try again."),
            code="search_timeout",
            retry_after_seconds=5,
        ) from error
    except TooManyQueries as error:
        raise ServiceUnavailable(
            _("Other searches are still running. Wait a moment and try again."),
            code="search_busy",
            retry_after_seconds=2,
        ) from error
    except StoreUnreachable as error:
        raise ServiceUnavailable(code="log_store_unreachable", retry_after_seconds=30) from error
    except QueryTooLarge as error:
        raise InvalidInput(
            _("The search needs too much memory. Choose a shorter period or add filters."),
            code="search_too_large",
        ) from error
    except SearchTooBroad as error:
        reason = _("The search is too broad. Choose a shorter period, add a filter or change the text.")
        raise InvalidInput(code="search_too_broad", fields={"text": [reason]}) from error


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def to_microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1_000_000)


def to_utc(microseconds: int) -> datetime:
    """Within what calendars calculate with: a time that was read wrongly can be anything."""
    return datetime.fromtimestamp(min(max(microseconds, 0), MAX_MOMENT_US) / 1_000_000, UTC)

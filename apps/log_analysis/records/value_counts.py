"""What a search finds, counted: all of it, or by field, hour, day, or the addresses, users and paths in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core.errors import Text
from apps.log_analysis.records.presenters import TextPart, text_parts
from apps.log_analysis.records.selectors import query_errors, to_utc
from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.records.value_names import group_named
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates import selectors as templates
from apps.log_analysis.templates.models import Level, LogTemplate
from domain.logs.store import Filters
from domain.logs.store.value_types import PERIOD_MS, Field, Period, ValueCounts, ValueType

PERIOD_FORMATS = {Period.HOUR: "%Y-%m-%d %H:00", Period.DAY: "%Y-%m-%d"}


@dataclass(frozen=True)
class CountRow:
    """`query`: what narrows the search to these records. Widths and shares are per cents."""

    value: str
    label: Text
    records: int
    share: float
    width: float
    query: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parts(self) -> list[TextPart]:
        """With what is hidden in it as chips."""
        return text_parts(str(self.label))


@dataclass(frozen=True)
class CountTable:
    """`missing`: records that have no such value. `distinct` and `records` count what is not listed, too."""

    rows: list[CountRow]
    records: int
    missing: int
    distinct: int

    @property
    def others(self) -> int:
        return self.distinct - len(self.rows)


def count_all(filters: Filters) -> CountTable:
    with query_errors():
        return CountTable([], log_reader().count_values(filters, Field.LEVEL, 1).records, 0, 0)


def count_by(organisation: Organisation, filters: Filters, by: str, top: int) -> CountTable:
    """The most frequent first. Raises what `query_errors` raises."""
    group = group_named(by)
    zone = timezone.get_current_timezone()
    shift = _zone_shift(filters, zone)
    with query_errors():
        counts = log_reader().count_values(filters, group, top, zone_ms=shift // timedelta(milliseconds=1))
    if group is Field.TEMPLATE:
        return _by_template(organisation, filters, counts)
    names: dict[str, Text] = {}
    if group is Field.SOURCE:
        sources = LogSource.objects.within(organisation).values_list("pk", "name")
        names = {str(pk): name for pk, name in sources}
    elif group is Field.LEVEL:
        names = {level.value: level.label for level in Level}
    rows = []
    for value, records in counts.counts:
        label, query = names.get(value, value), _query(group, value)
        if isinstance(group, Period):
            since = datetime.fromtimestamp(int(value) * PERIOD_MS[group] / 1000, UTC) - shift
            until = since + timedelta(milliseconds=PERIOD_MS[group])
            # Of its middle: where clocks changed since, a day begins at eleven in the evening of the one before.
            middle = since + timedelta(milliseconds=PERIOD_MS[group] // 2)
            label = middle.astimezone(zone).strftime(PERIOD_FORMATS[group])
            query = {"since": since.isoformat(), "until": until.isoformat(), "last": None}
            value = label
        rows.append(CountRow(value, label, records, *_lengths(records, counts), query))
    return CountTable(rows, counts.records, counts.missing, counts.distinct)


def _by_template(organisation: Organisation, filters: Filters, counts: ValueCounts) -> CountTable:
    """Merged ones count with their target."""
    rows = templates.by_key(organisation, (key for key, _records in counts.counts))
    by_key: dict[str, list[LogTemplate]] = {}
    for (source, key), row in rows.items():
        if source in filters.sources:
            by_key.setdefault(key, []).append(row.merged_into or row)
    sums: dict[LogTemplate, int] = {}
    ids: dict[LogTemplate, dict[str, None]] = {}
    for key, records in counts.counts:
        if same := by_key.get(key):
            sums[same[0]] = sums.get(same[0], 0) + records
            ids.setdefault(same[0], {}).update((str(each.pk), None) for each in same)
    table_rows = [
        CountRow(str(row.pk), str(row), records, *_lengths(records, counts), {"template": [*ids[row]]})
        for row, records in sorted(sums.items(), key=lambda pair: -pair[1])
    ]
    return CountTable(table_rows, counts.records, counts.missing, counts.distinct)


def _query(group: Field | Period | ValueType, value: str) -> dict[str, Any]:
    if isinstance(group, ValueType):
        return {"kind": group.value, "value": value, "parameter": None}
    return {group.value: value}


def _lengths(records: int, counts: ValueCounts) -> tuple[float, float]:
    """Its share of the records that were counted, and its bar's beside the longest one, which comes first."""
    most = counts.counts[0][1]
    return 100 * records / counts.records, 100 * min(records / most, 1)


def _zone_shift(filters: Filters, zone: tzinfo) -> timedelta:
    """How far the clocks are ahead where the search begins; all of it is counted by these."""
    moment = to_utc(filters.since) if filters.since is not None else timezone.now()
    return zone.utcoffset(moment.astimezone(zone).replace(tzinfo=None)) or timedelta()

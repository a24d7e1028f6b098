"""What templates did in a time: how often each was there, when, in which of two windows, with which values."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.analytics.charts import Drawing
from apps.core.errors import InvalidInput, Text
from apps.log_analysis.records.presenters import RecordView
from apps.log_analysis.records.selectors import (
    query_errors,
    time_span,
    to_microseconds,
    to_utc,
    views,
)
from apps.log_analysis.records.storage import MAX_QUERY_SECONDS, log_reader
from apps.log_analysis.templates import selectors as templates
from apps.log_analysis.templates.histograms import bucket_seconds, count_words
from apps.log_analysis.templates.models import LogTemplate
from domain.logs.parsing.masking import ParameterType, mask_lines, parameter_type
from domain.logs.parsing.templates import Template
from domain.logs.store import Filters

HEAT_TEMPLATES, HEAT_COLUMNS = 30, 48
MAX_COMPARED = 200
# Standard deviations of a count that a change must exceed, and how often more it must be.
CHANGE_DEVIATIONS, CHANGE_RATIO = 3.0, 1.5
SAMPLE_RECORDS, SAMPLE_LISTED, MAX_SHARES = 2_000, 20, 8
PARAMETER_KINDS: dict[ParameterType, Text] = {
    ParameterType.IP: _("IP address"),
    ParameterType.MAC: _("MAC address"),
    ParameterType.URL: _("web address"),
    ParameterType.MAIL: _("e-mail address"),
    ParameterType.PATH: _("path"),
    ParameterType.UUID: "UUID",
    ParameterType.HEXADECIMAL: _("hexadecimal number"),
    ParameterType.TIME: _("time"),
    ParameterType.DURATION: _("duration"),
    ParameterType.SIZE: _("size"),
    ParameterType.NUMBER: _("number"),
    ParameterType.ID: _("id"),
    ParameterType.USER: _("user"),
    ParameterType.TEXT: _("words"),
}


@dataclass(frozen=True)
class HeatLine:
    """A template's row. Cells are (column, opacity, records, since, until)."""

    template: LogTemplate
    records: int
    cells: list[tuple[int, float, int, datetime, datetime]]


@dataclass(frozen=True)
class HeatMap:
    lines: list[HeatLine]
    since: datetime
    until: datetime
    columns: int
    templates_count: int

    def drawing(self, line: HeatLine, address: Callable[[datetime, datetime], str]) -> Drawing:
        """`address`: of the template's records of a time, where its square leads."""
        drawing = Drawing(str(line.template), css="log-heat-line")
        for column, opacity, records, since, until in line.cells:
            with drawing.link(address(since, until), count_words(since, records)):
                box = (column / self.columns, 0, 0.92 / self.columns, 1)
                drawing.box(box, "fill-accent", opacity=opacity)
        return drawing


@dataclass(frozen=True)
class ParameterShares:
    """The most frequent values of one parameter, each with its count and its per cents.

    `are_words`: they are no numbers, paths or the like, so each of them could make a template of its own.
    """

    number: int
    kind: Text
    before: str
    distinct: int
    shares: list[tuple[str, int, float]]
    are_words: bool


@dataclass(frozen=True)
class TemplateSample:
    """`size` records were looked at; the first of them are listed."""

    size: int
    views: list[RecordView]
    parameters: list[ParameterShares]


@dataclass(frozen=True)
class TemplateChange:
    """How often a template was there, in the other window brought to this one's length."""

    template: LogTemplate
    records: int
    other_records: int
    change: str
    score: float


def template_counts(
    organisation: Organisation, filters: Filters, *, deadline: float | None = None
) -> list[tuple[LogTemplate, int]]:
    """How often each template was there, the most frequent first; merged ones count with their target."""
    span = time_span(filters)
    # Only the sums are wanted: the fewer buckets, the shorter the store's answer.
    seconds = bucket_seconds(*span, max_columns=4) if span else 86_400
    totals = {
        template: sum(cells.values())
        for template, cells in _counts_by_template(organisation, filters, seconds, deadline).items()
    }
    return sorted(totals.items(), key=lambda pair: (-pair[1], pair[0].key))


def heat_map(organisation: Organisation, filters: Filters) -> HeatMap | None:
    """The most frequent templates by time; a cell is as dark as it is full for its template."""
    if (span := time_span(filters)) is None:
        return None
    seconds = bucket_seconds(*span, max_columns=HEAT_COLUMNS)
    counts = _counts_by_template(organisation, filters, seconds)
    by_count = sorted(counts.items(), key=lambda pair: -sum(pair[1].values()))
    start = int(span[0].timestamp()) // seconds * seconds
    lines = []
    for template, cells in by_count[:HEAT_TEMPLATES]:
        most = max(cells.values())
        shown = [
            (
                (bucket // 1_000_000 - start) // seconds,
                round(0.15 + 0.85 * records / most, 2),
                records,
                to_utc(bucket),
                to_utc(bucket + seconds * 1_000_000),
            )
            for bucket, records in sorted(cells.items())
        ]
        lines.append(HeatLine(template, sum(cells.values()), shown))
    columns = int((span[1].timestamp() - start) // seconds) + 1
    return HeatMap(lines, *span, columns, len(by_count))


def compare_windows(
    organisation: Organisation, filters: Filters, other_since: datetime, other_until: datetime
) -> list[TemplateChange]:
    """Templates that are new in the filters' window, gone, more or fewer than in the other one; the greatest first.
    Raises InvalidInput for a window without a beginning or an end.
    """
    if filters.since is None or filters.until is None:
        raise InvalidInput(fields={"since": [_("Enter a start and an end time.")]})
    other = replace(filters, since=to_microseconds(other_since), until=to_microseconds(other_until))
    deadline = time.monotonic() + MAX_QUERY_SECONDS
    here = dict(template_counts(organisation, filters, deadline=deadline))
    there = dict(template_counts(organisation, other, deadline=deadline))
    scale = (filters.until - filters.since) / ((other_until - other_since).total_seconds() * 1e6)
    changes = []
    for template in here.keys() | there.keys():
        records, before = here.get(template, 0), there.get(template, 0) * scale
        # Counts vary by their root; those of the other window were multiplied, and so was their variance.
        score = abs(records - before) / (records + before * scale) ** 0.5
        if not there.get(template):
            change = "new"
        elif not records:
            change = "gone"
        elif score < CHANGE_DEVIATIONS or max(records, before) < CHANGE_RATIO * min(records, before):
            continue
        else:
            change = "more" if records > before else "fewer"
        changes.append(TemplateChange(template, records, round(before), change, score))
    return sorted(changes, key=lambda each: (-each.score, each.template.key))[:MAX_COMPARED]


def template_sample(organisation: Organisation, template: LogTemplate) -> TemplateSample:
    """A template's latest records, and how its parameters' values are shared among them."""
    of_template = Filters(
        str(organisation.pk),
        (str(template.source_id),),
        templates=tuple(each.key for each in templates.family(template)),
    )
    with query_errors():
        records = log_reader().latest(of_template, SAMPLE_RECORDS)
    # Those of merged templates may stand at other places.
    own = [each for each in records if each.template == template.key]
    pieces = Template(template.text).pieces
    parameters = []
    for place in range(max((len(each.parameters) for each in own), default=0)):
        values = Counter(each.parameters[place] for each in own if place < len(each.parameters))
        total, top = values.total(), values.most_common(MAX_SHARES)
        before, after = (pieces[number] if number < len(pieces) else "" for number in (place, place + 1))
        parameters.append(
            ParameterShares(
                number=place + 1,
                kind=PARAMETER_KINDS[parameter_type(top[0][0], before, after)],
                before=before.strip()[-40:],
                distinct=len(values),
                shares=[(value, count, 100 * count / total) for value, count in top],
                # What masking takes for no number, path or the like and leaves as it is.
                are_words=mask_lines(pa.array([top[0][0]]))[0].as_py() == top[0][0] != "",
            )
        )
    return TemplateSample(len(records), views(organisation, records[:SAMPLE_LISTED]), parameters)


def _counts_by_template(
    organisation: Organisation, filters: Filters, seconds: int, deadline: float | None = None
) -> dict[LogTemplate, dict[int, int]]:
    """Records by the first microsecond of each bucket. The store tells templates by their key, so sources are asked
    one by one, all before the deadline: by itself MAX_QUERY_SECONDS from now."""
    counts: dict[LogTemplate, dict[int, int]] = {}
    deadline = time.monotonic() + MAX_QUERY_SECONDS if deadline is None else deadline
    for source in filters.sources:
        with query_errors():
            of_source = replace(filters, sources=(source,))
            template_counts = log_reader().count_templates(of_source, seconds, deadline=deadline)
        rows = templates.by_key(organisation, (each.value for each in template_counts if each.value))
        for each in template_counts:
            if row := rows.get((source, each.value or "")):
                cells = counts.setdefault(row.merged_into or row, {})
                cells[each.time] = cells.get(each.time, 0) + each.records
    return counts

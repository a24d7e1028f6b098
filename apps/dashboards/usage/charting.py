"""What the dashboards of jobs and of models draw alike: quantiles, the largest parts, links to rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from apps.analytics.panels import FactList
from apps.analytics.periods import Period
from apps.analytics.reports import Export, Group, Scope
from apps.analytics.time_series import MAX_PARTS, TONES, Series, TimeSeries
from apps.core.errors import Text
from apps.core.numbers import duration_text
from apps.core.punctuation import sentences
from apps.core.tables import Row
from apps.dashboards.rollups.quantiles import quantile
from apps.dashboards.rollups.selectors import Slice

T = TypeVar("T")
# Of a table; whoever wants all rows takes the file.
MAX_ROWS = 20
QUANTILES = ((0.5, "p50", "series-1"), (0.95, "p95", "series-2"), (0.99, "p99", "series-4"))


def largest_parts(
    period: Period, groups: Sequence[Group[T]], value: Callable[[T], float], name: Callable[[Any], Text]
) -> list[Series]:
    """A part for each of the largest groups, whose keys are (step, which), and one for all others."""
    places = {step: place for place, step in enumerate(period.steps)}
    values: dict[Any, list[float]] = {}
    for group in groups:
        step, which = group.key
        values.setdefault(which, [0.0] * len(places))[places[step]] += value(group.totals)
    ranked = sorted((key for key in values if any(values[key])), key=lambda key: -sum(values[key]))
    chosen = ranked if len(ranked) <= MAX_PARTS else ranked[: MAX_PARTS - 1]
    parts = [(name(key), values[key]) for key in chosen]
    if rest := ranked[len(chosen) :]:
        parts.append((_("Others"), [sum(each) for each in zip(*(values[key] for key in rest), strict=True)]))
    return [Series(label, numbers, tone) for (label, numbers), tone in zip(parts, TONES, strict=False)]


def quantile_lines(steps: Sequence[Group[Any]], bins: str, **chart: Any) -> TimeSeries:
    """How long half, 95 and 99 of a hundred took, by the column of totals that holds the bins; the rest as `TimeSeries`."""
    explanation = sentences(chart.pop("explanation"), _("Accurate to within 5%."))
    return TimeSeries(
        explanation=explanation,
        parts=[
            Series(label, [quantile(getattr(step.totals, bins), fraction) for step in steps], tone)
            for fraction, label, tone in QUANTILES
        ],
        words=seconds_text,
        axis_words=seconds_axis,
        is_line=True,
        is_wide=False,
        **chart,
    )


def seconds_text(value: float) -> str:
    return duration_text(value) if value >= 1 else _("%(number)d ms") % {"number": round(1000 * value)}


def seconds_short(value: float) -> str:
    """For axes and narrow columns: seconds alone."""
    return f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.2g}"


def seconds_axis(value: float) -> str:
    return _("%(number)s s") % {"number": seconds_short(value)}


def too_long(title: str) -> FactList:
    return FactList(
        title=title,
        note=_(
            "With filters, members, keys and organisations are shown for shorter periods only. Choose a shorter period."
        ),
        rows=[],
        is_wide=True,
    )


def rows_note(count: int) -> str:
    if count <= MAX_ROWS:
        return ""
    return _("Top %(shown)d of %(count)d. The export contains all.") % {"shown": MAX_ROWS, "count": count}


def export_rows(groups: Iterable[Group[Any]], columns: Sequence[str]) -> Iterator[Row]:
    """For a file: a row for each group with its numbers, durations as quantiles in seconds."""
    for group in groups:
        row: dict[str, Any] = {
            name: None if key is None else str(key) for name, key in zip(columns, group.key, strict=True)
        }
        for name, value in asdict(group.totals).items():
            if name.endswith("_bins"):
                for fraction, label, _tone in QUANTILES:
                    row[f"{name.removesuffix('_bins')}_{label}_seconds"] = quantile(value, fraction)
            elif not isinstance(value, str):
                row[name] = value
        yield row


def step_series(
    counts: Callable[[Scope], Slice], totals: type[Any], columns: Iterable[str]
) -> dict[str, Callable[[Scope], list[Group[Any]]]]:
    """Totals by step, also those with nothing, and by step and each one of the columns, for programs."""

    def by(column: str) -> Callable[[Scope], list[Group[Any]]]:
        return lambda scope: counts(scope).groups(totals, "step", column)

    def steps(scope: Scope) -> list[Group[Any]]:
        return [Group((step.key, None), step.totals) for step in counts(scope).steps(totals)]

    return {"": steps, **{column: by(column) for column in columns}}


def day_export(
    counts: Callable[[Scope], Slice], totals: type[Any], name: str, label: Text, *columns: str
) -> Export:
    """Totals by day and by all of the columns together, as a file."""
    keys = ("date", *columns)
    return Export(name, label, lambda scope: export_rows(counts(scope).groups(totals, *keys), keys))


def row_query(period: Period, filters: Mapping[str, object]) -> str:
    """What a list of rows is narrowed to, so that it shows what was counted."""
    moments = {"since": period.since.isoformat(), "until": period.until.isoformat()}
    return urlencode({**{name: value for name, value in filters.items() if value}, **moments})

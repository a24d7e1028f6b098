"""What a mailed report says, before it is HTML, text or pages: numbers in words, and panels as pictures or tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.analytics.panels import Bars, Chart, FactList, HeatMap, Panel, Table
from apps.analytics.reports import Report, Scope
from apps.core.punctuation import colon
from apps.core.tables import Row

# A mail is read in a minute: what is longer stands in the report itself.
MAX_TABLE_ROWS = 25


@dataclass(frozen=True)
class Line:
    """A metric in words. `tone`: good, bad or nothing."""

    label: str
    value: str
    change: str
    tone: str
    note: str


@dataclass(frozen=True)
class Block:
    """A panel: a picture (SVG) or a table, never both."""

    title: str
    note: str = ""
    picture: str = ""
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class ReportContent:
    """`narrowed`: to what, such as one app; empty where all is counted. `empty`: what stands here where there was nothing
    to count in these days.
    """

    title: str
    house: str
    period: str
    compared: str
    url: str
    narrowed: str = ""
    lines: list[Line] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    empty: str = ""


def compose(
    report: Report[Any], scope: Scope, reader: Actor, *, name: str, url: str, has_pictures: bool
) -> ReportContent:
    """As `reader` may see it. Everything in it is text already, in the language that is set."""
    results = report.results(scope)
    period, before = scope.period, scope.period.before
    has_values = report.has_values(results)
    return ReportContent(
        title=name,
        house=scope.organisation.name,
        period=_("%(first)s to %(last)s") % {"first": period.first, "last": period.last},
        compared=_("Compared with %(first)s to %(last)s") % {"first": before.first, "last": before.last},
        url=url,
        narrowed=_narrowed(report, scope),
        lines=list(_lines(report, results)) if has_values else [],
        blocks=list(_content(report.panels(scope, results, reader), has_pictures)) if has_values else [],
        rows=report.rows(results),
        empty="" if has_values else str(report.empty.title),
    )


def _narrowed(report: Report[Any], scope: Scope) -> str:
    """Each filter that is set with its choice; one that is not offered any more as it was kept."""
    set_filters = [each for each in report.filters if scope.filters.get(each.name)]
    return " · ".join(
        f"{each.label}{colon()}{dict(each.choices(scope.organisation)).get(value, value)}"
        for each in set_filters
        for value in [scope.filters[each.name]]
    )


def _lines(report: Report[Any], results: Any) -> Iterator[Line]:
    for card in report.cards(results):
        change = card.change.text if card.change else ""
        yield Line(str(card.metric.label), card.value.text, change, card.tone, card.note)


def _content(panels: Iterable[Panel], has_pictures: bool) -> Iterator[Block]:
    """Panels of a desk's own kind, which only its page can draw, are left out."""
    for panel in panels:
        title, note = str(panel.title), str(panel.note)
        match panel:
            case Chart() | HeatMap():
                if has_pictures and (picture := _picture(panel)):
                    yield Block(title, note, picture=picture)
            case Bars() if panel.items:
                rows = [[str(label), value, beside] for label, _width, value, beside in panel.rows]
                yield Block(title, note, headings=["", "", ""], rows=rows[:MAX_TABLE_ROWS])
            case FactList() if panel.rows:
                headline = [[*panel.headline, ""]] if panel.headline else []
                rows = [*headline, *([str(label), value, detail] for label, value, detail in panel.rows)]
                yield Block(title, note, headings=["", "", ""], rows=rows[:MAX_TABLE_ROWS])
            case Table() if panel.rows:
                rows = [[_plain(cell) for cell in row] for row in panel.rows]
                yield Block(title, note, headings=[*map(str, panel.headings)], rows=rows[:MAX_TABLE_ROWS])


def _plain(cell: str) -> str:
    """Without the link to rows that a page's table has, whose address leads nowhere from a mail or a printed page."""
    return unescape(strip_tags(cell)) if hasattr(cell, "__html__") else cell


def _picture(panel: Chart | HeatMap) -> str:
    """Empty where there is nothing to draw."""
    # Only workers draw: a web process never loads matplotlib.
    from apps.dashboards.mailed_reports import charts

    if isinstance(panel, Chart):
        return charts.of_dates(panel) if panel.has_values else ""
    return charts.of_week(panel) if any(panel.counts.values()) else ""

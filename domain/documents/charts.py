"""The numbers of a chart on a slide as rows below the names of their columns, and what its title and axes say."""

from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Any

from domain.documents.number_formats import NumberFormat, number_format

# Of charts that place points by two values, or three.
MOST_POINTS = 5000
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def titles(chart: Any) -> Iterator[Any]:
    """The frames above its numbers: the title, and what the axis of values says of them, such as their unit."""
    if chart.has_title:
        yield chart.chart_title.text_frame
    if not _points_series(chart) and (axis := _axis(chart, "value_axis")):
        yield axis.axis_title.text_frame


def rows(chart: Any) -> list[list[str]]:
    """A row for each category, a column for each series; of points a row for each. None of a kind that the library does
    not know.
    """
    if points := _points_series(chart):
        return _point_rows(chart, points)
    try:
        plots = list(chart.plots)
        categories = [_line(str(each)) for each in plots[0].categories] if plots else []
        series = [(_line(each.name), list(_values(each))) for plot in plots for each in plot.series]
    except ValueError:
        return []
    columns = [values for _name, values in series]
    below = [list(row) for row in zip_longest(categories, *columns, fillvalue="")]
    names = [_axis_title(chart, "category_axis", ""), *(name for name, _values in series)]
    return [names, *below] if categories else []


def _points_series(chart: Any) -> list[Any]:
    """Those of a chart whose points are placed by two values."""
    return [each for each in chart._chartSpace.iter(f"{_CHART}ser") if each.find(f"{_CHART}xVal") is not None]


def _point_rows(chart: Any, series: list[Any]) -> list[list[str]]:
    names = ["", _axis_title(chart, "category_axis", "x"), _axis_title(chart, "value_axis", "y")]
    sizes = any(each.find(f"{_CHART}bubbleSize") is not None for each in series)
    told = ("xVal", "yVal", "bubbleSize")[: 3 if sizes else 2]
    found = []
    for each in series:
        name = _line(_series_name(each))
        columns = [_numbers(each.find(f"{_CHART}{part}")) for part in told]
        found += [[name, *(column.get(at, "") for column in columns)] for at in sorted(columns[0])]
    return [[*names, "size"] if sizes else names, *islice(found, MOST_POINTS)]


def _series_name(series: Any) -> str:
    title = series.find(f"{_CHART}tx")
    return " ".join(each.text or "" for each in title.iter(f"{_CHART}v")) if title is not None else ""


def _numbers(values: Any) -> dict[int, str]:
    """By the place of their point."""
    if values is None:
        return {}
    shown = number_format(values.findtext(f".//{_CHART}formatCode", ""))
    points = islice(values.iter(f"{_CHART}pt"), MOST_POINTS)
    return {int(each.get("idx", "0")): _number(each.findtext(f"{_CHART}v", ""), shown) for each in points}


def _number(written: str, shown: NumberFormat | None) -> str:
    try:
        return _as_shown(float(written), shown)
    except ValueError:
        return written


def _axis(chart: Any, name: str) -> Any:
    """None where it has no title."""
    try:
        axis = getattr(chart, name)
    except ValueError:
        return None
    return axis if axis.has_title else None


def _axis_title(chart: Any, name: str, default: str) -> str:
    axis = _axis(chart, name)
    return _line(axis.axis_title.text_frame.text) if axis else default


def _values(series: Any) -> Iterator[str]:
    shown = number_format(series._element.findtext(f"{_CHART}val//{_CHART}formatCode", ""))
    return ("" if value is None else _as_shown(value, shown) for value in series.values)


def _as_shown(value: float, shown: NumberFormat | None) -> str:
    """As its axis shows it: 35% instead of 0.35."""
    return shown.text(value) if shown else f"{value:.15g}"


def _line(text: str) -> str:
    return " ".join(text.split())

"""Figures and conversations as files, row by row."""

import csv
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

from apps.customer_service.analytics.report import Report
from apps.customer_service.analytics.totals import Totals

Row = Mapping[str, Any]
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Echo:
    """What csv.writer writes, it hands back."""

    def write(self, text: str) -> str:
        return text


def figure_rows(report: Report) -> list[Row]:
    """Each total with the same of the period before; shares as parts of one."""
    rows: list[Row] = [
        {
            "figure": field.name,
            "now": getattr(report.now, field.name),
            "before": getattr(report.before, field.name),
        }
        for field in fields(Totals)
    ]
    rows += [
        {
            "figure": name,
            "now": _part(getattr(report.now, name)),
            "before": _part(getattr(report.before, name)),
        }
        for name in SHARES
    ]
    rows += [
        {"figure": f"handoffs_{each.reason}", "now": each.count, "before": each.before}
        for each in report.reasons
    ]
    costs = asdict(report.costs) | {"per_resolved": report.costs.per_resolved}
    return rows + [{"figure": f"cost_{name}", "now": value, "before": None} for name, value in costs.items()]


SHARES = tuple(name for name in vars(Totals) if name.endswith("_share"))


def _part(share: Any) -> float | None:
    return round(share.part / share.whole, 4) if share.whole > 0 else None


def csv_response(rows: Iterable[Row], *, name: str) -> StreamingHttpResponse:
    """With a byte order mark: spreadsheets take Chinese for gibberish without."""
    response = StreamingHttpResponse(_csv_lines(rows), content_type="text/csv; charset=utf-8")
    return _download(response, f"{name}.csv")


def json_response(rows: Iterable[Row], *, name: str) -> StreamingHttpResponse:
    """A line for each row."""
    lines = (json.dumps(row, ensure_ascii=False, default=_plain) + "\n" for row in rows)
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
    return _download(response, f"{name}.jsonl")


def xlsx_response(rows: Iterable[Row], *, name: str) -> HttpResponseBase:
    """Written to the disk row by row; Excel's format cannot be begun before it is finished."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (FileResponse closes it)
    settings = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, settings | {"remove_timezone": True}) as book:
        sheet = book.add_worksheet(name[:31])
        for number, cells in enumerate(_table(rows)):
            sheet.write_row(number, 0, [_excel_cell(cell) for cell in cells])
    file.seek(0)
    response = FileResponse(file, content_type=XLSX, as_attachment=True, filename=f"{name}.xlsx")
    response["Cache-Control"] = "no-store"
    return response


WRITERS: dict[str, Callable[..., HttpResponseBase]] = {
    "csv": csv_response,
    "xlsx": xlsx_response,
    "jsonl": json_response,
}


def _table(rows: Iterable[Row]) -> Iterator[list[Any]]:
    """The names of the columns, then the rows."""
    for number, row in enumerate(rows):
        if not number:
            yield list(row)
        yield list(row.values())


def _csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"
    for cells in _table(rows):
        yield writer.writerow([_csv_cell(cell) for cell in cells])


def _csv_cell(value: Any) -> str:
    """Spreadsheets run cells that look like formulas; intents and channels are named by people."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    text = "" if value is None else str(_plain(value))
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _excel_cell(value: Any) -> Any:
    """Text stays text there, whatever it begins with."""
    return value if value is None or isinstance(value, int | float | Decimal) else str(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return float(value) if isinstance(value, Decimal) else str(value)


def _download(response: StreamingHttpResponse, name: str) -> StreamingHttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response

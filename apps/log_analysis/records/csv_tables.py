"""Records as rows of a table, as Event Viewer and consoles export them: headings first, and lines inside of cells.

Knows no Django.
"""

import csv

import pyarrow as pa

from apps.log_analysis.records.batch_formats import (
    HOST_KEYS,
    LEVEL_KEYS,
    MESSAGE_KEYS,
    SERVICE_KEYS,
    TIME_KEYS,
    add_object,
    take_table,
)
from apps.log_analysis.records.columns import RecordColumns
from domain.logs.records import MAX_RECORD_LINES

DELIMITERS = ",;\t"
MIN_COLUMNS = 3
# Headings besides the keys of JSON lines, by the key that says the same.
_HEADINGS = {
    **dict.fromkeys(("date and time", "日期和时间", "时间", "日期"), "time"),
    **dict.fromkeys(("级别", "日志级别", "等级"), "level"),
    **dict.fromkeys(("消息", "内容", "日志", "日志内容", "描述", "description"), "message"),
    **dict.fromkeys(("来源", "source", "服务"), "service"),
    **dict.fromkeys(("计算机", "主机"), "host"),
}
_KEYS = {
    key.casefold(): key for key in (*HOST_KEYS, *SERVICE_KEYS, *LEVEL_KEYS, *TIME_KEYS, *MESSAGE_KEYS)
} | _HEADINGS


def are_rows(sample: pa.Array) -> bool:
    """Whether the first line names columns: the time, and what wrote the record, how bad it is or what it says."""
    headings = set(_headings(sample[0].as_py())) if len(sample) else set()
    others = (*LEVEL_KEYS, *SERVICE_KEYS, *MESSAGE_KEYS)
    is_named = not headings.isdisjoint(TIME_KEYS) and not headings.isdisjoint(others)
    return is_named and len(headings) >= MIN_COLUMNS


class CsvReader:
    """Reads lines as `RecordReader` does: a row goes on until its quotation marks are closed."""

    def __init__(self, zone: str) -> None:
        self._columns = RecordColumns(zone)
        self._headings: list[str] = []
        self._delimiter = ","
        self._waiting: list[str] = []
        self._marks = 0

    def read(self, lines: pa.Array, *, is_last: bool = False) -> pa.Table:
        for line in lines.to_pylist():
            if not self._headings:
                self._headings, self._delimiter = _headings(line), _delimiter(line)
                self._columns.first_line += 1
                continue
            self._waiting.append(line)
            self._marks += line.count('"')
            if self._marks % 2 == 0 or len(self._waiting) >= MAX_RECORD_LINES:
                self._end_row()
        if is_last:
            self._end_row()
        return take_table(self._columns)

    def _end_row(self) -> None:
        if not self._waiting:
            return
        text, count = "\n".join(self._waiting), len(self._waiting)
        self._waiting, self._marks = [], 0
        cells = _cells(text, self._delimiter)
        record = dict(zip(self._headings, cells, strict=False))
        # Event Viewer writes no heading above what an event says.
        message = "\n".join(cells[len(self._headings) :]).strip()
        add_object(self._columns, text, record | ({"message": message} if message else {}))
        self._columns.rows[-1]["lines"] = count


def _headings(line: str) -> list[str]:
    """As keys of JSON lines."""
    names = [cell.strip().casefold() for cell in _cells(line, _delimiter(line))]
    return [_KEYS.get(name, name) for name in names]


def _delimiter(line: str) -> str:
    return max(DELIMITERS, key=line.count)


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(iter(text.splitlines(keepends=True)), delimiter=delimiter), [])
    except csv.Error:
        return []

"""Entries of systemd's journal as `journalctl -o export` writes them: a field a line, an empty line behind each entry.

https://systemd.io/JOURNAL_EXPORT_FORMATS. Knows no Django.
"""

from itertools import pairwise

import pyarrow as pa

from apps.log_analysis.records.batch_formats import add_object, take_table
from apps.log_analysis.records.columns import RecordColumns
from domain.logs.records import MAX_RECORD_LINES
from llm_backend import patterns

_FIELD = patterns.compile(r"([A-Z_][A-Z0-9_]{0,63})=")
_NAME = patterns.compile(r"[A-Z_][A-Z0-9_]{0,63}")
# A field of several lines has its name on a line of its own, and before its text how long that is.
SIZE_CHARACTERS = 8


def are_entries(sample: pa.Array) -> bool:
    return any(line.startswith("__CURSOR=") for line in sample.slice(0, 2).to_pylist())


class JournalReader:
    """Reads lines as `RecordReader` does: an entry ends with an empty line."""

    def __init__(self, zone: str) -> None:
        self._columns = RecordColumns(zone)
        self._waiting: list[str] = []

    def read(self, lines: pa.Array, *, is_last: bool = False) -> pa.Table:
        for line in lines.to_pylist():
            self._waiting.append(line)
            if not line or len(self._waiting) >= MAX_RECORD_LINES:
                self._end_entry()
        if is_last:
            self._end_entry()
        return take_table(self._columns)

    def _end_entry(self) -> None:
        fields: dict[str, str] = {}
        name = ""
        for line, next_line in pairwise([*self._waiting, ""]):
            if match := _FIELD.match(line):
                name = match[1]
                fields[name] = line[match.end() :]
            elif _NAME.fullmatch(line) and "\0" in next_line[:SIZE_CHARACTERS]:
                name = line
            elif name and line:
                fields[name] = f"{fields[name]}\n{line}" if name in fields else line[SIZE_CHARACTERS:]
        if fields:
            add_object(self._columns, "\n".join(self._waiting).rstrip(), fields)
            self._columns.rows[-1]["lines"] = len(self._waiting)
        self._waiting = []

"""Events of Windows in XML, one after the other, as `wevtutil qe /f:xml` and `ToXml()` of `Get-WinEvent` write them.

https://learn.microsoft.com/windows/win32/wes/eventschema-schema. Knows no Django.
"""

from html import unescape

import pyarrow as pa

from apps.log_analysis.records.columns import RecordColumns
from domain.logs.records import MAX_RECORD_LINES
from llm_backend import patterns

_START = patterns.compile(r"\s{0,8}<Event xmlns=['\"]http://schemas\.microsoft\.com/win/")
# Before the first event there may be a declaration and a root.
_SAMPLE_LINES = 5
_TIME = patterns.compile(r"<TimeCreated SystemTime=['\"]([^'\"<>]{1,40})['\"]")
_PROVIDER = patterns.compile(r"<Provider Name=['\"]([^'\"<>]{1,200})['\"]")
_NUMBER = patterns.compile(r"<EventID(?: [^<>]{0,60})?>(\d{1,9})</EventID>")
_LEVEL = patterns.compile(r"<Level>(\d)</Level>")
_COMPUTER = patterns.compile(r"<Computer>([^<>]{1,200})</Computer>")
_RENDERED = patterns.compile(r"<Message>([^<>]{1,8000})")
# An element that holds nothing but a text.
_VALUE = patterns.compile(
    r"<([A-Za-z][\w.-]{0,80})(?![\w.-])(?: Name=['\"]([^'\"<>]{0,200})['\"])?[^<>]{0,400}>([^<>]{1,2000})</"
)
# What has no level is told always.
_LEVELS = {"0": "info", "1": "critical", "2": "error", "3": "warning", "4": "info", "5": "trace"}


def are_events(sample: pa.Array) -> bool:
    lines = [line for line in sample.slice(0, 4 * _SAMPLE_LINES).to_pylist() if line.strip()]
    return any(_START.match(line) for line in lines[:_SAMPLE_LINES])


class EventXmlReader:
    """Reads lines as `RecordReader` does: an event goes on until the next one begins, as its message may have lines."""

    def __init__(self, zone: str) -> None:
        self._columns = RecordColumns(zone)
        self._waiting: list[str] = []

    def read(self, lines: pa.Array, *, is_last: bool = False) -> pa.Table:
        for line in lines.to_pylist():
            if _START.match(line) or len(self._waiting) >= MAX_RECORD_LINES:
                self._end_event()
            self._waiting.append(line)
        if is_last:
            self._end_event()
        return self._columns.take()

    def _end_event(self) -> None:
        if not self._waiting:
            return
        text = "\n".join(self._waiting).rstrip()
        self._columns.add(
            text,
            _message(text),
            time=self._columns.read_time(_found(_TIME, text)),
            level=_LEVELS.get(_found(_LEVEL, text), ""),
            service=_found(_PROVIDER, text),
            host=_found(_COMPUTER, text),
        )
        self._columns.rows[-1]["lines"] = len(self._waiting)
        self._waiting = []


def _message(text: str) -> str:
    """As it was rendered for people, or else the number of the event with the values that it brings; all of what is none."""
    if rendered := _found(_RENDERED, text):
        return rendered
    number = _found(_NUMBER, text)
    values = [
        f"{name or tag}={value}" if name or tag != "Data" else value
        for tag, name, value in _VALUE.findall(text.partition("</System>")[2])
    ]
    return unescape(" ".join([f"EventID={number}", *values])) if number else text


def _found(pattern: patterns.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return unescape(match[1]).strip() if match else ""

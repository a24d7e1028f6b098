"""Messages of syslog as records: RFC 5424, and RFC 3164 as programs and devices really write it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from apps.log_analysis.records.columns import RecordColumns, microseconds
from apps.log_analysis.sources.syslog_framing import MAX_MESSAGE_BYTES, decode_messages
from domain.logs.parsing.lines import decode_line, without_colours
from domain.logs.records import MAX_RECORD_LINES, TRACE
from domain.logs.time_formats import MONTHS, TIME_FORMATS
from llm_backend import patterns

# By the lowest three bits of a priority.
SEVERITIES = ("critical", "critical", "critical", "error", "warning", "notice", "info", "debug")
_PRIORITY = patterns.compile(r"<(\d{1,3})>")
SAMPLE_LINES = 20
_CALENDAR_TIME = patterns.compile(
    r"[A-Z][a-z]{2} [ \d]?\d \d\d:\d\d:\d\d(?:\.\d{1,9})?(?:(?: [A-Z]{2,5})?: (?=%)| )"
)
# Of Cisco's devices: a number, a name, and a star or a dot where their clock is not to be believed.
_DEVICE = patterns.compile(
    r"(?:\d{1,10}: ){0,2}(?:(?P<host>[A-Za-z][\w.-]{0,79}): )?(?:\d{1,10}: )?(?P<unsure>[*.])?"
    r"(?=[A-Z][a-z]{2} [ \d]?\d [\d:]{5,8})"
)
# With the year before the clock or behind it, as routers, switches and firewalls write it.
_DATED_TIMES = (
    patterns.compile(
        r"(?P<b>[A-Z][a-z]{2}) (?P<d>[ \d]?\d) (?P<Y>20\d\d) (?P<clock>\d\d:\d\d:\d\d)(?P<f>[.:]\d{1,6})?"
        r"(?P<z>[+\-]\d\d:\d\d)?:? "
    ),
    patterns.compile(
        r"(?P<b>[A-Z][a-z]{2}) (?P<d>[ \d]?\d) (?P<clock>\d\d:\d\d:\d\d)(?P<f>[.:]\d{1,6})?(?P<z>) (?P<Y>20\d\d):? "
    ),
)
_ISO_TIME = patterns.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]{0,10}(?:Z|[+\-]\d\d:?\d\d)? ")
_TAG = patterns.compile(r"([^\s:\[\]]{1,80})(?:\[[^\]\s]{0,40}\])?: ?")
# Of RFC 5424. Not every sender escapes a bracket between quotation marks.
_ELEMENTS = patterns.compile(
    r"(?:\[[^\s=\"\]]{1,80}(?: {1,4}[^\s=\"\]]{1,80}=\"(?:[^\"\\]|\\.)*+\"){0,200}+ {0,4}\]){1,50}+"
)
_TIME_WITHOUT_YEAR = next(each for each in TIME_FORMATS if each.name == "syslog")


def read_syslog(content: bytes, zone: str) -> Iterator[pa.Table]:
    """Reads a batch of lines. Times that name no zone are those of `zone`; what has no time has that of its arrival.

    A line of a connection that does not begin with a priority goes on with the message before.
    """
    columns = RecordColumns(zone)
    calendar_times: dict[int, str] = {}
    before, arrival = "", datetime.fromtimestamp(0, UTC)
    for milliseconds, address, message in decode_messages(content):
        line, arrival = (
            decode_line(without_colours(message)),
            datetime.fromtimestamp(milliseconds / 1000, UTC),
        )
        priority = _PRIORITY.match(line)
        if priority is None and columns.rows and before == address and _goes_on(columns, line):
            continue
        if columns.is_full:
            yield _table(columns, calendar_times, arrival)
            calendar_times = {}
        before = address if priority else ""
        if calendar_time := _add_message(columns, line):
            calendar_times[len(columns.rows) - 1] = calendar_time
        row = columns.rows[-1]
        row["time"] = milliseconds * 1000 if row["time"] is None else row["time"]
        row["host"] = row["host"] or address or None
    yield _table(columns, calendar_times, arrival)


class SyslogLineReader:
    """Reads lines as `RecordReader` does, of files that hold messages as devices sent them, priority and all. What does not
    begin with one goes on with the message before.
    """

    def __init__(self, zone: str, now: datetime) -> None:
        self._columns, self._now = RecordColumns(zone), now
        self._waiting: list[str] = []

    def read(self, lines: pa.Array, *, is_last: bool = False) -> pa.Table:
        calendar_times: dict[int, str] = {}
        for line in [*lines.to_pylist(), *([None] if is_last else [])]:
            is_start = line is None or _PRIORITY.match(line) or len(self._waiting) >= MAX_RECORD_LINES
            if is_start and self._waiting:
                if calendar_time := _add_message(self._columns, self._waiting[0]):
                    calendar_times[len(self._columns.rows) - 1] = calendar_time
                row = self._columns.rows[-1]
                row["text"] = "\n".join((row["text"], *self._waiting[1:]))
                row["lines"] = len(self._waiting)
                self._waiting = []
            if line is not None:
                self._waiting.append(line)
        return _table(self._columns, calendar_times, self._now)


def are_messages(sample: pa.Array) -> bool:
    """Whether most of the first lines begin with a priority."""
    lines = [line for line in sample.slice(0, SAMPLE_LINES).to_pylist() if line.strip()]
    return sum(_PRIORITY.match(line) is not None for line in lines) > len(lines) / 2


def _table(columns: RecordColumns, calendar_times: dict[int, str], now: datetime) -> pa.Table:
    _read_calendar_times(columns, calendar_times, now)
    table = columns.take()
    traces = pc.struct_field(pc.extract_regex(table["text"].combine_chunks(), pattern=TRACE), "trace")
    return table.set_column(table.schema.get_field_index("trace"), "trace", traces)


def _goes_on(columns: RecordColumns, line: str) -> bool:
    row = columns.rows[-1]
    if len(row["text"]) + len(line) > MAX_MESSAGE_BYTES:
        return False
    row["text"] += f"\n{line}"
    return True


def _add_message(columns: RecordColumns, line: str) -> str:
    """Answers a time without a year, which is read with the others of its table."""
    priority = _PRIORITY.match(line)
    text = line[priority.end() :] if priority else line
    level = SEVERITIES[int(priority[1]) % 8] if priority else ""
    if text.startswith("1 ") and text.count(" ") >= 6:
        _add_structured(columns, text.removeprefix("1 "), level)
        return ""
    return _add_plain(columns, text, level)


def _add_structured(columns: RecordColumns, text: str, level: str) -> None:
    """RFC 5424: time, host, program, process, kind of message, elements, text; "-" for what there is not."""
    time, host, program, _process, _kind, rest = text.split(" ", 5)
    elements = _ELEMENTS.match(rest)
    end = elements.end() if elements else 0
    message = rest[end:].removeprefix("-").lstrip(" ").removeprefix("\ufeff")
    names = {"host": "" if host == "-" else host, "service": "" if program == "-" else program}
    columns.add(
        text,
        message or text,
        time=None if time == "-" else microseconds(time, columns.zone),
        level=level,
        **names,
    )


def _add_plain(columns: RecordColumns, text: str, level: str) -> str:
    """RFC 3164: time, host, program and text, of which devices leave out what they like. Answers a time without a year."""
    device = _DEVICE.match(text)
    start = device.end() if device else 0
    dated_time = next(filter(None, (pattern.match(text, start) for pattern in _DATED_TIMES)), None)
    calendar_time = None if dated_time else _CALENDAR_TIME.match(text, start)
    iso_time = _ISO_TIME.match(text)
    time_match = dated_time or calendar_time or iso_time
    rest = text[time_match.end() :] if time_match else text
    host = (device["host"] or "") if device else ""
    # A clock that is not set, or one of another zone than the source's.
    is_unsure = bool(device and device["unsure"]) or bool(
        calendar_time and calendar_time[0].endswith((" UTC: ", " GMT: "))
    )
    if time_match and not rest.partition(" ")[0].endswith(":"):
        host, _, rest = rest.partition(" ")
        rest = rest.removeprefix(": ")
    tag = _TAG.match(rest) if time_match else None
    message = rest[tag.end() :] if tag else rest
    columns.add(
        text,
        message or text,
        time=None if is_unsure else _said_time(dated_time, iso_time, columns.zone),
        level=level,
        service=tag[1] if tag else "",
        host=host,
    )
    return calendar_time[0] if calendar_time and not is_unsure else ""


def _said_time(dated: patterns.Match[str] | None, iso: patterns.Match[str] | None, zone: str) -> int | None:
    if dated is None:
        return microseconds(iso[0].strip(), zone) if iso else None
    month = MONTHS.index(dated["b"]) + 1 if dated["b"] in MONTHS else 0
    fraction = (dated["f"] or "").replace(":", ".")
    time = f"{dated['Y']}-{month:02}-{int(dated['d']):02}T{dated['clock']}{fraction}{dated['z'] or ''}"
    return microseconds(time, zone)


def _read_calendar_times(columns: RecordColumns, texts: dict[int, str], now: datetime) -> None:
    """All at once, in the year that ends with `now`; where there is no such day, the time of arrival stays."""
    if not texts:
        return
    times = replace(_TIME_WITHOUT_YEAR, zone=columns.zone).times(pa.array(list(texts.values())), now)
    for number, moment in zip(texts, times.astype("M8[us]").tolist(), strict=True):
        if moment is not None:
            columns.rows[number]["time"] = int(moment.replace(tzinfo=UTC).timestamp() * 1_000_000)

"""Records out of lines: time, level, host, service and trace of each, and what of it is the message.

A record begins with a line that has a time; lines without one (stack traces, wrapped texts) belong to the record before.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.logs.levels import LEVEL_BY_WORD, levels_elsewhere, named_first, request_levels, signs
from domain.logs.time_formats import CONTINUATION, TimeFormat, detect_time_format

Places = np.ndarray[tuple[int], Any]

MAX_LINES_BELOW = 8
MAX_RECORD_LINES = 1_000
"""A format that no longer fits must not make one record of the rest of a file."""

# Those of `levels` that stood here first: of lines with the others, what is the message has to stay.
_WORDS = (
    "INFORMATION|CRITICAL|VERBOSE|WARNING|FAILURE|NOTICE|SEVERE|FINEST|TRACE|DEBUG|FINER|ERROR|FATAL|ALERT|EMERG|PANIC|FINE|INFO"
    "|WARN|CRIT|DBG|ERR"
)
_LEVEL_WORDS = _WORDS.split("|")
_COMPONENT = r"[A-Za-z_][\w.$/\-]{1,79}"

# Kubernetes puts a time before each line that a container wrote.
_CONTAINER_GOES_ON = rf"^\S{{1,40}} (?:stdout|stderr) [FP] {CONTINUATION.removeprefix('^')}"
# PostgreSQL puts its time and process before each line that says more of an error.
_DETAIL = r"^[^\n]{0,160}?\s(?:DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION|详细信息|提示|语句|上下文|背景|查询):  \S"
# After the time, one of: a host and a program as syslog writes them; process, thread and a letter as Android does;
# up to three things in brackets or numbers, then the level, then what wrote it.
_SYSLOG = (
    rf"^ (?P<host>[\w.\-]+) (?P<service>{_COMPONENT}(?:\([\w\-]+\))?)(?:\[\d+\])?: (?P<message>(?s:.*))$"
)
_ANDROID = rf"^\s+\d+\s+\d+\s+(?P<level>[VDIWEF])\s+(?P<service>{_COMPONENT})\s*: (?P<message>(?s:.*))$"
# Python's usual format, and keys with values as programs in Go write them.
_PYTHON = rf"^[\s,]*- (?P<service>{_COMPONENT}) - (?P<level>{_WORDS}) - (?P<message>(?s:.*))$"
_KEYS = (
    rf"^[\s\"]*(?:level|lvl|severity)=\"?(?i:(?P<level>{_WORDS}))\"?\s+"
    rf"(?:(?:service|app|logger|component)=\"?(?P<service>{_COMPONENT})\"?\s+)?(?P<message>(?s:.*))$"
)
# Python's where nobody set a format; the console of .NET, which puts the message below; Spring Boot.
_PLAIN_PYTHON = rf"^(?P<level>{_WORDS}):(?P<service>[A-Za-z_][\w.]{{0,79}}):(?P<message>(?:[^/](?s:.*))?)$"
_DOTNET = rf"^[\s\]|,]*(?P<level>trce|dbug|info|warn|fail|crit): (?P<service>{_COMPONENT})\[\d+\]\s?(?P<message>(?s:.*))$"
_SPRING = (
    rf"^\s+(?P<level>{_WORDS}) (?:\[[^\[\]]{{0,120}}\] )?\d+ --- (?:\[[^\[\]]{{0,80}}\] ?){{1,3}}"
    r"(?P<service>\S{1,80})\s*: (?P<message>(?s:.*))$"
)
_BEFORE_LEVEL = r"^[\s\]|,:\-]*(?:(?:\[[^\[\]]{1,80}\]|[A-Z0-9_:.\-]+)[\s\-|:]+){0,3}"
_AFTER_LEVEL = (
    r"\s+(?:[\-|:]\s+)?(?:\[[^\n]{1,150}?\] (?:- )?)?"
    rf"(?:\[?(?P<service>{_COMPONENT})\]?(?:\[\d+\])?(?::|\s-|\])\s+)?(?P<message>(?s:.*))$"
)
_LEVELLED = rf"{_BEFORE_LEVEL}(?P<level>{_WORDS})[|:]?{_AFTER_LEVEL}"
# In small letters only between brackets: "information is closed" is a message.
_BRACKETED_LEVEL = rf"{_BEFORE_LEVEL}[\[<(|](?i:(?P<level>{_WORDS}))[\]>)|]:?{_AFTER_LEVEL}"
_BARE = r"^[\s\]|,:\-]*(?P<message>(?s:.*))$"
_HEADERS = (
    _SYSLOG,
    _ANDROID,
    _PYTHON,
    _PLAIN_PYTHON,
    _DOTNET,
    _SPRING,
    _KEYS,
    _LEVELLED,
    _BRACKETED_LEVEL,
    _BARE,
)
TRACE = (
    r"(?i:trace[_\-]?id|request[_\-]?id|correlation[_\-]?id|\breq|traceparent)[\"']?[=:\- ]{1,3}[\"']?(?:00-)?"
    r"(?P<trace>[0-9a-zA-Z]{8}[0-9a-zA-Z\-]{0,56})"
)
# Of access logs, who asked, whose name stands before the time.
_CLIENT = r"^(?P<client>(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F:]{3,39}) \S{1,80} \S{1,80} \["
_OWN_TIME = r"^[\d:.,+\-/ ]+(?:T[\d:.,+\-]+Z?)?\s*"
_FIELDS = ("level", "host", "service", "message")
# Below the class and the method that wrote it, as Java's own format has it.
_WRITER = r"^(?P<service>[A-Za-z_][\w$]{0,60}(?:\.[\w$]{1,60}){1,12})(?: \S{1,80})?$"
_LEVEL_BELOW = (
    r"^(?P<level>SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST|严重|警告|信息|配置|详细|较详细|非常详细)"
    r": (?P<message>(?s:.*))$"
)

RECORDS = pa.schema(
    [
        ("line", pa.int64()),
        ("lines", pa.int32()),
        ("time", pa.timestamp("us", "UTC")),
        ("level", pa.string()),
        ("host", pa.string()),
        ("service", pa.string()),
        ("trace", pa.string()),
        ("message", pa.string()),
        ("text", pa.string()),
    ]
)


@dataclass
class RecordReader:
    """Records of columns of lines that follow each other; the last one waits until it is known to be whole."""

    time_format: TimeFormat | None
    now: datetime
    line: int = 0
    """The number of the first line that waits."""

    def __post_init__(self) -> None:
        self._waiting: list[pa.Array] = []

    @classmethod
    def detect(cls, sample: pa.Array, now: datetime) -> "RecordReader":
        return cls(detect_time_format(sample), now)

    def read(self, lines: pa.Array, *, is_last: bool = False) -> pa.Table:
        """The records that end before the last beginning in these lines; all of them with `is_last`."""
        lines = pa.concat_arrays([*self._waiting, lines])
        starts = self._starts(lines)
        if not is_last and len(starts):
            self._waiting = [lines.slice(starts[-1])]
            lines, starts = lines.slice(0, starts[-1]), starts[:-1]
        else:
            self._waiting = []
        table = self._table(lines, starts)
        self.line += len(lines)
        return table

    def _starts(self, lines: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        if self.time_format is not None:
            begins = np.array(self.time_format.matches(lines).to_pylist(), bool)
            for goes_on in (_CONTAINER_GOES_ON, _DETAIL):
                begins &= ~np.array(pc.match_substring_regex(lines, pattern=goes_on).to_pylist(), bool)
        else:
            begins = ~np.array(pc.match_substring_regex(lines, pattern=CONTINUATION).to_pylist(), bool)
        begins[:1] = True
        starts = np.flatnonzero(begins)
        longer = np.diff(np.append(starts, len(lines))) > MAX_RECORD_LINES
        for start, end in zip(starts[longer], np.append(starts, len(lines))[1:][longer], strict=True):
            begins[start:end:MAX_RECORD_LINES] = True
        return np.flatnonzero(begins)

    def _table(self, lines: pa.Array, starts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Table:
        ends = np.append(starts, len(lines)).astype(np.int32)
        texts = pc.binary_join(pa.ListArray.from_arrays(pa.array(ends), lines), "\n")
        firsts = lines.take(pa.array(starts))
        times = pa.nulls(len(starts), pa.timestamp("us"))
        rests = firsts
        if self.time_format is not None:
            times = pa.array(self.time_format.times(firsts, self.now))
            rests = pc.replace_substring_regex(
                firsts, pattern=self.time_format.search, replacement="", max_replacements=1
            )
        fields = _header_fields(rests)
        fields["message"] = _with_lines_below(fields["message"], lines, starts, ends)
        _read_levels_below(fields, lines, starts, ends)
        fields["message"] = _with_client(fields["message"], firsts)
        self._add_levels(fields, firsts, rests)
        trace = pc.struct_field(pc.extract_regex(texts, pattern=TRACE), "trace")
        return pa.table(
            [
                pa.array(starts + self.line),
                pa.array(np.diff(ends)),
                times.cast(pa.timestamp("us", "UTC")),
                *(fields[name] for name in _FIELDS[:3]),
                trace,
                fields["message"],
                texts,
            ],
            schema=RECORDS,
        )

    def _add_levels(self, fields: dict[str, pa.Array], firsts: pa.Array, rests: pa.Array) -> None:
        """Those that stand elsewhere than headers have them. What is the message stays: templates are mined from it."""
        is_open = pc.is_null(fields["level"])
        if self.time_format is not None and pc.any(is_open).as_py():
            found = levels_elsewhere(
                firsts.filter(is_open), rests.filter(is_open), self.time_format.expression
            )
            fields["level"] = pc.replace_with_mask(fields["level"], is_open, found)
        is_open = pc.is_null(fields["level"])
        if pc.any(is_open).as_py():
            fields["level"] = pc.replace_with_mask(
                fields["level"], is_open, named_first(rests.filter(is_open))
            )
        # Behind a host and a program, as a program begins its lines.
        is_open = pc.and_(pc.is_null(fields["level"]), pc.is_valid(fields["host"]))
        if pc.any(is_open).as_py():
            found = message_levels(fields["message"].filter(is_open))
            fields["level"] = pc.replace_with_mask(fields["level"], is_open, found)
        is_open = pc.is_null(fields["level"])
        if pc.any(is_open).as_py():
            found = request_levels(firsts.filter(is_open))
            fields["level"] = pc.replace_with_mask(fields["level"], is_open, found)


def _with_lines_below(messages: pa.Array, lines: pa.Array, starts: Places, ends: Places) -> pa.Array:
    """Where a line holds no message, the first ones below it do: Oracle's alerts, MySQL's slow queries, .NET's console."""
    is_bare = pc.equal(pc.utf8_trim_whitespace(messages), "").to_numpy(zero_copy_only=False)
    is_bare &= np.diff(ends) > 1
    if not is_bare.any():
        return messages
    below = [
        "\n".join(lines.slice(start + 1, min(count - 1, MAX_LINES_BELOW)).to_pylist()).strip()
        for start, count in zip(starts[is_bare], np.diff(ends)[is_bare], strict=True)
    ]
    return pc.replace_with_mask(messages, pa.array(is_bare), pa.array(below, pa.string()))


def _with_client(messages: pa.Array, firsts: pa.Array) -> pa.Array:
    """What stands before a time is no message, but the address of whoever asked is what people look for and count by."""
    clients = pc.struct_field(pc.extract_regex(firsts, pattern=_CLIENT), "client")
    if clients.null_count == len(clients):
        return messages
    return pc.coalesce(pc.binary_join_element_wise(clients, messages, " "), messages)


def _read_levels_below(fields: dict[str, pa.Array], lines: pa.Array, starts: Places, ends: Places) -> None:
    """Where the first line is who wrote it and the second begins with a level, the message stands behind that."""
    is_here = np.diff(ends) > 1
    if not is_here.any():
        return
    writers = pc.extract_regex(fields["message"], pattern=_WRITER)
    is_here &= pc.is_valid(writers).to_numpy(zero_copy_only=False)
    if not is_here.any():
        return
    below = pc.extract_regex(lines.take(pa.array(starts[is_here] + 1)), pattern=_LEVEL_BELOW)
    is_here[is_here] = pc.is_valid(below).to_numpy(zero_copy_only=False)
    below, places = below.drop_null(), pa.array(is_here)
    levels = [LEVEL_BY_WORD.get(word, "debug") for word in pc.struct_field(below, "level").to_pylist()]
    for name, values in (
        ("level", pa.array(levels, pa.string())),
        ("service", pc.struct_field(writers.filter(places), "service")),
        ("message", pc.struct_field(below, "message")),
    ):
        fields[name] = pc.replace_with_mask(fields[name], places, values)


def message_levels(messages: pa.Array) -> pa.Array:
    """Of messages that still begin as the lines of a program do, as those that a container wrote."""
    rests = pc.replace_substring_regex(messages, pattern=_OWN_TIME, replacement="")
    return pc.coalesce(
        _header_fields(rests)["level"], named_first(rests), signs(messages), request_levels(messages)
    )


def _header_fields(rests: pa.Array) -> dict[str, pa.Array]:
    """Each line by the first header that fits; the last fits all."""
    fields = dict.fromkeys(_FIELDS, pa.nulls(len(rests), pa.string()))
    is_open = pa.array(np.ones(len(rests), bool))
    for header in _HEADERS:
        columns = pc.extract_regex(rests, pattern=header)
        fits = pc.and_(is_open, pc.is_valid(columns))
        if header is _SYSLOG:
            # "INFO web: text": no host and no program is called so.
            for name in ("host", "service"):
                is_level = pc.is_in(pc.struct_field(columns, name), value_set=pa.array(_LEVEL_WORDS))
                fits = pc.and_(fits, pc.invert(is_level))
        for name in _FIELDS:
            if f"(?P<{name}>" in header:
                fields[name] = pc.if_else(fits, pc.struct_field(columns, name), fields[name])
        is_open = pc.and_(is_open, pc.invert(fits))
        if not pc.any(is_open).as_py():
            break
    words = [(word or "").upper() for word in fields["level"].to_pylist()]
    fields["level"] = pa.array([LEVEL_BY_WORD.get(word) for word in words], pa.string())
    fields["service"] = pc.if_else(pc.equal(fields["service"], ""), None, fields["service"])
    return fields

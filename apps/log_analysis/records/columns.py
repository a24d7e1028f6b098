"""Records that a batch holds, as columns: what each format gives, in the order of `domain.logs.records`.

Knows no Django: large batches are read in a bounded child.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from domain.logs.levels import LEVEL_BY_WORD
from domain.logs.records import RECORDS
from domain.logs.time_formats import CONTINUATION, detect_time_format
from llm_backend import patterns

MAX_NAME_CHARACTERS = 80
MAX_TRACE_CHARACTERS = 64
_MAX_CHARACTERS = {
    "service": MAX_NAME_CHARACTERS,
    "host": MAX_NAME_CHARACTERS,
    "trace": MAX_TRACE_CHARACTERS,
}
# Upper bounds of seconds, milli- and microseconds since 1970, and what makes microseconds of them.
_UNITS = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0))
# What a record says whose time is none, or none that can be: no source believes it, so it is counted.
INVALID_TIME = -(2**62)
_MAX_TIME_CHARACTERS = 64
# Of a number since 1970 as text: shorter ones are days (20260203).
MIN_DIGITS = 10
# Of a record whose lines came one by one.
MAX_TEXT_CHARACTERS = 64 * 1024
_CONTINUATION = patterns.compile(CONTINUATION)
# Of a table; rows are many times as large as what they are read from.
MAX_ROWS = 20_000


def level_named(text: object) -> str:
    """The level that a program's word stands for; empty for a word that stands for none."""
    return LEVEL_BY_WORD.get(str(text or "").strip().upper(), "")


def microseconds(value: Any, zone: str) -> int | None:
    """A time in JSON: ISO 8601 (on the clocks of `zone` where it names none), or a number since 1970 in any of the usual
    units. None where there is none, INVALID_TIME for what cannot be read.
    """
    if isinstance(value, dict) and "$date" in value:
        # MongoDB's.
        value = value["$date"]
    if isinstance(value, dict) and isinstance(value.get("epochSecond"), int):
        # Log4j's.
        value = value["epochSecond"]
    if isinstance(value, bool) or value in (None, ""):
        return None
    if isinstance(value, str) and value[:1] == "1" and MIN_DIGITS <= len(value) < 20 and value.isdecimal():
        # As systemd's journal writes it.
        value = int(value)
    try:
        if isinstance(value, int | float):
            return storable(value * next((unit for limit, unit in _UNITS if value < limit), 1e-3))
        moment = datetime.fromisoformat(str(value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
        return storable(moment.timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return INVALID_TIME


def storable(time: float) -> int:
    """Microseconds that a column has room for. Infinity and what is no number are none."""
    return int(time) if -INVALID_TIME > time > INVALID_TIME else INVALID_TIME


@dataclass
class RecordColumns:
    """`message` is what is mined; `text` is what came in. `time` is in microseconds UTC."""

    zone: str = "UTC"
    """Of times that name none."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    first_line: int = 0

    def __post_init__(self) -> None:
        # By row, times that are no ISO 8601: all of a table have one form, which is looked for once.
        self._written_times: dict[int, str] = {}
        # The number of the last row of each stream of a container.
        self.last_rows: dict[str, int] = {}

    def add(self, text: str, message: str, *, time: int | None = None, **names: str) -> None:
        """`names`: level, service, host and trace, empty where the record has none."""
        row = {name: value[: _MAX_CHARACTERS.get(name)] or None for name, value in names.items()}
        self.rows.append({"time": time, "message": message, "text": text, **row})

    def goes_on(self, stream: str, message: str) -> bool:
        """Puts what begins no record to the last one of its stream, where that has one."""
        row = self.rows[self.last_rows[stream]] if stream in self.last_rows else None
        if row is None or not _CONTINUATION.match(message) or len(row["text"]) > MAX_TEXT_CHARACTERS:
            return False
        row["text"] += f"\n{message}"
        row["lines"] = row.get("lines", 1) + 1
        return True

    def read_time(self, value: Any) -> int | None:
        """The time of the row that is added next, as a program wrote it."""
        time = microseconds(value, self.zone)
        if time == INVALID_TIME and isinstance(value, str):
            self._written_times[len(self.rows)] = value[:_MAX_TIME_CHARACTERS]
        return time

    @property
    def is_full(self) -> bool:
        return len(self.rows) >= MAX_ROWS

    def take(self) -> pa.Table:
        """What was added since the last table was taken."""
        self._read_written_times()
        columns: dict[str, Any] = {
            name: [row.get(name) for row in self.rows]
            for name in RECORDS.names
            if name not in ("line", "lines")
        }
        columns["lines"] = np.array([row.get("lines", 1) for row in self.rows], np.int32)
        ends = self.first_line + np.cumsum(columns["lines"], dtype=np.int64)
        columns["line"] = ends - columns["lines"]
        self.first_line = int(ends[-1]) if self.rows else self.first_line
        self.rows, self.last_rows = [], {}
        return pa.table(
            [pa.array(columns[name], RECORDS.field(name).type) for name in RECORDS.names], schema=RECORDS
        )

    def _read_written_times(self) -> None:
        """Those that say their year."""
        places, texts = list(self._written_times), pa.array(self._written_times.values(), pa.string())
        self._written_times = {}
        time_format = detect_time_format(texts)
        if time_format is None or not time_format.says_its_year:
            return
        times = replace(time_format, zone=self.zone).times(texts, datetime.now(UTC))
        for place, moment in zip(places, times.astype("M8[us]").tolist(), strict=True):
            if moment is not None:
                self.rows[place]["time"] = storable(moment.replace(tzinfo=UTC).timestamp() * 1_000_000)

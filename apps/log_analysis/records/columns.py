"""Records that a batch holds, as columns: what each format gives, in the order of `logmining.records`."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from logmining.records import LEVELS, RECORDS

MAX_NAME_CHARACTERS = 80
MAX_TRACE_CHARACTERS = 64
_LEVEL_OF_WORD = {word: level for level, words in LEVELS.items() for word in words}
# Upper bounds of seconds, milli- and microseconds since 1970, and what makes microseconds of them.
_UNITS = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0))


def level_named(text: object) -> str:
    """The level that a program's word stands for; empty for a word that stands for none."""
    return _LEVEL_OF_WORD.get(str(text or "").strip().upper(), "")


def microseconds(value: Any) -> int | None:
    """A time in JSON: ISO 8601 (UTC where it names no zone), or a number since 1970 in any of the usual units."""
    if isinstance(value, bool) or value in (None, ""):
        return None
    if isinstance(value, int | float):
        return int(value * next((unit for limit, unit in _UNITS if value < limit), 1e-3))
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)


@dataclass
class RecordColumns:
    """`message` is what is mined; `text` is what came in. `time` is in microseconds UTC."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, text: str, message: str, *, time: int | None = None, **names: str) -> None:
        """`names`: level, service, host and trace, empty where the record has none."""
        limits = {"service": MAX_NAME_CHARACTERS, "host": MAX_NAME_CHARACTERS, "trace": MAX_TRACE_CHARACTERS}
        row = {name: value[: limits.get(name)] or None for name, value in names.items()}
        self.rows.append({"time": time, "message": message, "text": text, **row})

    def table(self) -> pa.Table:
        columns: dict[str, Any] = {
            name: [row.get(name) for row in self.rows]
            for name in RECORDS.names
            if name not in ("line", "lines")
        }
        columns["line"] = np.arange(len(self.rows))
        columns["lines"] = np.ones(len(self.rows), np.int32)
        return pa.table(
            [pa.array(columns[name], RECORDS.field(name).type) for name in RECORDS.names], schema=RECORDS
        )

"""Whether a text is a log, from its first lines."""

from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from apps.core.tables import headings_of
from domain.logs.time_formats import MIN_SHARE, detect_time_format

MAX_LINES = 200
# A time stands at the beginning of a line, and behind it anything may follow.
LINE_CHARACTERS = 80
_TIMES = frozenset(
    {
        "@timestamp",
        "timestamp",
        "time",
        "ts",
        "datetime",
        "时间",
        "date and time",
        "日期和时间",
        "timecreated",
    }
)
_MESSAGES = frozenset(
    {"message", "msg", "level", "severity", "log", "日志", "级别", "内容", "event id", "事件 id"}
)


def is_log(text: str, media_type: str) -> bool:
    """A table is one by its headings, any other text by the times in its lines."""
    lines = [line[:LINE_CHARACTERS] for line in islice(text.split("\n"), MAX_LINES) if line.strip()]
    column = pa.array(lines, pa.string())
    if media_type == "text/csv":
        headings = headings_of(text)
        return bool(headings & _TIMES and headings & _MESSAGES)
    time_format = detect_time_format(column)
    # Of all lines: minutes of a meeting are indented below the one with their time.
    is_timed = time_format is not None and pc.sum(time_format.matches(column)).as_py() >= MIN_SHARE * len(
        column
    )
    return media_type == "text/x-log" or is_timed

"""When a line was written: the formats that logs use, found by themselves or given by a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from llm_backend import patterns

MAX_TIME_POSITION = 64
"""Letters before a time, for hosts, priorities and labels. What stands later is part of the message."""
MAX_CLOCK_AHEAD = timedelta(hours=1)
MIN_SHARE = 0.1
"""Of the lines that may begin a record: texts may go on for nine lines of ten, and stack traces for longer."""
CONTINUATION = (
    r"^(?:\s+\S|Caused by:|Traceback \(|\.\.\. \d+ more|[})\]]+\s*$"
    r"|(?:During handling of the above|The above) exception)"
)
"""What begins no record."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CLOCK_IN_WORDS = r"(?P<H>\d{1,2})时(?P<M>\d{1,2})分(?P<S>\d{1,2})秒"
_CLOCK = r"(?P<H>\d{1,2}):(?P<M>\d{1,2}):(?P<S>\d{1,2})(?:[.,:](?P<f>\d{1,9}))?"
# Whole words, as “Zookeeper” is no zone; hours alone only where they hang on the time, as PostgreSQL writes them.
_ZONE = r"(?P<z> ?(?:Z|UTC|GMT)\b| ?[+\-]\d{2}:?\d{2}\b|[+\-]\d{2}\b)?"
# In capitals, too, as Oracle writes them.
_MONTH = rf"(?P<b>(?i:{'|'.join(MONTHS)}))"
_ZH_MONTHS = tuple(f"{number}月" for number in (*"一二三四五六七八九十", "十一", "十二"))
# Java and Windows put a space of their own before it.
_HALF = "[ \u00a0\u202f]?(?P<p>[AaPp][Mm]\\b|上午|下午)"
_YEAR_FIRST = (
    r"\b(?P<Y>(?:19|20)\d{2})(?:[\-/.]|年 ?)(?P<m>\d{1,2})(?:[\-/.]|月 ?)(?P<d>\d{1,2})日?,?[T ]{1,2}"
)
_DAY, _MONTH_NUMBER = r"(?P<d>\d{1,2})", r"(?P<m>0?[1-9]|1[0-2])"
_TWO_MONTH, _TWO_DAY = r"(?P<m>0[1-9]|1[0-2])", r"(?P<d>0[1-9]|[12]\d|3[01])"
_DAY_FIRST = rf"\b{_DAY}[./\-]{_MONTH_NUMBER}[./\-](?P<Y>(?:19|20)\d{{2}}),?[T ]"
_MONTH_FIRST = rf"\b{_MONTH_NUMBER}[/\-]{_DAY}[/\-](?P<Y>(?:19|20)\d{{2}}),?[T ]"
_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "b": _MONTH,
    "d": r" ?(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<H>\d{1,2})",
    "p": r"(?P<p>[AaPp][Mm]|上午|下午)",
    "M": r"(?P<M>\d{2})",
    "S": r"(?P<S>\d{2})",
    "f": r"(?P<f>\d{1,9})",
    "z": r"(?P<z>Z|[+\-]\d{2}:?\d{2})",
    "s": r"(?P<s>\d{9,10})",
    "a": r"[A-Z][a-z]{2}",
    "%": "%",
}
_HALVES = {"am": 0, "上午": 0, "pm": 1, "下午": 1}
_NO_HALF = -1
_DATE_GROUPS = frozenset("Yymbd")
_DIRECTIVE = patterns.compile(r"%(.)|([^%])", patterns.DOTALL)
_GROUP = patterns.compile(r"\(\?P<([A-Za-z]+)>")

Times = np.ndarray[tuple[int], np.dtype[np.datetime64]]
Parts = dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]


@dataclass(frozen=True)
class TimeFormat:
    """An RE2 expression whose groups are named as in `strptime`; `s` and `ms` are seconds since 1970."""

    name: str
    expression: str
    zone: str = "UTC"
    """Of times that name none."""

    @property
    def search(self) -> str:
        return rf"^[^\n]{{0,{MAX_TIME_POSITION}}}?{self.expression}"

    @property
    def says_its_year(self) -> bool:
        return not {"Y", "y", "s", "ms"}.isdisjoint(_GROUP.findall(self.expression))

    def matches(self, lines: pa.Array) -> pa.Array:
        return pc.match_substring_regex(lines, pattern=self.search)

    def times(self, lines: pa.Array, now: datetime) -> Times:
        """Microseconds in UTC; NaT where there is none, or no such day. What no date says is the last possible."""
        groups = _GROUP.findall(self.expression)
        # A line without a time must not make the column of structures null.
        columns = pc.extract_regex(lines, pattern=f"(?s){self.search}")
        parts = {name: _numbers(pc.struct_field(columns, name), name) for name in groups}
        is_missing = np.array([not each for each in self.matches(lines).to_pylist()], bool)
        if "ms" in parts:
            times = (parts["ms"] * 1000).astype("M8[us]")
        elif "s" in parts:
            times = (parts["s"] * 1_000_000 + parts.get("f", np.int64(0))).astype("M8[us]")
        else:
            names_zone = (
                pc.not_equal(pc.struct_field(columns, "z"), "").fill_null(False) if "z" in groups else False
            )
            times = self._latest(parts, now, np.asarray(names_zone))
        times[is_missing] = np.datetime64("NaT")
        return times

    def _latest(self, parts: Parts, now: datetime, names_zone: np.ndarray[Any, Any]) -> Times:
        """The last moment that such a clock and calendar showed, or will within a day: a clock may be ahead of ours. Of
        nothing but a time of day, within an hour: shortly after midnight 23:59 was yesterday.
        """
        is_clock = _DATE_GROUPS.isdisjoint(parts)
        limit = now.astimezone(UTC) + (MAX_CLOCK_AHEAD if is_clock else timedelta(days=1))
        unwritten_months = _unwritten_months(parts)
        day = (limit if is_clock or unwritten_months else now).astimezone(ZoneInfo(self.zone)).date()

        def times_on(day: date, months_before: int) -> Times:
            times = _calendar(parts, day, months_before)
            return times if self.zone == "UTC" else np.where(names_zone, times, _in_zone(times, self.zone))

        times = times_on(day, 0)
        is_later = np.isnat(times) | (times > np.datetime64(limit.replace(tzinfo=None), "us"))
        if (is_clock or unwritten_months) and is_later.any():
            earlier = times_on(day - timedelta(days=is_clock), unwritten_months)
            times = np.where(is_later, earlier, times)
        return times

    @classmethod
    def from_strptime(cls, text: str) -> "TimeFormat":
        """What a person typed, such as "%d/%m/%Y %H:%M:%S". Raises ValueError with what is wrong about it."""
        expression = ""
        for directive, letter in _DIRECTIVE.findall(text):
            if directive and directive not in _DIRECTIVES:
                raise ValueError(f"%{directive}")
            escaped = patterns.sub(r"([!-/:-@\[-`{-~])", r"\\\1", letter)
            expression += _DIRECTIVES[directive] if directive else escaped
        groups = _GROUP.findall(expression)
        if len(groups) != len(set(groups)) or not ({"H", "M"} <= set(groups) or "s" in groups):
            raise ValueError(text)
        return cls(text, expression)


TIME_FORMATS = (
    TimeFormat("year first, twelve hours", rf"{_YEAR_FIRST}{_CLOCK}{_HALF}"),
    TimeFormat("year first, half first", rf"{_YEAR_FIRST}(?P<p>上午|下午) ?{_CLOCK}"),
    # WebLogic in Chinese.
    TimeFormat("year first, half first, in words", rf"{_YEAR_FIRST}(?P<p>上午|下午) ?{_CLOCK_IN_WORDS}"),
    TimeFormat(
        "iso",
        r"\b(?P<Y>(?:19|20)\d{2})[\-/.](?P<m>\d{1,2})[\-/.](?P<d>\d{1,2})(?:[T \-]| - )"
        r"(?P<H>\d{1,2})[:.](?P<M>\d{2})[:.](?P<S>\d{2})(?:[.,:](?P<f>\d{1,9}))?" + _ZONE,
    ),
    TimeFormat(
        "chinese",
        r"(?P<Y>(?:19|20)\d{2})年 ?(?P<m>\d{1,2})月 ?(?P<d>\d{1,2})日 ?"
        r"(?P<H>\d{1,2})[:时](?P<M>\d{1,2})[:分](?P<S>\d{1,2})秒?(?:[.,](?P<f>\d{1,9}))?",
    ),
    TimeFormat("compact", rf"\b(?P<Y>20\d{{2}})(?P<m>\d{{2}})(?P<d>\d{{2}})[T \-]?{_CLOCK}{_ZONE}"),
    TimeFormat("clf", rf"\b(?P<d>\d{{2}})/{_MONTH}/(?P<Y>\d{{4}})[: ]{_CLOCK}{_ZONE}"),
    TimeFormat("day first", rf"\b(?P<d>\d{{1,2}})[ \-]{_MONTH}[ \-](?P<Y>\d{{4}})(?: |::){_CLOCK}{_ZONE}"),
    TimeFormat("month first, twelve hours", rf"{_MONTH_FIRST}{_CLOCK}{_HALF}"),
    TimeFormat("day first, twelve hours", rf"{_DAY_FIRST}{_CLOCK}{_HALF}"),
    TimeFormat("numbers, day first", rf"{_DAY_FIRST}{_CLOCK}{_ZONE}"),
    TimeFormat("numbers, month first", rf"{_MONTH_FIRST}{_CLOCK}{_ZONE}"),
    TimeFormat("java", rf"\b{_MONTH}[a-z]{{0,6}} (?P<d>\d{{1,2}}), (?P<Y>\d{{4}}),? {_CLOCK}{_HALF}?"),
    TimeFormat("java in chinese", rf"(?P<b>{'|'.join(_ZH_MONTHS)}) {_DAY}, (?P<Y>\d{{4}}) {_CLOCK}{_HALF}?"),
    TimeFormat(
        "ctime",
        rf"\b{_MONTH} {{1,2}}(?P<d>\d{{1,2}}) {_CLOCK}(?P<z> UTC| GMT)?(?: [A-Z]{{3,4}})? (?P<Y>\d{{4}})\b",
    ),
    TimeFormat(
        "year before the clock",
        rf"\b{_MONTH} {{1,2}}(?P<d>\d{{1,2}}) (?P<Y>(?:19|20)\d{{2}}) {_CLOCK}{_ZONE}",
    ),
    TimeFormat("syslog in chinese", rf"\b(?P<m>1?\d)月 {{1,2}}(?P<d>\d{{1,2}}) {_CLOCK}"),
    TimeFormat("syslog", rf"\b{_MONTH} {{1,2}}(?P<d>\d{{1,2}}) {_CLOCK}"),
    # WebSphere, in English and Chinese.
    TimeFormat(
        "short year last, with a zone",
        rf"\[(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})/(?P<y>\d{{2}}) {_CLOCK} [A-Z]{{3,4}}\]",
    ),
    TimeFormat(
        "short year, with a zone",
        rf"\[(?P<y>\d{{2}})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}}) {_CLOCK} [A-Z]{{3,4}}\]",
    ),
    TimeFormat("short year", rf"\b(?P<y>\d{{2}})[/\-]{_TWO_MONTH}[/\-]{_TWO_DAY} {_CLOCK}"),
    TimeFormat("short year last", rf"\b{_TWO_MONTH}/{_TWO_DAY}/(?P<y>\d{{2}})[ ,]{_CLOCK}"),
    TimeFormat("month first", rf"\b(?P<m>\d{{2}})[\-./](?P<d>\d{{2}}) {_CLOCK}"),
    TimeFormat("klog", rf"\b[IWEF](?P<m>\d{{2}})(?P<d>\d{{2}}) {_CLOCK}"),
    TimeFormat(
        "digits",
        r"\b(?P<y>\d{2})(?P<m>[01]\d)(?P<d>[0-3]\d) (?P<H>[0-2]\d)(?P<M>[0-5]\d)(?P<S>[0-5]\d)\b",
    ),
    TimeFormat(
        "digits with the year",
        rf"\b(?P<Y>20\d{{2}}){_TWO_MONTH}{_TWO_DAY}[T \-_]?(?P<H>[01]\d|2[0-3])(?P<M>[0-5]\d)(?P<S>[0-5]\d)"
        r"(?:[.,](?P<f>\d{1,9}))?\b",
    ),
    # MySQL before 5.7, and MariaDB.
    TimeFormat("digits with a clock", rf"\b(?P<y>\d{{2}})(?P<m>[01]\d)(?P<d>[0-3]\d) {{1,2}}{_CLOCK}"),
    TimeFormat("milliseconds", r"\b(?P<ms>1\d{12})\b"),
    TimeFormat("seconds", r"\b(?P<s>1\d{9})(?:\.(?P<f>\d{1,9}))?\b"),
    TimeFormat("clock, twelve hours", rf"\b{_CLOCK}{_HALF}"),
    TimeFormat("clock", rf"\b{_CLOCK}"),
)
"""What says most stands first: of two formats that as many lines have, the first is taken. Which of two numbers is the
month, the lines of other days say; where none does, clocks of twelve hours are American."""


def detect_time_format(lines: pa.Array) -> TimeFormat | None:
    """The format that most of these lines have, if enough have one."""
    if not len(lines):
        return None
    hits = [pc.sum(each.matches(lines)).as_py() or 0 for each in TIME_FORMATS]
    most = max(hits)
    if not most:
        return None
    begun = len(lines) - pc.sum(pc.match_substring_regex(lines, pattern=rf"{CONTINUATION}|^\s*$")).as_py()
    return TIME_FORMATS[hits.index(most)] if most >= MIN_SHARE * begun else None


def _in_zone(times: Times, zone: str) -> Times:
    """What a clock in the zone shows, as UTC. Of an hour that comes twice the first is taken."""
    local = pc.assume_timezone(pa.array(times), zone, ambiguous="earliest", nonexistent="earliest")
    utc: Times = local.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
    return utc


def _numbers(texts: pa.Array, name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The values of a group as numbers; 0 where it is missing. Fractions in microseconds, zones in minutes, halves of a day
    as 0 and 1."""
    values: Sequence[str | None] = texts.to_pylist()
    if name == "b":
        names = (*MONTHS, *_ZH_MONTHS)
        return np.array([names.index(value.title()) % 12 + 1 if value else 1 for value in values], np.int64)
    if name == "p":
        return np.array([_HALVES.get((value or "").lower(), _NO_HALF) for value in values], np.int64)
    if name == "f":
        return np.array([int((value or "0").ljust(6, "0")[:6]) for value in values], np.int64)
    if name == "z":
        return np.array([_zone_minutes(value or "Z") for value in values], np.int64)
    return np.array([int(value or 0) for value in values], np.int64)


def _zone_minutes(zone: str) -> int:
    zone = zone.strip()
    if zone in ("Z", "UTC", "GMT"):
        return 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return -minutes if zone.startswith("-") else minutes


def _unwritten_months(parts: Parts) -> int:
    """After how many months the same is written again: 0 where the year is, or nothing but a time of day."""
    if {"Y", "y"} & parts.keys():
        return 0
    return 12 if {"m", "b"} & parts.keys() else int("d" in parts)


def _hours(parts: Parts) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Of the day: a clock of twelve hours says which half."""
    hours, halves = parts["H"], parts.get("p")
    if halves is None:
        return hours
    # 13 PM is written by programs that mix both clocks.
    is_of_twelve = (halves != _NO_HALF) & (hours <= 12)
    of_day: np.ndarray[tuple[int], np.dtype[np.int64]] = np.where(
        is_of_twelve, hours % 12 + 12 * halves, hours
    )
    return of_day


def _calendar(parts: Parts, day: date, months_before: int) -> Times:
    """Takes from `day` what is not written, so many months before; NaT where there is no such day."""
    month = parts.get("b", parts.get("m", np.int64(day.month)))
    of_month = parts.get("d", np.int64(day.day))
    years = parts["y"] + 2000 if "y" in parts else parts.get("Y", np.int64(day.year))
    months = np.atleast_1d((years - 1970) * 12 + month - 1 - months_before)
    days = months.astype("M8[M]").astype("M8[D]") + (of_month - 1).astype("m8[D]")
    is_no_day = (days.astype("M8[M]") != months.astype("M8[M]")) | (month < 1) | (month > 12)
    seconds = _hours(parts) * 3600 + parts["M"] * 60 + parts.get("S", 0) - parts.get("z", 0) * 60
    times: Times = days.astype("M8[us]") + (seconds * 1_000_000 + parts.get("f", 0)).astype("m8[us]")
    times[np.broadcast_to(is_no_day, times.shape)] = np.datetime64("NaT")
    return times

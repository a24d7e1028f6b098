"""Names of what records can be counted by, and be narrowed to."""

from dataclasses import dataclass
from enum import StrEnum


class ValueType(StrEnum):
    IP = "ip"
    USER = "user"
    PATH = "path"


class Field(StrEnum):
    LEVEL = "level"
    SERVICE = "service"
    HOST = "host"
    SOURCE = "source"
    TEMPLATE = "template"


class Period(StrEnum):
    HOUR = "hour"
    DAY = "day"


PERIOD_MS = {Period.HOUR: 3_600_000, Period.DAY: 86_400_000}


@dataclass(frozen=True, slots=True)
class ValueFilter:
    """Records whose first value of this type is this one."""

    type: ValueType
    value: str


@dataclass(frozen=True, slots=True)
class ValueCounts:
    """The most frequent values; `missing`: records without one. `records` and `distinct` count what is not listed too.

    Of a period a value is its number since 1970.
    """

    counts: list[tuple[str, int]]
    missing: int
    records: int
    distinct: int

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

"""The one value that most lines of a burst have in common: an address, a user, a host, a path."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.logs.parsing.masking import ParameterType, parameter_type
from domain.logs.secrets import TOKEN
from llm_backend import patterns

MIN_RECORDS = 5
# Of the lines that hold such a value, and of all lines of the burst.
MIN_SHARE, MIN_SHARE_OF_ALL = 0.5, 0.3
# What was half as frequent before is how the system is.
MAX_USUAL_SHARE = 0.5
MAX_VALUE_CHARACTERS = 80

_HOST = patterns.compile(r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,62}\.){2,6}[a-z]{2,6}")
_WORD_BEFORE = patterns.compile(r"[A-Za-z][\w.\-]{0,60}\Z")
_UUID = patterns.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PORT = patterns.compile(r"(?<=\d)[:/]\d{1,5}\Z")


class ValueKind(StrEnum):
    """Whose a value can be, who did something before what it was done to."""

    ADDRESS = "address"
    USER = "user"
    HOST = "host"
    PATH = "path"
    ID = "id"


_KINDS = {
    ParameterType.IP: ValueKind.ADDRESS,
    ParameterType.MAC: ValueKind.ADDRESS,
    ParameterType.USER: ValueKind.USER,
    ParameterType.PATH: ValueKind.PATH,
    ParameterType.URL: ValueKind.PATH,
    ParameterType.UUID: ValueKind.ID,
    ParameterType.ID: ValueKind.ID,
}
# One program's log names one path or host in every line; who calls it is worth a word also where nobody else does.
_WORTH_ALONE = (ValueKind.ADDRESS, ValueKind.USER)


@dataclass(frozen=True)
class TypedValue:
    kind: ValueKind
    text: str


@dataclass(frozen=True)
class Concentration:
    """`records` of `total` lines of the burst hold the value."""

    value: TypedValue
    records: int
    total: int


@dataclass
class ValueCounts:
    """How many lines hold each value, and each kind of value. A value that a line holds twice counts once."""

    total: int = 0
    values: Counter[TypedValue] = field(default_factory=Counter)
    kinds: Counter[ValueKind] = field(default_factory=Counter)

    @classmethod
    def of(cls, lines: Iterable[frozenset[TypedValue]]) -> "ValueCounts":
        counts = cls()
        for values in lines:
            counts.total += 1
            counts.values.update(values)
            counts.kinds.update({each.kind for each in values})
        return counts

    def distinct(self, kind: ValueKind) -> int:
        return sum(each.kind == kind for each in self.values)

    def share(self, value: TypedValue) -> float:
        lines = self.kinds[value.kind]
        return self.values[value] / lines if lines else 0.0


def typed_value(text: str, before: str = "", after: str = "") -> TypedValue | None:
    """What a value of a line names, by its form and the words around it; None for numbers, times and what is masked."""
    value = text.strip().strip(",;'\"()[]<>")
    if not 0 < len(value) <= MAX_VALUE_CHARACTERS or TOKEN.search(value):
        return None
    if _HOST.fullmatch(value):
        return TypedValue(ValueKind.HOST, value)
    kind = _KINDS.get(parameter_type(value, before, after))
    if kind == ValueKind.ID:
        # The rest of its word: of “checkout-7d9c5b6f4-x2k9p” only the end is a value.
        value = (_WORD_BEFORE.search(before[-MAX_VALUE_CHARACTERS:]) or [""])[0] + value
    if kind == ValueKind.ADDRESS:
        value = _PORT.sub("", value.lstrip("/")) if "." in value else value
    return TypedValue(kind, value) if kind and value else None


def concentration(burst: ValueCounts, before: ValueCounts) -> Concentration | None:
    """The value that most of the burst has in common, and that was not so frequent in the time before."""
    return next(filter(None, (_concentrated(kind, burst, before) for kind in ValueKind)), None)


def _concentrated(kind: ValueKind, burst: ValueCounts, before: ValueCounts) -> Concentration | None:
    of_kind: Mapping[TypedValue, int] = {
        each: count for each, count in burst.values.items() if each.kind == kind
    }
    if not of_kind:
        return None
    if len(of_kind) == 1 and not before.kinds[kind] and kind not in _WORTH_ALONE:
        return None
    least = max(MIN_RECORDS, MIN_SHARE * burst.kinds[kind], MIN_SHARE_OF_ALL * burst.total)
    # The address of the machine itself stands in every line, and says nothing.
    new = [
        each
        for each, records in of_kind.items()
        if records >= least and before.share(each) <= MAX_USUAL_SHARE * burst.share(each)
    ]
    # Of a pod's name and its id people know the name.
    value = max(
        new, key=lambda each: (of_kind[each], not _UUID.fullmatch(each.text), each.text), default=None
    )
    return Concentration(value, of_kind[value], burst.total) if value else None

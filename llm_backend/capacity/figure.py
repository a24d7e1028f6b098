"""A number that can be checked by hand."""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["parameters", "bytes", "flop", "tokens", "conversations", "gpus", "percent", "times"]

GIB = 2**30
# Operations are counted in powers of ten and memory in powers of two, as vendors and tools write them.
_DECIMAL = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_BINARY = ((2**40, "TiB"), (GIB, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


@dataclass(frozen=True)
class Figure:
    """`label` is untranslated, as are the words of `formula`: it is written in words and keys of the config, then, after
    “ = ”, with their numbers.
    """

    key: str
    label: str
    value: float
    unit: Unit
    formula: str
    source: str = ""

    @property
    def words(self) -> str:
        """Empty where the formula has numbers alone."""
        return self.formula.rpartition(" = ")[0]

    @property
    def numbers(self) -> str:
        return self.formula.rpartition(" = ")[2]

    @property
    def text(self) -> str:
        """The value as people read it: `671.03 B`, `68.6 KiB`, `1,234`."""
        return format_value(self.value, self.unit)


def format_value(value: float, unit: Unit) -> str:
    match unit:
        case "bytes":
            return _with_prefix(value, _BINARY, "bytes")
        case "parameters":
            return _with_prefix(value, ((1e9, "B"), (1e6, "M"), (1e3, "K")), "")
        case "flop":
            return _with_prefix(value, tuple((size, f"{prefix}FLOP") for size, prefix in _DECIMAL), "FLOP")
        case "percent":
            return f"{value:.1f} %"
        case "times":
            return f"{value:.2f} ×"
        case _:
            return f"{value:,.0f}"


def _with_prefix(value: float, scale: tuple[tuple[float, str], ...], smallest: str) -> str:
    for size, name in scale:
        if abs(value) >= size:
            return f"{value / size:,.2f} {name}"
    return f"{value:,.0f} {smallest}".strip()

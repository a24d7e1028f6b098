"""How much of the time between two moments the desk was open, counted by the database for any number of them."""

from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Self

from apps.customer_service.staff.business_hours import OpeningHours


@dataclass(frozen=True)
class OpenTime:
    """The open text_blocks in order: when each begins (seconds since 1970), its length, and that of all before it."""

    begins: list[float]
    lengths: list[float]
    before: list[float]

    @classmethod
    def of(cls, hours: OpeningHours, *, since: datetime, until: datetime) -> Self:
        """`hours` between `since` and `until`; what lies before or behind them counts as closed."""
        text_blocks = list(hours.open_intervals(since, until=until))
        lengths = [(end - begin).total_seconds() for begin, end in text_blocks]
        before = [0.0, *accumulate(lengths)][: len(lengths)]
        return cls([begin.timestamp() for begin, _end in text_blocks], lengths, before)

    def parameters(self) -> dict[str, list[float]]:
        return {"open_begins": self.begins, "open_lengths": self.lengths, "open_before": self.before}


def open_seconds(since: str, until: str) -> str:
    """SQL of the open seconds between two moments; needs the parameters of an `OpenTime`."""
    return f"({_open_until(until)} - {_open_until(since)})"


def _open_until(moment: str) -> str:
    """From the first stretch on. Which one a moment falls into or behind is found by halving."""
    seconds = f"extract(epoch FROM {moment})::float8"
    begins = "%(open_begins)s::float8[]"
    place = f"width_bucket({seconds}, {begins})"
    within = f"LEAST({seconds} - ({begins})[{place}], (%(open_lengths)s::float8[])[{place}])"
    # Before the first stretch there is no place, and nothing was open yet.
    return f"COALESCE((%(open_before)s::float8[])[{place}] + {within}, 0)"

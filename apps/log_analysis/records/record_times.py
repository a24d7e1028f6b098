"""Which of the times that records say are believed: what lies outside is the time of arrival, and counted.

Each day of records is a folder of the store, so whoever sends decides by times how much work a batch makes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.logs.store.manifest import DAY_US

# Of a clock that is ahead, or a zone that is not named.
MAX_AHEAD = timedelta(days=1)
# Of files: programs that wrote logs before are not analysed, and devices without a clock begin in 1970.
FIRST_FILE_DAY = datetime(1990, 1, 1, tzinfo=UTC)
# Eleven years, one day after the other.
MAX_FILE_DAYS = 4_000
# Records that a file brings late are not many days apart.
MAX_MORE_DAYS = 8
# Whether a record said a time that was not believed.
IS_MISDATED = "is_misdated"
MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class TimeBounds:
    """From `earliest` to `latest`; `arrival` is the time of records that say another."""

    earliest: datetime
    latest: datetime
    arrival: datetime

    @classmethod
    def of_batch(cls, arrived_at: datetime, keep_days: int) -> "TimeBounds":
        """Of what comes over the network: nobody looks for a day that goes within the hour, and who sends may be anybody
        who has a key."""
        first_day = (arrived_at - timedelta(days=keep_days)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        return cls(first_day, arrived_at + MAX_AHEAD, arrived_at)

    @classmethod
    def of_file(cls, arrived_at: datetime) -> "TimeBounds":
        """Of a file that a person uploads, or the operator lets be followed: old logs are what they are about."""
        return cls(FIRST_FILE_DAY, arrived_at + MAX_AHEAD, arrived_at)

    def apply(self, table: pa.Table, before: datetime) -> pa.Table:
        """Every record with a time, and `IS_MISDATED` behind the columns. Those without one have that of the record before;
        `before` where there is none."""
        times = table["time"].combine_chunks().cast(pa.int64())
        is_valid = pc.and_(
            pc.greater_equal(times, _microseconds(self.earliest)),
            pc.less_equal(times, _microseconds(self.latest)),
        )
        is_misdated = pc.fill_null(pc.invert(is_valid), False)
        times = pc.if_else(is_misdated, _microseconds(self.arrival), times)
        times = pc.fill_null_forward(times).fill_null(_microseconds(before))
        return _with_times(table, times, is_misdated)


class DayBudget:
    """How many days the blocks of one file may open, in the order in which they are read: the same days at each attempt."""

    def __init__(self, bounds: TimeBounds) -> None:
        self._bounds = bounds
        self._left = MAX_FILE_DAYS

    def apply(self, table: pa.Table) -> pa.Table:
        """Days with most records first; records of days beyond have the time of arrival."""
        self._left += MAX_MORE_DAYS
        times = table["time"].combine_chunks().cast(pa.int64())
        days = times.to_numpy() // DAY_US
        numbers, counts = np.unique(days, return_counts=True)
        if len(numbers) > self._left:
            kept_numbers = numbers[np.argsort(-counts, kind="stable")[: self._left]]
            is_kept = pa.array(np.isin(days, kept_numbers))
            times = pc.if_else(is_kept, times, _microseconds(self._bounds.arrival))
            is_misdated = pc.or_(table[IS_MISDATED].combine_chunks(), pc.invert(is_kept))
            table = _with_times(table.drop_columns(IS_MISDATED), times, is_misdated)
        self._left = max(0, self._left - len(numbers))
        return table


def _with_times(table: pa.Table, times: pa.Array, is_misdated: pa.Array) -> pa.Table:
    place = table.schema.get_field_index("time")
    table = table.set_column(place, table.schema.field(place), times.cast(table.schema.field(place).type))
    return table.append_column(IS_MISDATED, is_misdated)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // MICROSECOND

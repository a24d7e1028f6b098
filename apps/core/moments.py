"""Which moments are stored: those that can be read and shown again, on whatever clocks.

PostgreSQL knows more years than Python, and another time zone moves the first and the last day of these beyond them. One
such row would break every list that it stands in, for good.
"""

from datetime import UTC, date, datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from psycopg import DataError, adapters
from psycopg.abc import Buffer
from psycopg.types.datetime import DatetimeDumper

EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
# What lists and reports are narrowed to: no clock of ours was ever elsewhere, and each has a day before and one after.
CHOSEN_DAYS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))


class MomentDumper(DatetimeDumper):
    """Raises DataError, as the database does of a number that is too large for its column."""

    def dump(self, obj: datetime) -> Buffer | None:
        if obj.tzinfo and not EARLIEST <= obj <= LATEST:
            raise DataError("a moment at the end of the calendar")
        return super().dump(obj)


def refuse_unreadable_moments() -> None:
    """In every connection that this process opens from now on."""
    adapters.register_dumper(datetime, MomentDumper)

"""How wide buckets must be so that days are exact on an organisation's clocks."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

# Of all zones that people live in, none is further from whole hours than by quarters.
WIDTHS = (60, 30, 15)
YEARS = range(2020, 2041)


@cache
def bucket_minutes(time_zone: str) -> int:
    """The widest bucket of UTC in whose middle no midnight of the zone lies: 60, in India 30, in Nepal 15 minutes."""
    zone = ZoneInfo(time_zone)
    moments = (datetime(year, month, 1, tzinfo=UTC) for year in YEARS for month in range(1, 13))
    offsets = {moment.astimezone(zone).utcoffset() or timedelta() for moment in moments}
    return next(width for width in WIDTHS if not any(offset % timedelta(minutes=width) for offset in offsets))

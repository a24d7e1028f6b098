"""The time zones that days can be counted by."""

from functools import cache
from zoneinfo import available_timezones

from django.db import connection


@cache
def time_zones() -> frozenset[str]:
    """Those that both Python and PostgreSQL know.

    “localtime” is one that only Python has, and so is what came into the world after the database's own list.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        return frozenset(available_timezones()).intersection(name for (name,) in cursor)

"""The time zones that days can be counted by."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _


@cache
def time_zones() -> frozenset[str]:
    """Those that both Python and PostgreSQL know.

    “localtime” is one that only Python has, and so is what came into the world after the database's own list.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        return frozenset(available_timezones()).intersection(name for (name,) in cursor)


def checked_time_zone(name: str) -> str:
    """What a form was sent. Raises ValidationError."""
    if name not in time_zones():
        raise ValidationError(_("Enter a time zone such as Asia/Shanghai or UTC."))
    return name

"""Figures told apart by who asked: members and keys of an organisation, or the organisations of the installation."""

from typing import TypeVar

from apps.analytics.reports import Group
from apps.dashboards.rollups.selectors import INSTALLATION, Slice
from apps.dashboards.usage.schemas import regroup

T = TypeVar("T")
# Days, by whether it is for the whole installation. Within a filter persons are counted from the hours, of which a year
# of a big installation has too many for a page.
MAX_FILTERED_DAYS = {True: 31, False: 92}


def is_told(rows: Slice) -> bool:
    return not rows.filters or rows.period.days <= MAX_FILTERED_DAYS[rows.organisation == INSTALLATION]


def person_groups(rows: Slice, totals: type[T]) -> dict[str, list[Group[T]]]:
    """Keys are tuples of one id, None for what nobody of the kind asked."""
    if not is_told(rows):
        return {}
    if rows.organisation == INSTALLATION:
        return {"owner": rows.groups(totals, "owner")}
    names = ("member", "api_key")
    if not rows.filters:
        return {name: rows.groups(totals, name) for name in names}
    # One pass over the hours for both.
    both = rows.groups(totals, *names)
    return {name: regroup(both, totals, place) for place, name in enumerate(names)}

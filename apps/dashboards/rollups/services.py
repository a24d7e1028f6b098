"""Rolling up: jobs and calls become counts by hour, and those counts by day, exactly once and within a minute."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from apps.accounts.models import Organisation
from apps.core import moments
from apps.core.locks import lock_until_commit
from apps.core.rounds import Round, tend_each
from apps.dashboards.rollups import statements
from apps.dashboards.rollups.buckets import bucket_minutes
from apps.dashboards.rollups.models import (
    AnalyticsSettings,
    CallDay,
    CallHour,
    ChangedDay,
    ChangedHour,
    DayClock,
    JobDay,
    JobHour,
)
from apps.dashboards.rollups.selectors import time_zone
from apps.dashboards.rollups.statements import DayColumns
from apps.inference.models import InferenceCall
from apps.jobs.models import Job

# How many notes are looked up at once; the next look finds what changed meanwhile.
BATCH = 100
# Of the time of a turn; the rest is left to days.
HOURS_SHARE = 0.7


@dataclass(frozen=True)
class RollUp:
    """From which rows which hours are counted, from those which days, and how."""

    rows: type[Job] | type[InferenceCall]
    hours: type[JobHour] | type[CallHour]
    days: type[JobDay] | type[CallDay]
    count: str
    hours_statement: str
    columns: DayColumns

    def days_statement(self, *, whole: bool) -> str:
        table, hours = self.days._meta.db_table, self.hours._meta.db_table
        return statements.days_from_hours(table, hours, self.columns, whole=whole)


ROLL_UPS: dict[str, RollUp] = {
    ChangedHour.Source.JOBS: RollUp(
        Job, JobHour, JobDay, "jobs", statements.JOB_HOURS, statements.JOB_COLUMNS
    ),
    ChangedHour.Source.CALLS: RollUp(
        InferenceCall, CallHour, CallDay, "calls", statements.CALL_HOURS, statements.CALL_COLUMNS
    ),
}


def roll_up(*, seconds: float) -> int:
    """Rolls up what changed, the latest first, until nothing is left or the time is over. Answers how many hours."""
    begun_at, hours_count = time.monotonic(), 0
    steps: tuple[tuple[Any, Callable[[], list[Any]], float], ...] = (
        (roll_up_hours, changed_hours, begun_at + seconds * HOURS_SHARE),
        (roll_up_days, changed_months, begun_at + seconds),
    )
    this_round = Round("roll-ups")
    with this_round.item():
        set_clocks()
    # Days get their turn also while the hours of years are rolled up for the first time.
    for step, changed, deadline in steps:
        passed_over: set[Any] = set()
        while time.monotonic() < deadline and (
            batch := [each for each in changed() if each not in passed_over]
        ):
            for each in batch:
                count = 0
                # Its note stays for the next turn, and keeps nobody else's waiting in this one.
                passed_over.add(each)
                with this_round.item():
                    count = step(*each)
                    passed_over.discard(each)
                hours_count += count if step is roll_up_hours else 0
                if time.monotonic() > deadline:
                    break
    this_round.end()
    return hours_count


def changed_hours() -> list[tuple[UUID, str, datetime]]:
    """Organisation, source and day of UTC, the latest first: a first roll-up of years begins with today."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT organisation_id, source, date_trunc('day', hour, 'UTC') AS day FROM dashboards_changedhour
            GROUP BY 1, 2, 3 ORDER BY day DESC, source, organisation_id LIMIT %s
            """,
            [BATCH],
        )
        return list(cursor.fetchall())


def changed_months() -> list[tuple[UUID | None, str, date]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT organisation_id, source, date_trunc('month', day)::date AS month FROM dashboards_changedday
            GROUP BY 1, 2, 3 ORDER BY month DESC, source, organisation_id LIMIT %s
            """,
            [BATCH],
        )
        return list(cursor.fetchall())


def roll_up_hours(organisation_id: UUID, source: str, day: datetime) -> int:
    """Counts the changed hours of a day anew from their rows. Answers how many.

    Workers at it at once take turns. What commits while this one counts leaves another note, and is counted again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_until_commit(f"rollup:hours:{organisation_id}")
        cursor.execute(
            """
            DELETE FROM dashboards_changedhour
            WHERE organisation_id = %s AND source = %s AND hour >= %s AND hour < %s RETURNING hour
            """,
            [organisation_id, source, day, day + timedelta(days=1)],
        )
        hours = {hour for (hour,) in cursor.fetchall()}
        # Of an organisation that was deleted meanwhile nothing is kept.
        if hours and Organisation.objects.filter(pk=organisation_id).exists():
            zones = {organisation_id: time_zone(organisation_id), None: str(settings.TIME_ZONE)}
            _count_hours(organisation_id, ROLL_UPS[source], hours, set(zones.values()))
            ChangedDay.objects.bulk_create(
                ChangedDay(organisation_id=owner, source=source, day=changed_day)
                for owner, zone in zones.items()
                for changed_day in days_of(hours, zone)
            )
    return len(hours)


def roll_up_days(organisation_id: UUID | None, source: str, month: date) -> int:
    """Counts the changed days of a month anew from their hours. Answers how many."""
    roll_up, next_month = ROLL_UPS[source], (month + timedelta(days=31)).replace(day=1)
    with transaction.atomic():
        lock_until_commit(f"rollup:days:{organisation_id}")
        notes = ChangedDay.objects.filter(
            organisation=organisation_id, source=source, day__gte=month, day__lt=next_month
        )
        # The ids first: a note that commits from now on is for the next turn.
        changed = dict(notes.values_list("pk", "day"))
        ChangedDay.objects.filter(pk__in=changed).delete()
        if days := sorted(set(changed.values())):
            roll_up.days.objects.filter(organisation=organisation_id, day__in=days).delete()
            _count_days(organisation_id, roll_up, days)
    return len(changed)


def set_clocks() -> None:
    """Counts all days anew of whoever lives on other clocks since; one transaction each, so nobody sees half of it."""
    rows = "organisation_id", "time_zone"
    clocks: dict[UUID | None, str] = dict(DayClock.objects.values_list(*rows))
    chosen: dict[UUID | None, str] = {**dict(AnalyticsSettings.objects.values_list(*rows))}

    def set_if_changed(organisation_id: UUID | None) -> None:
        zone = chosen.get(organisation_id, str(settings.TIME_ZONE))
        if clocks.get(organisation_id) != zone:
            set_clock(organisation_id, zone, clocks.get(organisation_id, ""))

    owners = [None, *Organisation.objects.values_list("pk", flat=True)]
    tend_each(owners, set_if_changed, name="clocks")


def set_clock(organisation_id: UUID | None, zone: str, before: str) -> None:
    """Counts all days anew on the clocks of `zone`. `before`: the zone they were counted on; empty for none."""
    with transaction.atomic():
        lock_until_commit(f"rollup:days:{organisation_id}")
        clock: dict[str, Any] = {"organisation_id": organisation_id, "defaults": {"time_zone": zone}}
        DayClock.objects.update_or_create(**clock)
        for roll_up in ROLL_UPS.values():
            roll_up.days.objects.filter(organisation=organisation_id).delete()
            _count_days(organisation_id, roll_up, None)
        # Buckets that were wide enough for the clocks before may hold a midnight of these.
        if bucket_minutes(zone) < bucket_minutes(before or "UTC"):
            recount(organisation_id)


def days_of(hours: Collection[datetime], zone: str) -> set[date]:
    """The days that these hours of UTC touch on the clocks of a zone."""
    # Where a midnight lies inside of an hour, it touches two days.
    ends = (hour + timedelta(minutes=minutes) for hour in hours for minutes in (0, 59))
    return {moment.astimezone(ZoneInfo(zone)).date() for moment in ends}


def recount(organisation_id: UUID | None) -> None:
    """Has every hour counted anew, of an organisation or of all."""
    with connection.cursor() as cursor:
        for source, roll_up in ROLL_UPS.items():
            cursor.execute(
                f"""
                INSERT INTO dashboards_changedhour (id, organisation_id, source, hour)
                SELECT gen_random_uuid(), organisation_id, %s, date_trunc('hour', hour, 'UTC')
                FROM {roll_up.hours._meta.db_table} WHERE %s::uuid IS NULL OR organisation_id = %s GROUP BY 2, 4
                """,  # noqa: S608  (names of tables)
                [source, organisation_id, organisation_id],
            )


def _count_days(organisation_id: UUID | None, roll_up: RollUp, days: list[date] | None) -> None:
    zone = time_zone(organisation_id)
    midnight = partial(datetime.combine, time=time_of_day.min, tzinfo=ZoneInfo(zone))
    parameters: dict[str, Any] = {
        "organisation": organisation_id,
        "zone": zone,
        "days": days,
        "since": midnight(days[0]) if days else moments.EARLIEST,
        "until": midnight(days[-1] + timedelta(days=1)) if days else moments.LATEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(roll_up.days_statement(whole=organisation_id is None), parameters)


def _count_hours(
    organisation_id: UUID, roll_up: RollUp, hours: Collection[datetime], zones: Collection[str]
) -> None:
    parameters: dict[str, Any] = {
        "organisation": organisation_id,
        "since": min(hours),
        "until": max(hours) + timedelta(hours=1),
        "hours": list(hours),
        "width": min(map(bucket_minutes, zones)),
    }
    with connection.cursor() as cursor:
        shrunk = statements.SHRUNK_HOURS.format(
            table=roll_up.rows._meta.db_table, hours=roll_up.hours._meta.db_table, count=roll_up.count
        )
        cursor.execute(shrunk, parameters)
        # Rows never leave an hour but by being deleted, and what was deleted stays counted.
        kept = {hour.astimezone(UTC) for (hour,) in cursor.fetchall()}
        parameters["hours"] = [hour for hour in hours if hour.astimezone(UTC) not in kept]
        cursor.execute(
            f"""
            DELETE FROM {roll_up.hours._meta.db_table}
            WHERE organisation_id = %(organisation)s AND hour >= %(since)s AND hour < %(until)s
                AND date_trunc('hour', hour, 'UTC') = ANY(%(hours)s)
            """,  # noqa: S608  (the name of a table)
            parameters,
        )
        cursor.execute(roll_up.hours_statement, parameters)

"""Rolling up: jobs and calls become counts and sums by hour, exactly once and at most a minute late."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from apps.accounts.models import Organisation
from apps.dashboards.rollups import statements
from apps.dashboards.rollups.buckets import bucket_minutes
from apps.dashboards.rollups.models import AnalyticsSettings, CallHour, ChangedHour, JobHour
from apps.inference.models import InferenceCall
from apps.jobs.models import Job

# How many days of organisations are looked up at once; the next look finds what changed meanwhile.
BATCH_DAYS = 100


@dataclass(frozen=True)
class RollUp:
    rows: type[Job] | type[InferenceCall]
    hours: type[JobHour] | type[CallHour]
    count: str
    statement: str


ROLL_UPS = {
    ChangedHour.Source.JOBS: RollUp(Job, JobHour, "jobs", statements.JOB_HOURS),
    ChangedHour.Source.CALLS: RollUp(InferenceCall, CallHour, "calls", statements.CALL_HOURS),
}


def roll_up(*, seconds: float) -> int:
    """Rolls up hours that changed, the latest first, until none is left or the time is over. Answers how many."""
    deadline, hours_count = time.monotonic() + seconds, 0
    while days := changed_days():
        for organisation_id, source, day in days:
            hours_count += roll_up_day(organisation_id, source, day)
            if time.monotonic() > deadline:
                return hours_count
    return hours_count


def changed_days() -> list[tuple[UUID, str, datetime]]:
    """Organisation, source and day of UTC, the latest first: a first roll-up of years begins with today."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT organisation_id, source, date_trunc('day', hour, 'UTC') AS day FROM dashboards_changedhour
            GROUP BY 1, 2, 3 ORDER BY day DESC, source, organisation_id LIMIT %s
            """,
            [BATCH_DAYS],
        )
        return list(cursor.fetchall())


@transaction.atomic
def roll_up_day(organisation_id: UUID, source: str, day: datetime) -> int:
    """Counts the changed hours of a day anew from their rows. Answers how many.

    Workers at it at once take turns. What commits while this one counts leaves another note, and is counted again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"rollup:{organisation_id}"])
        cursor.execute(
            """
            DELETE FROM dashboards_changedhour
            WHERE organisation_id = %s AND source = %s AND hour >= %s AND hour < %s RETURNING hour
            """,
            [organisation_id, source, day, day + timedelta(days=1)],
        )
        hours = {hour for (hour,) in cursor.fetchall()}
    if hours and Organisation.objects.filter(pk=organisation_id).exists():
        _count_hours(organisation_id, ROLL_UPS[ChangedHour.Source(source)], hours)
    return len(hours)


def recount(organisation: Organisation) -> None:
    """Has every hour counted anew, as when buckets have to be of another width."""
    with connection.cursor() as cursor:
        for source, roll_up in ROLL_UPS.items():
            cursor.execute(
                f"""
                INSERT INTO dashboards_changedhour (id, organisation_id, source, hour)
                SELECT gen_random_uuid(), organisation_id, %s, date_trunc('hour', hour, 'UTC')
                FROM {roll_up.hours._meta.db_table} WHERE organisation_id = %s GROUP BY 2, 4
                """,  # noqa: S608  (names of tables)
                [source, organisation.pk],
            )


def _count_hours(organisation_id: UUID, roll_up: RollUp, hours: Collection[datetime]) -> None:
    chosen = AnalyticsSettings.objects.within(organisation_id).first() or AnalyticsSettings()
    parameters = {
        "organisation": organisation_id,
        "since": min(hours),
        "until": max(hours) + timedelta(hours=1),
        "hours": list(hours),
        "width": bucket_minutes(chosen.time_zone),
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
        cursor.execute(roll_up.statement, parameters)

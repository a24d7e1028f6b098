"""How the whole installation does, over all organisations: each in a query or two, whatever there is."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from apps.accounts.models import Membership, Organisation, User
from apps.dashboards.rollups.selectors import job_hours
from apps.inference import endpoint_status
from apps.inference.models import Endpoint
from apps.jobs.models import Job
from llm_backend.probe import ProbeResult

HOURS = 24
WEEK = timedelta(days=7)
RECENT = timedelta(days=30)


@dataclass(frozen=True)
class People:
    organisations: int
    new_organisations: int
    users: int
    members: int


@dataclass(frozen=True)
class JobsOfADay:
    """How many jobs there were in each hour until now, and in the same hours a week before. `failures`: error code →
    how many.
    """

    hours: list[datetime]
    now: list[int]
    before: list[int]
    failures: list[tuple[str, int]]

    @property
    def failed(self) -> int:
        return sum(count for _code, count in self.failures)


@dataclass(frozen=True)
class Storage:
    free: int
    total: int
    database: int

    @property
    def used_percent(self) -> int:
        return round(100 * (self.total - self.free) / self.total)


def people() -> People:
    since = timezone.now() - RECENT
    return People(
        organisations=Organisation.objects.count(),
        new_organisations=Organisation.objects.filter(created_at__gte=since).count(),
        users=User.objects.filter(is_active=True).count(),
        members=Membership.objects.filter(is_active=True).count(),
    )


def jobs_of_a_day() -> JobsOfADay:
    end = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    hours = [end - timedelta(hours=HOURS - number) for number in range(HOURS)]

    def counts(begin: datetime) -> list[int]:
        # Buckets may be shorter than an hour where an organisation's clocks want it.
        found = [0] * HOURS
        rows = job_hours(None).filter(hour__gte=begin, hour__lt=begin + timedelta(hours=HOURS))
        for hour, jobs in rows.values_list("hour").annotate(jobs_sum=Sum("jobs")).order_by():
            found[int((hour - begin) / timedelta(hours=1))] += jobs
        return found

    failed = job_hours(None).filter(hour__gte=hours[0], state=Job.State.FAILED)
    failures = failed.values_list("error_code").annotate(jobs_sum=Sum("jobs")).order_by("-jobs_sum")
    return JobsOfADay(hours, counts(hours[0]), counts(hours[0] - WEEK), list(failures))


def shared_endpoints() -> list[tuple[Endpoint, ProbeResult | None]]:
    """The installation's own engines, as they were seen last; no page waits for one."""
    rows = Endpoint.objects.shared().filter(is_enabled=True).in_fallback_order()
    statuses = [(endpoint, endpoint_status.latest(endpoint)) for endpoint in rows]
    return [(endpoint, status.observation if status else None) for endpoint, status in statuses]


def storage() -> Storage:
    disk = shutil.disk_usage(settings.STATE_DIR)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (database,) = cursor.fetchone()
    return Storage(disk.free, disk.total, database)

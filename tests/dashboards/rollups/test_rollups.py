"""Jobs and calls become counts by hour: exactly once, whoever else is at it, whatever happens to the rows later."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.analytics.periods import Period
from apps.analytics.reports import total
from apps.core.time_zones import time_zones
from apps.dashboards.rollups import services
from apps.dashboards.rollups.buckets import bucket_minutes
from apps.dashboards.rollups.models import (
    AnalyticsSettings,
    CallHour,
    ChangedDay,
    ChangedHour,
    JobDay,
    JobHour,
)
from apps.dashboards.rollups.quantiles import BinSum, quantile
from apps.dashboards.rollups.selectors import INSTALLATION, Slice, call_hours, job_hours
from apps.inference.models import InferenceCall
from apps.jobs import lifecycle
from apps.jobs.models import Job

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def make_jobs(organisation: Organisation, count: int = 1, at: datetime = NOON, **fields: Any) -> list[Job]:
    values = {"kind": "translation.translate_text", "queue": "batch", "created_at": at, "available_at": at}
    return [Job.objects.create(organisation=organisation, **{**values, **fields}) for _ in range(count)]


def make_calls(organisation: Organisation, count: int = 1, at: datetime = NOON, **fields: Any) -> None:
    values = {"purpose": "chat", "model": "small", "status": "succeeded", "created_at": at}
    InferenceCall.objects.bulk_create(
        InferenceCall(organisation=organisation, **{**values, **fields}) for _ in range(count)
    )


def states(organisation: Organisation) -> dict[str, int]:
    rows = job_hours(organisation).values_list("state").annotate(count=Sum("jobs")).order_by("state")
    return dict(rows)


@dataclass(frozen=True)
class Jobs:
    jobs: int = total(Sum("jobs", default=0))


def roll_up() -> int:
    return services.roll_up(seconds=60)


@pytest.mark.django_db
def test_jobs_and_calls_are_counted_by_hour_and_by_what_they_have_in_common(tea_house: Organisation) -> None:
    [job, *_] = make_jobs(tea_house, 3)
    make_jobs(tea_house, at=NOON + timedelta(hours=1), kind="log_analysis.read_file")
    make_calls(tea_house, 4, job=job, input_tokens=10, output_tokens=7, cost="0.000123", audio_ms=1500)

    assert roll_up() == 3

    rows = job_hours(tea_house).order_by("hour").values_list("hour", "desk", "kind", "jobs")
    assert list(rows) == [
        (NOON, "translation", "translation.translate_text", 3),
        (NOON + timedelta(hours=1), "log_analysis", "log_analysis.read_file", 1),
    ]
    call = call_hours(tea_house).get()
    assert (call.desk, call.calls, call.input_tokens, call.output_tokens) == ("translation", 4, 40, 28)
    assert (str(call.cost), str(call.audio_seconds)) == ("0.000492", "6.000")


@pytest.mark.django_db
def test_a_job_that_changes_its_state_or_starts_over_is_counted_once_in_its_own_hour(
    tea_house: Organisation,
) -> None:
    [job] = make_jobs(tea_house)
    roll_up()
    assert states(tea_house) == {"queued": 1}

    running = lifecycle.claim(job.pk)
    assert running
    lifecycle.fail(running, code="model_unavailable", message="away")
    roll_up()
    assert states(tea_house) == {"failed": 1}

    lifecycle.requeue_ended(job)
    roll_up()

    assert states(tea_house) == {"queued": 1}
    assert job_hours(tea_house).get().hour == NOON


@pytest.mark.django_db
def test_what_did_not_change_is_not_counted_again(tea_house: Organisation) -> None:
    [job] = make_jobs(tea_house)
    roll_up()
    Job.objects.filter(pk=job.pk).update(progress=0.5)

    assert roll_up() == 0


@pytest.mark.django_db
def test_deleted_jobs_stay_counted_also_when_their_hour_changes_later(tea_house: Organisation) -> None:
    gone, kept = make_jobs(tea_house, 2)
    roll_up()
    gone.delete()
    lifecycle.cancel_queued(kept)

    roll_up()

    assert job_hours(tea_house).aggregate(count=Sum("jobs")) == {"count": 2}


@pytest.mark.django_db
def test_an_erased_job_stays_counted(tea_house: Organisation) -> None:
    make_jobs(tea_house, 2, subject="conversation:1")
    lifecycle.erase(Job.objects.within(tea_house))

    roll_up()

    assert states(tea_house) == {"cancelled": 2}


@pytest.mark.django_db
def test_an_organisation_sees_its_own_and_an_operator_all(
    tea_house: Organisation, rival: Organisation
) -> None:
    make_jobs(tea_house, 2)
    make_jobs(rival)
    make_calls(rival)
    roll_up()

    assert job_hours(tea_house).get().jobs == 2
    assert job_hours(None).aggregate(count=Sum("jobs")) == {"count": 3}
    assert not call_hours(tea_house).exists()
    days = Slice(JobDay, INSTALLATION, Period(NOON.date(), NOON.date(), "UTC"))
    by_owner = {group.key[0]: group.totals.jobs for group in days.groups(Jobs, "owner")}
    assert by_owner == {tea_house.pk: 2, rival.pk: 1}
    assert days.total(Jobs).jobs == 3


@pytest.mark.django_db
def test_a_period_with_nothing_in_it_is_zero(tea_house: Organisation) -> None:
    nothing = Slice(JobDay, tea_house, Period(date(1999, 1, 1), date(1999, 12, 31), "UTC"))

    assert nothing.total(Jobs) == Jobs(0)
    assert nothing.groups(Jobs, "member") == []


@pytest.mark.django_db
def test_days_are_counted_anew_when_an_organisation_moves_to_other_clocks(tea_house: Organisation) -> None:
    make_jobs(tea_house, 2, at=datetime(2026, 3, 2, 20, tzinfo=UTC))
    year = Period(date(2026, 1, 1), date(2026, 12, 31), "UTC")
    days = {}
    for zone in ("America/New_York", "Asia/Tokyo"):
        AnalyticsSettings.objects.update_or_create(organisation=tea_house, defaults={"time_zone": zone})
        roll_up()
        days[zone] = [group.key for group in Slice(JobDay, tea_house, year).groups(Jobs, "date", "state")]

    assert days["America/New_York"] == [(date(2026, 3, 2), "queued")]
    assert days["Asia/Tokyo"] == [(date(2026, 3, 3), "queued")]


@pytest.mark.django_db
def test_waits_and_runs_of_jobs_are_within_five_per_cent_in_any_merge(tea_house: Organisation) -> None:
    for hour in range(4):
        for seconds in range(1, 26):
            due = NOON + timedelta(hours=hour)
            started = due + timedelta(seconds=4 * (seconds - 1) + hour + 1)
            make_jobs(
                tea_house,
                at=due,
                state="succeeded",
                result={},
                started_at=started,
                finished_at=started + timedelta(milliseconds=10),
            )
    roll_up()

    bins = job_hours(tea_house).aggregate(waits=BinSum("wait_bins"), runs=BinSum("run_bins"))

    for fraction in (0.5, 0.95, 0.99):
        assert quantile(bins["waits"], fraction) == pytest.approx(100 * fraction, rel=0.05)
    assert quantile(bins["runs"], 0.99) == pytest.approx(0.01, rel=0.05)
    assert quantile(None, 0.5) is None


@pytest.mark.django_db
def test_a_job_that_waits_for_another_attempt_has_no_wait_yet(tea_house: Organisation) -> None:
    make_jobs(tea_house, at=NOON, started_at=NOON - timedelta(seconds=30))
    roll_up()

    row = job_hours(tea_house).get()
    assert (row.waits, row.wait_bins, row.runs) == (0, None, 0)


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [("Asia/Shanghai", 60), ("Europe/Berlin", 60), ("Asia/Kolkata", 30), ("Asia/Kathmandu", 15)],
)
def test_buckets_are_as_wide_as_the_clocks_of_a_zone_allow(zone: str, minutes: int) -> None:
    assert bucket_minutes(zone) == minutes


@pytest.mark.django_db
def test_a_zone_that_the_database_cannot_count_by_is_not_chosen(alice_browser: Client) -> None:
    """Python knows it as the clocks of the machine. Where one organisation has it, no organisation is counted."""
    page = alice_browser.post("/analytics/settings/", {"time_zone": "localtime", "currency": "CNY"})

    assert "“localtime” is not in it" in page.text
    assert not AnalyticsSettings.objects.exists()
    assert "localtime" not in time_zones()
    assert {"Asia/Kathmandu", "UTC"} <= time_zones()


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu"])
def test_days_stay_exact_when_an_organisation_moves_to_a_zone_of_half_hours(
    zone: str, tea_house: Organisation
) -> None:
    midnight = datetime(2026, 3, 3, tzinfo=ZoneInfo(zone))
    make_jobs(tea_house, 3, at=midnight - timedelta(seconds=1))
    make_jobs(tea_house, 2, at=midnight)
    roll_up()

    AnalyticsSettings.objects.create(organisation=tea_house, time_zone=zone)
    roll_up()

    period = Period(date(2026, 3, 1), date(2026, 3, 4), zone)
    days = {
        group.key[0]: group.totals.jobs for group in Slice(JobDay, tea_house, period).groups(Jobs, "date")
    }
    assert days == {date(2026, 3, 2): 3, date(2026, 3, 3): 2}
    hours = Slice(JobDay, tea_house, period, {"kind": "translation.translate_text", "queue": "batch"})
    assert {group.key[0]: group.totals.jobs for group in hours.groups(Jobs, "date")} == days


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_workers_that_roll_up_at_once_count_nothing_twice(tea_house: Organisation) -> None:
    make_jobs(tea_house, 20)
    make_calls(tea_house, 30, at=NOON)

    def work(_worker: int) -> None:
        try:
            for _ in range(5):
                services.recount(tea_house.pk)
                roll_up()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(work, range(3))) == [None, None, None]

    assert JobHour.objects.aggregate(count=Sum("jobs")) == {"count": 20}
    assert CallHour.objects.aggregate(count=Sum("calls")) == {"count": 30}
    assert JobDay.objects.filter(dimension="tool", organisation=tea_house).get().jobs == 20
    assert not ChangedHour.objects.exists()
    assert not ChangedDay.objects.exists()


@pytest.mark.django_db
def test_a_row_that_arrives_late_for_its_hour_is_found(tea_house: Organisation) -> None:
    make_calls(tea_house, at=timezone.now())
    roll_up()
    make_calls(tea_house, 2, at=timezone.now() - timedelta(days=40))

    assert roll_up() == 1
    assert call_hours(tea_house).aggregate(count=Sum("calls")) == {"count": 3}

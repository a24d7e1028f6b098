from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.core.errors import Conflict, InvalidInput
from apps.jobs import job_types, lifecycle, schedules, services
from apps.jobs.models import Job, Schedule
from tests.conftest import ApiClient
from tests.inference.used_up import use_up_requests

REPORT = job_types.JobType(
    "tests.report",
    queue="batch",
    label="Report",
    is_repeatable=True,
    may_see=job_types.holders_of("jobs.view"),
    may_cancel=job_types.holders_of("jobs.manage"),
)
ONCE = job_types.JobType(
    "tests.once",
    queue="batch",
    label="Once",
    may_see=job_types.holders_of("jobs.view"),
    may_cancel=job_types.holders_of("jobs.manage"),
)
MONDAY = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)


def daily(actor: Actor) -> Schedule:
    job = services.create_job(actor, kind=REPORT, inputs={"report_id": "7"})
    return schedules.repeat_job(actor, job, name="Daily", cron="0 7 * * *", time_zone="UTC")


def made_by(schedule: Schedule) -> list[Job]:
    return list(Job.objects.filter(subject=f"schedule:{schedule.pk}"))


def test_a_due_schedule_makes_its_job_once(alice_actor: Actor) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        schedule = daily(alice_actor)
        assert schedules.run_due() == 0
        clock.shift(timedelta(minutes=31))

        assert schedules.run_due() == 1
        assert schedules.run_due() == 0

    [job] = made_by(schedule)
    assert (job.kind, job.inputs, job.member) == ("tests.report", {"report_id": "7"}, alice_actor.member)
    schedule.refresh_from_db()
    assert schedule.last_job == job
    assert schedule.next_run_at == MONDAY.replace(day=3, hour=7, minute=0)


def test_an_erased_job_is_not_repeated(alice_actor: Actor) -> None:
    job = services.create_job(alice_actor, kind=REPORT, inputs={"report_id": "7"})
    lifecycle.erase(Job.objects.filter(pk=job.pk))
    job.refresh_from_db()

    with pytest.raises(Conflict):
        schedules.repeat_job(alice_actor, job, name="Daily", cron="0 7 * * *", time_zone="UTC")


def test_a_schedule_whose_time_zone_is_gone_stops_and_says_why(alice_actor: Actor) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        gone, other = daily(alice_actor), daily(alice_actor)
        Schedule.objects.filter(pk=gone.pk).update(time_zone="Mars/Olympus")
        clock.shift(timedelta(minutes=31))

        assert schedules.run_due() == 1

    gone.refresh_from_db()
    assert (gone.is_enabled, len(made_by(other))) == (False, 1)
    assert "Asia/Shanghai" in gone.last_error


def test_two_workers_that_see_the_same_schedule_make_one_job(alice_actor: Actor) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        schedule = daily(alice_actor)
        clock.shift(timedelta(hours=1))
        due = Schedule.objects.select_related("member__user", "member__organisation")
        seen_by_two = [due.get(), due.get()]

        assert [schedules._run(seen) for seen in seen_by_two] == [True, False]

    assert len(made_by(schedule)) == 1


def test_missed_times_are_made_up_for_once(alice_actor: Actor) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        schedule = daily(alice_actor)
        clock.shift(timedelta(days=5))
        schedules.run_due()
        schedules.run_due()

    assert len(made_by(schedule)) == 1


def test_a_schedule_whose_quota_is_used_up_says_so_and_tries_again_the_next_time(alice_actor: Actor) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        schedule = daily(alice_actor)
        use_up_requests(alice_actor)
        clock.shift(timedelta(minutes=31))

        assert schedules.run_due() == 0

    schedule.refresh_from_db()
    assert (schedule.is_enabled, made_by(schedule)) == (True, [])
    assert "quota" in schedule.last_error


def test_times_follow_the_clocks_of_the_zone() -> None:
    before_summer_time = datetime(2026, 3, 28, 12, tzinfo=UTC)

    first = schedules.next_time("0 7 * * *", "Europe/Berlin", after=before_summer_time)

    assert first.astimezone(UTC).hour == 5


def test_times_are_read_in_the_width_of_a_chinese_keyboard() -> None:
    typed = schedules.next_time("０ ７ ＊ ＊ １－５", "UTC", after=MONDAY)

    assert (
        typed == schedules.next_time("0 7 * * 1-5", "UTC", after=MONDAY) == MONDAY.replace(hour=7, minute=0)
    )


@pytest.mark.parametrize(
    ("cron", "time_zone", "field"),
    [
        ("daily", "UTC", "cron"),
        ("* * * * * *", "UTC", "cron"),
        ("61 * * * *", "UTC", "cron"),
        ("0 0 32 1 *", "UTC", "cron"),
        ("61 0 30 2 *", "UTC", "cron"),
        ("0 0 30 2 *", "UTC", "cron"),
        ("0 7 * * *", "Mars/Olympus", "time_zone"),
        ("0 7 * * *", "../../etc/passwd", "time_zone"),
    ],
)
def test_nonsense_is_refused_by_field(cron: str, time_zone: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        schedules.next_time(cron, time_zone, after=MONDAY)

    assert list(refusal.value.fields) == [field]
    told = str(refusal.value.fields[field][0])
    assert ("No such day comes" in told) == (cron == "0 0 30 2 *")


def test_only_repeatable_kinds_are_repeated(alice_actor: Actor) -> None:
    job = services.create_job(alice_actor, kind=ONCE, inputs={})

    with pytest.raises(Conflict):
        schedules.repeat_job(alice_actor, job, name="n", cron="0 7 * * *", time_zone="UTC")


def test_a_schedule_stops_when_its_person_leaves(alice_actor: Actor, charlie: object) -> None:
    Membership.objects.filter(user=charlie).update(role="admin")
    member = Membership.objects.select_related("user", "organisation").get(user=charlie)
    with time_machine.travel(MONDAY, tick=False) as clock:
        schedule = daily(Actor.from_member(member))
        accounts.deactivate_member(alice_actor, member)
        clock.shift(timedelta(days=1))
        schedules.run_due()

    schedule.refresh_from_db()
    assert made_by(schedule) == []
    assert not schedule.is_enabled
    assert schedule.last_error


def test_the_api_repeats_lists_changes_and_deletes(
    alice_browser: Client, alice_actor: Actor, alice_api: ApiClient
) -> None:
    job = services.create_job(alice_actor, kind=REPORT, inputs={})
    body = {"job_id": str(job.pk), "name": "Daily", "cron": "0 7 * * *", "time_zone": "Asia/Shanghai"}

    made = alice_browser.post("/api/v1/schedules/", body, content_type="application/json")
    path = f"/api/v1/schedules/{made.json()['id']}/"
    changed = alice_api.patch(path, {"is_enabled": False}, content_type="application/json")

    assert made.status_code == 201
    assert changed.json()["is_enabled"] is False
    assert len(alice_api.get("/api/v1/schedules/").json()["results"]) == 1
    assert alice_api.delete(path).status_code == 204


def test_a_foreign_job_cannot_be_repeated(bob_browser: Client, alice_actor: Actor) -> None:
    job = services.create_job(alice_actor, kind=REPORT, inputs={})
    body = {"job_id": str(job.pk), "name": "Daily", "cron": "0 7 * * *", "time_zone": "UTC"}

    answer = bob_browser.post("/api/v1/schedules/", body, content_type="application/json")

    assert answer.status_code == 400
    assert "job_id" in answer.json()["error"]["fields"]


def test_the_portal_repeats_changes_and_deletes(alice_browser: Client, alice_actor: Actor) -> None:
    job = services.create_job(alice_actor, kind=REPORT, inputs={})
    form = {"name": "Daily", "cron": "0 7 * * *", "time_zone": "UTC"}

    assert f"/jobs/{job.pk}/repeat/" in alice_browser.get(f"/jobs/{job.pk}/").content.decode()
    refused = alice_browser.post(f"/jobs/{job.pk}/repeat/", {**form, "cron": "never"})
    alice_browser.post(f"/jobs/{job.pk}/repeat/", form)
    schedule = Schedule.objects.get()
    alice_browser.post(f"/jobs/schedules/{schedule.pk}/", {**form, "name": "Nightly", "is_enabled": "on"})

    assert refused.context["form"].errors["cron"]
    assert "Nightly" in alice_browser.get("/jobs/schedules/").content.decode()
    alice_browser.post(f"/jobs/schedules/{schedule.pk}/delete/")
    assert not Schedule.objects.exists()

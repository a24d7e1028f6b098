"""A run of one's own again by the clock, as long as its member may; and other systems are told of results."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.core.errors import Conflict, PermissionDenied
from apps.jobs import lifecycle, runs, schedules
from apps.jobs.models import Job, Schedule, Webhook, WebhookDelivery
from apps.jobs.runs import JobRun
from apps.workbench import app_schedules, selectors, services
from apps.workbench.models import App, AppRun, AppSchedule
from tests.workbench.conftest import INPUTS, REPLY, WISHES, Answers, RunApp

pytestmark = pytest.mark.django_db
TIMES: dict[str, Any] = {"name": "Every morning", "cron": "0 7 * * *", "time_zone": "UTC"}


def due(schedule: Schedule) -> Job | None:
    """What the clock and a worker do when its time has come."""
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=timezone.now() - timedelta(minutes=1))
    schedules.run_due()
    schedule.refresh_from_db()
    if schedule.last_job_id:
        runs.execute(schedule.last_job_id)
    return schedule.last_job


def test_a_scheduled_run_has_the_same_inputs_and_is_its_members(alice_actor: Actor, reply_app: App) -> None:
    run = services.start_run(alice_actor, reply_app, inputs=INPUTS)
    schedule = app_schedules.schedule_run(alice_actor, run, **TIMES)
    run.delete()

    due(schedule)

    made = AppRun.objects.get()
    assert (made.inputs, made.member, made.occasion) == (INPUTS, alice_actor.member, AppRun.Occasion.USE)
    assert "mail" not in str(schedule.inputs), "they lie sealed"
    assert made.job
    assert made.job.queue == "batch", "people do not wait behind it"


def test_a_worker_that_is_gone_before_the_end_starts_no_run_beside_that_of_the_next(
    alice_actor: Actor, reply_app: App
) -> None:
    run = services.start_run(alice_actor, reply_app, inputs=INPUTS)
    schedule = app_schedules.schedule_run(alice_actor, run, **TIMES)
    run.delete()
    key = UUID(schedule.inputs["app_schedule_id"])
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=timezone.now() - timedelta(minutes=1))
    schedules.run_due()
    schedule.refresh_from_db()
    job = lifecycle.claim(str(schedule.last_job_id))
    assert job
    lifecycle.take_back(job)

    with pytest.raises(lifecycle.LeaseLost):
        app_schedules.run_scheduled(JobRun(job), app_schedule_id=key)
    runs.execute(job.pk)

    made = AppRun.objects.get()
    assert Job.objects.get(pk=job.pk).result == {"app_run": str(made.pk)}


def test_a_lost_right_stops_the_schedule_and_says_so(
    alice_actor: Actor, colleague_actor: Actor, reply_app: App
) -> None:
    schedule = app_schedules.schedule_run(
        colleague_actor, services.start_run(colleague_actor, reply_app, inputs=INPUTS), **TIMES
    )
    seen = selectors.current_version(reply_app).fingerprint
    services.save_draft(alice_actor, reply_app, text=REPLY + "use: {roles: [admin]}\n", seen=seen)
    services.publish_app(alice_actor, reply_app)
    assert colleague_actor.member
    colleague_actor.member.role = "analyst"
    colleague_actor.member.save()

    due(schedule)

    schedule.refresh_from_db()
    assert not schedule.is_enabled
    assert "cannot be run like this any more" in schedule.last_error
    assert AppRun.objects.count() == 1


def test_an_app_that_takes_other_inputs_stops_the_schedule(alice_actor: Actor, reply_app: App) -> None:
    run = services.start_run(alice_actor, reply_app, inputs=INPUTS)
    schedule = app_schedules.schedule_run(alice_actor, run, **TIMES)
    seen = selectors.current_version(reply_app).fingerprint
    services.save_draft(alice_actor, reply_app, text=REPLY.replace("warm: Warm", "kind: Kind"), seen=seen)
    services.publish_app(alice_actor, reply_app)

    due(schedule)

    schedule.refresh_from_db()
    assert not schedule.is_enabled


def test_trials_and_others_are_not_scheduled(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=REPLY)
    run = services.start_trial(alice_actor, app, inputs=INPUTS)
    user = Actor(alice_actor.organisation, frozenset({"workbench.use"}), member=alice_actor.member)

    with pytest.raises(Conflict):
        app_schedules.schedule_run(alice_actor, run, **TIMES)
    with pytest.raises(PermissionDenied):
        app_schedules.schedule_run(user, run, **TIMES)


def test_the_page_of_a_run_leads_to_its_schedule(
    alice_browser: Client, answers: Answers, run_app: RunApp, reply_app: App
) -> None:
    answers(WISHES, "On their way.")
    run = run_app(reply_app, **INPUTS)
    address = f"/apps/runs/{run.pk}/schedule/"
    assert address in alice_browser.get(run.get_absolute_url()).content.decode()
    assert "Asia/Shanghai" in alice_browser.get(address).content.decode()

    alice_browser.post(address, TIMES)

    assert AppSchedule.objects.get().inputs == INPUTS
    assert "Every morning" in alice_browser.get("/jobs/schedules/").content.decode()


def test_other_systems_are_told_of_results_by_ids(
    alice_actor: Actor, answers: Answers, run_app: RunApp, reply_app: App
) -> None:
    Webhook.objects.create(
        organisation=alice_actor.organisation, url="https://tea.example/", events=["app_run.finished"]
    )
    answers(WISHES, "On their way.")

    run = run_app(reply_app, **INPUTS)

    delivery = WebhookDelivery.objects.get()
    assert delivery.payload["data"] == {
        "app_run_id": str(run.pk), "app": "reply", "version": 1, "failed_checks": 0,
    }  # fmt: skip

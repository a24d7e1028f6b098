"""Whose a job is: its kind says so, and page, API, events, cancel, retry, schedules and deliveries all ask it."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.jobs import job_types, lifecycle, schedules, selectors, services
from apps.jobs.models import Job, Schedule, Webhook, WebhookDelivery
from apps.knowledge.services import REEMBED_COLLECTION
from apps.medical_records.drafting.services import DRAFT_RECORD
from tests.conftest import api_client, browser_of

SECRET = job_types.JobType("tests.undeclared", queue="batch", label="Nobody's", is_repeatable=True)
PATHS = ("/jobs/{}/", "/api/v1/jobs/{}/", "/api/v1/jobs/{}/events/")
CHANGES = (
    "/jobs/{}/cancel/",
    "/jobs/{}/retry/",
    "/jobs/{}/repeat/",
    "/api/v1/jobs/{}/cancel/",
    "/api/v1/jobs/{}/retry/",
)


def member(organisation: Organisation, role: str) -> Actor:
    user = User.objects.create_user(f"{role}@tea.example", name=role)
    return Actor.from_member(Membership.objects.create(organisation=organisation, user=user, role=role))


def browser(actor: Actor) -> Client:
    assert actor.member
    return browser_of(actor.member.user)


def queued(actor: Actor, kind: job_types.JobType) -> Job:
    return services.create_job(actor, kind=kind, inputs={"secret": "green tea"}, subject="x")


def test_every_kind_says_whose_its_jobs_are() -> None:
    undeclared = [
        kind.name
        for kind in job_types.all_kinds()
        if not kind.name.startswith("tests.") and job_types.nobody in (kind.may_see, kind.may_cancel)
    ]

    assert undeclared == []


@pytest.mark.slow
def test_a_kind_that_says_nothing_is_seen_by_nobody(alice_browser: Client, alice_actor: Actor) -> None:
    job = queued(alice_actor, SECRET)

    assert {alice_browser.get(path.format(job.pk)).status_code for path in PATHS} == {404}
    assert {alice_browser.post(path.format(job.pk)).status_code for path in CHANGES} == {404}
    assert str(job.pk) not in alice_browser.get("/jobs/").text + alice_browser.get("/api/v1/jobs/").text


@pytest.mark.parametrize(
    ("role", "kind", "sees", "changes"),
    [
        ("viewer", "knowledge.reembed_collection", True, False),
        ("marketer", "knowledge.reembed_collection", True, True),
        ("clinician", "knowledge.reembed_collection", True, False),
        ("clinician", "customer_service.answer_message", False, False),
        ("analyst", "customer_service.answer_message", True, False),
        ("agent", "customer_service.answer_message", True, True),
        ("agent", "customer_service.run_regression", True, False),
        ("agent", "medical_records.learn_codes", False, False),
        ("operator", "inference.check_contract", True, False),
        ("admin", "medical_records.learn_codes", True, True),
        ("admin", "medical_records.draft_record", False, False),
        ("clinician", "medical_records.draft_record", False, False),
        ("agent", "speech.transcribe_recording", False, False),
    ],
)
def test_each_role_reaches_the_jobs_of_its_work(
    tea_house: Organisation, alice_actor: Actor, role: str, kind: str, sees: bool, changes: bool
) -> None:
    job = queued(alice_actor, job_types.by_name(kind))
    actor = member(tea_house, role)

    assert selectors.visible_jobs(actor).filter(pk=job.pk).exists() == sees
    assert selectors.changeable_jobs(actor).filter(pk=job.pk).exists() == changes
    assert (browser(actor).get(f"/api/v1/jobs/{job.pk}/").status_code == 200) == sees
    assert (browser(actor).post(f"/api/v1/jobs/{job.pk}/cancel/").status_code == 202) == changes


def test_an_owner_sees_the_draft_of_a_patient_and_a_narrow_key_does_not(alice_actor: Actor) -> None:
    job = queued(alice_actor, job_types.by_name("customer_service.answer_message"))
    narrow, wide = api_client(alice_actor, "jobs.view", "jobs.manage"), api_client(alice_actor)

    assert wide.get(f"/api/v1/jobs/{job.pk}/").status_code == 200
    for path in PATHS[1:]:
        assert narrow.get(path.format(job.pk)).status_code == 404
    assert narrow.post(f"/api/v1/jobs/{job.pk}/cancel/").status_code == 404
    assert narrow.get("/api/v1/jobs/").json()["results"] == []


def test_a_schedule_stops_when_its_person_may_do_it_no_longer(
    alice_actor: Actor, tea_house: Organisation
) -> None:
    marketer = member(tea_house, "marketer")
    job = services.create_job(marketer, kind=REEMBED_COLLECTION, inputs={"collection_id": "7"})
    schedule = schedules.repeat_job(marketer, job, name="Daily", cron="* * * * *", time_zone="UTC")
    Membership.objects.filter(pk=marketer.member.pk).update(role="viewer")  # type: ignore[union-attr]
    Schedule.objects.update(next_run_at=schedule.created_at)

    assert schedules.run_due() == 0

    schedule.refresh_from_db()
    assert not schedule.is_enabled
    assert "no longer has permission" in schedule.last_error


def test_deliveries_tell_of_visible_jobs_alone(tea_house: Organisation, alice_actor: Actor) -> None:
    webhook = Webhook.objects.create(
        organisation=tea_house, url="https://x.example/", secret="s", events=["job.failed"]
    )
    hidden, shown = queued(alice_actor, DRAFT_RECORD), queued(alice_actor, REEMBED_COLLECTION)
    for job in (hidden, shown):
        WebhookDelivery.objects.create(
            organisation=tea_house,
            webhook=webhook,
            job=job,
            subject=job.subject,
            event="job.failed",
            payload={},
        )
    admin = member(tea_house, "admin")

    told = (
        browser(admin).get("/api/v1/webhook-deliveries/").text
        + browser(admin).get(f"/jobs/webhooks/{webhook.pk}/").text
    )

    assert str(shown.pk) in told
    assert str(hidden.pk) not in told


def test_the_start_page_tells_a_demoted_member_nothing(tea_house: Organisation) -> None:
    agent = member(tea_house, "agent")
    job = queued(agent, job_types.by_name("customer_service.copilot"))
    lifecycle.fail(lifecycle.claim(job.pk), code="broken", message="It broke.")
    assert selectors.recent_jobs(agent, limit=5) == [job]

    agent.member.role = "viewer"  # type: ignore[union-attr]

    assert selectors.recent_jobs(Actor.from_member(agent.member), limit=5) == []  # type: ignore[arg-type]

"""Finding jobs, and cancelling or running many of them again at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core import redis_client
from apps.core.models import earliest_id
from apps.jobs import broker, bulk, events, job_types, lifecycle, queues, selectors, services
from apps.jobs.models import Job, QueueControl
from tests.conftest import browser_of

SEEN: dict[str, Any] = {
    "may_see": job_types.holders_of("jobs.view"),
    "may_cancel": job_types.holders_of("jobs.manage"),
}
STORE = job_types.JobType("tests.many", queue="batch", label="Store the tea", **SEEN)
SHOWN = job_types.JobType(
    "tests.shown", queue="batch", label="Only shown", may_see=SEEN["may_see"], may_cancel=job_types.nobody
)


def queued(actor: Actor, subject: str = "", kind: job_types.JobType = STORE) -> Job:
    return services.create_job(actor, kind=kind, inputs={}, subject=subject)


def failed(actor: Actor, code: str = "broken", subject: str = "") -> Job:
    job = lifecycle.claim(queued(actor, subject).pk)
    assert job
    lifecycle.fail(job, code=code, message="It broke.")
    return job


def states(*jobs: Job) -> list[str]:
    by_id = dict(Job.objects.values_list("pk", "state"))
    return [by_id[job.pk] for job in jobs]


@pytest.mark.slow
def test_jobs_are_found_by_title_member_error_and_period(alice_browser: Client, alice_actor: Actor) -> None:
    cold, other = failed(alice_actor, "model_cold"), queued(alice_actor, kind=SHOWN)
    old = Job.objects.create(
        pk=earliest_id(timezone.now() - timedelta(days=9)),
        organisation=alice_actor.organisation,
        kind=SHOWN.name,
        queue="batch",
    )
    today = timezone.localdate()

    def found(query: str) -> set[Any]:
        page = alice_browser.get(f"/jobs/?{query}").content.decode()
        return {job.pk for job in (cold, other, old) if f"/jobs/{job.pk}/" in page}

    assert found("subject=THE+tea") == {cold.pk}
    assert found("error=broke") == {cold.pk}
    assert found("error=cold") == {cold.pk}
    assert found(f"member={alice_actor.member.pk}") == {cold.pk, other.pk}
    assert found(f"from={today - timedelta(days=10)}&to={today - timedelta(days=8)}") == {old.pk}
    assert found("from=0001-01-01&to=9999-12-31&member=x&error=") == {cold.pk, other.pk, old.pk}


def test_the_ticked_jobs_are_cancelled_and_others_left_as_they_are(
    alice_browser: Client, alice_actor: Actor, bob_actor: Actor
) -> None:
    waiting, rest, bobs = queued(alice_actor), queued(alice_actor), queued(bob_actor)
    running = lifecycle.claim(queued(alice_actor).pk)
    shown = queued(alice_actor, kind=SHOWN)
    ids = [job.pk for job in (waiting, running, bobs, shown)]

    answer = alice_browser.post("/jobs/change/?state=active", {"change": "cancel", "job": ids}, follow=True)

    assert answer.redirect_chain == [("/jobs/?state=active", 302)]
    assert "2 jobs were cancelled." in answer.content.decode()
    assert states(waiting, running, rest, bobs, shown) == [
        "cancelled",
        "running",
        "queued",
        "queued",
        "queued",
    ]
    assert Job.objects.get(pk=running.pk).cancel_requested_at
    assert redis_client.synchronous().xrange(events.stream_key(waiting.pk))[-1][1][b"t"] == b"cancelled"
    line = AuditEntry.objects.get(action="jobs.cancelled")
    assert (line.details, line.actor_name) == ({"rows": 2}, "Alice")


def test_all_that_fit_run_again_in_portions(
    alice_browser: Client, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [failed(alice_actor, "model_cold") for _ in range(5)]
    other = failed(alice_actor, "worker_lost")
    monkeypatch.setattr(bulk, "SLICE_ROWS", 2)
    redis_client.synchronous().flushdb()

    outcome = bulk.change_of_actor(
        alice_actor, "retry", selectors.narrowed(selectors.changeable_jobs(alice_actor), {"error": "cold"})
    )

    assert (outcome.total, outcome.has_more) == (5, False)
    assert states(*jobs, other) == ["queued"] * 5 + ["failed"]
    assert broker.waiting_messages("batch") == 5
    monkeypatch.setattr(bulk, "MAX_AT_ONCE", 0)
    rest = bulk.retry(Job.objects.all())
    assert (rest.total, rest.has_more) == (0, True)


def test_jobs_of_a_queue_that_runs_empty_are_not_run_again(alice_actor: Actor) -> None:
    job = failed(alice_actor)
    queues.change_mode("batch", QueueControl.Mode.DRAINING, changed_by="Olga")

    assert bulk.retry(Job.objects.all()).total == 0
    assert states(job) == ["failed"]


def test_nothing_is_changed_without_a_choice_or_without_the_permission(
    alice_browser: Client, charlie: User, alice_actor: Actor
) -> None:
    job = queued(alice_actor)

    page = alice_browser.post("/jobs/change/", {"change": "cancel"}, follow=True).content.decode()
    assert "notice-warn" in page
    assert alice_browser.post("/jobs/change/", {"change": "burn", "all": "1"}).status_code == 302
    viewer = browser_of(charlie)
    assert viewer.post("/jobs/change/", {"change": "cancel", "all": "1"}).status_code == 403
    assert 'name="job"' not in viewer.get("/jobs/").content.decode()
    assert states(job) == ["queued"]


def test_the_page_of_a_job_says_that_its_queue_is_paused(alice_browser: Client, alice_actor: Actor) -> None:
    job = queued(alice_actor)
    assert "paused" not in alice_browser.get(f"/jobs/{job.pk}/").content.decode()

    queues.change_mode("batch", QueueControl.Mode.PAUSED, changed_by="Olga")

    assert "The queue is paused." in alice_browser.get(f"/jobs/{job.pk}/").content.decode()

"""What operators see of queues and jobs of all organisations, and what each organisation reads of it in its trail."""

import time
from collections.abc import Collection
from uuid import UUID

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation, User
from apps.audit.models import AuditEntry
from apps.core import redis_client
from apps.core.errors import Conflict
from apps.jobs import job_types, lifecycle, queues, services
from apps.jobs.models import Job, QueueControl
from apps.observability import worker_heartbeat
from apps.operations.queues import selectors
from apps.operations.queues import services as operators

STORE = job_types.JobType(
    "tests.operated",
    queue="batch",
    label="Store",
    may_see=job_types.holders_of("jobs.view"),
    may_cancel=job_types.holders_of("jobs.manage"),
)


def queued(actor: Actor) -> Job:
    return services.create_job(actor, kind=STORE, inputs={})


def failed(actor: Actor, code: str) -> Job:
    job = lifecycle.claim(queued(actor).pk)
    assert job
    lifecycle.fail(job, code=code, message="The <b>cup</b> is empty.")
    return job


def lines(actor: Actor, action: str) -> list[tuple[str, str, object]]:
    rows = AuditEntry.objects.within(actor.organisation).filter(action=action)
    return [(row.actor, row.actor_name, row.details) for row in rows]


def test_the_page_of_queues_tells_what_waits_and_who_listens(
    olga_browser: Client, alice_actor: Actor, bob_actor: Actor
) -> None:
    queued(alice_actor), queued(bob_actor)
    lifecycle.claim(queued(alice_actor).pk)
    worker_heartbeat.note_worker("background@host", ["batch", "ingest"], busy=1)

    row = next(row for row in selectors.queue_rows() if row.state.name == "batch")
    page = olga_browser.get("/admin/operations/queues/").content.decode()

    assert (row.state.waiting, row.state.running, row.state.stuck, row.state.messages) == (2, 1, 0, 3)
    assert [worker.name for worker in row.workers] == ["background@host"]
    assert "background@host" in page
    assert "no worker" in page, "of the other queues"
    assert "./kongming status" in page


def test_a_worker_that_was_not_heard_of_counts_as_gone_and_is_forgotten() -> None:
    worker_heartbeat.note_worker("here@host", ["batch"], busy=0)
    worker_heartbeat.note_worker("gone@host", ["batch"], busy=0)
    old = worker_heartbeat.Worker(name="old@host", queues=[], busy=0, seen_at=1.0)
    gone = worker_heartbeat.Worker(name="gone@host", queues=["batch"], busy=0, seen_at=time.time() - 60)
    for row in (old, gone):
        redis_client.synchronous().hset(worker_heartbeat.WORKERS, row.name, row.model_dump_json())
    redis_client.synchronous().hset(worker_heartbeat.WORKERS, "odd@host", "[]")

    assert [(row.name, row.is_alive) for row in worker_heartbeat.workers()] == [
        ("gone@host", False),
        ("here@host", True),
    ]
    assert len(redis_client.synchronous().hkeys(worker_heartbeat.WORKERS)) == 2


def test_a_pause_stands_in_the_trail_of_every_organisation(
    olga: User, olga_browser: Client, alice_actor: Actor, bob_actor: Actor, alice_browser: Client
) -> None:
    for _ in range(2):
        page = olga_browser.post("/admin/operations/queues/batch/mode/", {"mode": "paused"}, follow=True)

    assert "The queue is already paused." in page.content.decode()
    assert queues.control("batch").mode == QueueControl.Mode.PAUSED
    for actor in (alice_actor, bob_actor):
        assert lines(actor, "queue.paused") == [(f"operator:{olga.pk}", "Olga", {"queue": "batch"})]
    assert "Queue: Background work" in alice_browser.get("/audit/").content.decode()
    with pytest.raises(Conflict):
        operators.change_mode(olga, "batch", QueueControl.Mode.PAUSED)
    assert olga_browser.post("/admin/operations/queues/tea/mode/", {"mode": "paused"}).status_code == 404


@pytest.mark.slow
def test_emptying_a_queue_asks_again_and_each_organisation_reads_its_own_number(
    olga_browser: Client, alice_actor: Actor, bob_actor: Actor
) -> None:
    running = lifecycle.claim(queued(alice_actor).pk)
    queued(alice_actor), queued(alice_actor), queued(bob_actor)
    path = "/admin/operations/queues/batch/purge/"

    assert "3 jobs are waiting" in olga_browser.get(path).content.decode()
    assert Job.objects.filter(state=Job.State.QUEUED).count() == 3
    assert "3 jobs were cancelled." in olga_browser.post(path, follow=True).content.decode()

    assert set(Job.objects.values_list("state", flat=True)) == {Job.State.RUNNING, Job.State.CANCELLED}
    assert not Job.objects.get(pk=running.pk).cancel_requested_at
    assert lines(alice_actor, "queue.purged")[0][2] == {"queue": "batch", "rows": 2}
    assert lines(bob_actor, "queue.purged")[0][2] == {"queue": "batch", "rows": 1}


def test_a_job_that_is_taken_while_its_queue_is_emptied_goes_on(
    olga: User, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, taken = queued(alice_actor), queued(alice_actor)
    cancel_all = lifecycle.cancel_all

    def take_first(ids: Collection[UUID], **options: bool) -> list[tuple[UUID, str]]:
        lifecycle.claim(taken.pk)
        return cancel_all(ids, **options)

    monkeypatch.setattr(lifecycle, "cancel_all", take_first)
    outcome = operators.purge(olga, "batch")

    taken.refresh_from_db()
    assert (taken.state, taken.cancel_requested_at) == (Job.State.RUNNING, None)
    assert (outcome.total, Job.objects.get(pk=waiting.pk).state) == (1, Job.State.CANCELLED)


@pytest.mark.slow
def test_failed_jobs_are_grouped_by_error_and_run_again_by_group(
    olga_browser: Client, alice_actor: Actor, bob_actor: Actor
) -> None:
    cold = [failed(alice_actor, "cold"), failed(bob_actor, "cold")]
    other = failed(alice_actor, "broken")

    page = olga_browser.get("/admin/operations/dead-letters/").content.decode()
    olga_browser.post("/admin/operations/dead-letters/retry/", {"error_code": "cold", "kind": STORE.name})

    assert [(group.error_code, group.count) for group in selectors.dead_letters()] == [("broken", 1)]
    assert "The &lt;b&gt;cup" in page
    assert {Job.objects.get(pk=job.pk).state for job in cold} == {Job.State.QUEUED}
    assert Job.objects.get(pk=other.pk).state == Job.State.FAILED
    assert lines(bob_actor, "jobs.retried")[0][2] == {"rows": 1}


def test_what_is_stuck_goes_back_by_a_button(olga_browser: Client, alice_actor: Actor) -> None:
    job = lifecycle.claim(queued(alice_actor).pk)
    Job.objects.filter(pk=job.pk).update(started_at=job.started_at - queues.STUCK_AFTER)

    page = olga_browser.post("/admin/operations/queues/batch/requeue/", follow=True).content.decode()

    assert "1 job was requeued." in page
    assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED
    assert lines(alice_actor, "queue.requeued")[0][2] == {"queue": "batch", "rows": 1}


@pytest.mark.slow
def test_jobs_of_all_organisations_are_narrowed_and_changed(
    olga_browser: Client, alice_actor: Actor, bob_actor: Actor
) -> None:
    hers, his = queued(alice_actor), queued(bob_actor)
    narrowed = f"?organisation={bob_actor.organisation.pk}&queue=batch"

    page = olga_browser.get(f"/admin/operations/jobs/{narrowed}").content.decode()
    assert (str(his.pk) in page, str(hers.pk) in page) == (True, False)
    path = f"/admin/operations/jobs/change/{narrowed}"
    assert (
        "1 job will be cancelled." in olga_browser.post(path, {"change": "cancel", "all": 1}).content.decode()
    )
    olga_browser.post(path, {"change": "cancel", "all": "1", "confirmed": "1"})

    assert Job.objects.get(pk=his.pk).state == Job.State.CANCELLED
    assert Job.objects.get(pk=hers.pk).state == Job.State.QUEUED
    assert lines(bob_actor, "jobs.cancelled")[0][2] == {"rows": 1}
    assert lines(alice_actor, "jobs.cancelled") == []


def test_a_job_in_the_operators_list_says_why_it_failed_and_leads_to_its_row(
    olga_browser: Client, alice_actor: Actor
) -> None:
    job = failed(alice_actor, "broken_cup")

    page = olga_browser.get("/admin/operations/jobs/?state=failed").text

    assert f'href="/admin/jobs/job/{job.pk}/change/"' in page
    assert '<small title="broken_cup">The &lt;b&gt;cup&lt;/b&gt; is empty.</small>' in page
    assert ">broken_cup<" not in page


def test_the_organisation_that_jobs_are_narrowed_to_stays_chosen_among_very_many(
    olga_browser: Client,
) -> None:
    """Another filter would otherwise be set over all organisations."""
    rows = Organisation.objects.bulk_create(
        Organisation(name=f"House {number:04}", slug=f"house-{number}") for number in range(501)
    )

    page = olga_browser.get(f"/admin/operations/jobs/?organisation={rows[-1].pk}").content.decode()

    assert f'<option value="{rows[-1].pk}" selected>' in page


@pytest.mark.slow
def test_all_that_fit_a_filter_that_is_gone_are_not_all_there_are(
    olga_browser: Client, alice_browser: Client, alice_actor: Actor
) -> None:
    job = queued(alice_actor)
    sent = {"change": "cancel", "all": "1", "confirmed": "1"}

    for browser, path in (
        (olga_browser, f"/admin/operations/jobs/change/?organisation={job.pk}"),
        (alice_browser, "/jobs/change/?kind=tests.removed"),
    ):
        page = browser.post(path, sent, follow=True).content.decode()
        assert "A filter of this list is not valid." in page

    job.refresh_from_db()
    assert job.state == Job.State.QUEUED


def test_the_second_question_counts_those_that_will_be_changed(
    olga_browser: Client, alice_actor: Actor
) -> None:
    stopping, erased = lifecycle.claim(queued(alice_actor).pk), failed(alice_actor, "cold")
    failed(alice_actor, "cold"), queued(alice_actor)
    assert stopping
    lifecycle.request_cancel(stopping)
    lifecycle.erase(Job.objects.filter(pk=erased.pk))

    for change, question in (("cancel", "1 job will be cancelled."), ("retry", "1 job will run again.")):
        page = olga_browser.post("/admin/operations/jobs/change/", {"change": change, "all": 1})
        assert question in page.content.decode()


def test_owners_of_organisations_are_no_operators(alice_browser: Client) -> None:
    for path in ("queues/", "dead-letters/", "jobs/", "queues/batch/purge/"):
        assert alice_browser.get(f"/admin/operations/{path}").status_code == 403
    assert alice_browser.post("/admin/operations/queues/batch/mode/", {"mode": "paused"}).status_code == 403
    assert not QueueControl.objects.exists()

"""What an operator decides about a queue, and what is switched off, with real rows, a real broker and real places."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.accounts.models import Switch
from apps.core import context, redis_client, ttl_cache
from apps.core.errors import Conflict, QueueClosed, SwitchedOff
from apps.jobs import broker, concurrency, job_types, lifecycle, queues, runs, services
from apps.jobs.models import Job, QueueControl
from apps.jobs.runs import JobRun

STORE = job_types.JobType("tests.controlled", queue="batch", label="Store", max_attempts=1)
OTHER = job_types.JobType(
    "tests_two.controlled",
    queue="batch",
    label="Other",
    may_see=job_types.holders_of("jobs.view"),
    may_cancel=job_types.holders_of("jobs.manage"),
)
OPEN, PAUSED, DRAINING = QueueControl.Mode.OPEN, QueueControl.Mode.PAUSED, QueueControl.Mode.DRAINING

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _free_places() -> Iterator[None]:
    # Requests of other tests were in this thread, too.
    context.request_id.set("")
    yield
    concurrency.worker_shares().forget()


@pytest.fixture
def _in_a_request() -> Iterator[None]:
    token = context.request_id.set("a-request")
    yield
    context.request_id.reset(token)


def set_mode(mode: QueueControl.Mode) -> None:
    queues.change_mode("batch", mode, changed_by="Olga")


def queued(actor: Actor, kind: job_types.JobType = STORE) -> Job:
    return services.create_job(actor, kind=kind, inputs={})


def taken(*kinds: job_types.JobType) -> Job | None:
    return concurrency.claim_next("batch", {kind.name for kind in kinds or (STORE, OTHER)})


def forgotten() -> None:
    """As if Redis had lost every message a while ago."""
    redis_client.synchronous().flushdb()
    Job.objects.update(sent_at=timezone.now() - timedelta(minutes=1))


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_paused_queue_keeps_its_jobs_and_goes_on_with_them_where_it_was(alice_actor: Actor) -> None:
    first, second = queued(alice_actor), queued(alice_actor)
    set_mode(PAUSED)

    assert (taken(), lifecycle.claim(first.pk)) == (None, None)
    redis_client.synchronous().flushdb()
    set_mode(OPEN)

    assert broker.waiting_messages("batch") == 2
    assert [job.pk for job in (taken(), taken()) if job] == [first.pk, second.pk]


def test_nobody_is_woken_for_a_paused_queue_and_a_lost_job_comes_back_to_it(alice_actor: Actor) -> None:
    running = lifecycle.claim(queued(alice_actor).pk)
    queued(alice_actor)
    set_mode(PAUSED)
    forgotten()
    Job.objects.filter(pk=running.pk).update(
        lease_expires_at=timezone.now() - timedelta(seconds=1), max_attempts=2
    )

    report = lifecycle.reap()

    assert (report["abandoned"], report["ended"], report["sent_again"]) == (1, 0, [])
    assert Job.objects.filter(state=Job.State.QUEUED).count() == 2
    set_mode(OPEN)
    forgotten()
    assert lifecycle.reap()["sent_again"] == ["batch"]


def test_a_job_that_runs_when_its_queue_is_paused_ends_as_it_would(alice_actor: Actor) -> None:
    job = queued(alice_actor)

    def body(run: JobRun) -> dict[str, Any]:
        set_mode(PAUSED)
        return {"stored": True}

    runs.execute(str(job.pk), body)

    assert Job.objects.get(pk=job.pk).state == Job.State.SUCCEEDED


@pytest.mark.usefixtures("_in_a_request")
def test_a_queue_that_runs_empty_refuses_requests_and_does_what_waits(alice_actor: Actor) -> None:
    job = queued(alice_actor)
    failed = lifecycle.claim(queued(alice_actor).pk)
    lifecycle.fail(failed, code="broken", message="It broke.")
    set_mode(DRAINING)

    for refused in (lambda: queued(alice_actor), lambda: services.retry_job(failed)):
        with pytest.raises(QueueClosed) as refusal:
            refused()
        assert refusal.value.status == 503
    assert taken().pk == job.pk


def test_what_work_under_way_asks_for_is_queued_also_while_a_queue_runs_empty(alice_actor: Actor) -> None:
    set_mode(DRAINING)

    assert queued(alice_actor).state == Job.State.QUEUED


def test_the_second_of_two_operators_is_told_that_it_is_done_already() -> None:
    set_mode(PAUSED)

    with pytest.raises(Conflict, match="already paused"):
        queues.change_mode("batch", PAUSED, changed_by="Oskar")
    assert queues.control("batch").changed_by == "Olga"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_pause_in_the_middle_of_work_loses_and_doubles_nothing(alice_actor: Actor) -> None:
    jobs = [queued(alice_actor) for _ in range(40)]
    ran: list[Any] = []
    half, stop = threading.Event(), threading.Event()

    def body(run: JobRun) -> dict[str, Any]:
        ran.append(run.job.pk)
        if len(ran) == 20:
            set_mode(PAUSED)
            half.set()
        return {}

    def work() -> None:
        while not stop.is_set():
            if redis_client.synchronous().blpop(["batch"], timeout=0.1):
                runs.run_next_job("batch")
        connection.close()

    STORE.service(body)
    places = [threading.Thread(target=work) for _ in range(4)]
    for place in places:
        place.start()
    assert half.wait(60)
    wait_until(lambda: not broker.waiting_messages("batch"))
    wait_until(lambda: not Job.objects.filter(state=Job.State.RUNNING).exists())
    so_far = len(ran)

    set_mode(OPEN)
    wait_until(lambda: not Job.objects.active().exists())
    stop.set()
    for place in places:
        place.join(60)

    # Each of the other three places may have begun one before the pause was committed.
    assert 20 <= so_far <= 23
    assert sorted(ran) == sorted(job.pk for job in jobs)


def test_what_is_stuck_is_taken_from_its_worker_and_that_ones_result_is_refused(alice_actor: Actor) -> None:
    lost, slow, fine = (lifecycle.claim(queued(alice_actor).pk) for _ in range(3))
    now = timezone.now()
    Job.objects.filter(pk=lost.pk).update(lease_expires_at=now - timedelta(seconds=1))
    Job.objects.filter(pk=slow.pk).update(started_at=now - queues.STUCK_AFTER)

    assert next(each.stuck for each in queues.states() if each.name == "batch") == 2
    requeued = queues.requeue_stuck("batch", limit=10)

    assert {job.pk for job in requeued} == {lost.pk, slow.pk}
    assert {taken().attempt for _ in requeued} == {2}
    with pytest.raises(lifecycle.LeaseLost):
        lifecycle.succeed(slow, {})
    assert Job.objects.get(pk=fine.pk).attempt == 1


def test_what_is_switched_off_waits_in_its_organisation_alone(alice_actor: Actor, bob_actor: Actor) -> None:
    mine, other_desk, bobs = queued(alice_actor), queued(alice_actor, OTHER), queued(bob_actor)
    Switch.objects.create(organisation=alice_actor.organisation, name="tests")
    ttl_cache.clear_all()

    assert {taken().pk, taken().pk} == {other_desk.pk, bobs.pk}
    assert taken() is None
    assert queues.hold_reason(mine) == "switched_off"
    assert not Job.objects.runnable().exists()
    Switch.objects.all().delete()

    assert taken().pk == mine.pk


def test_a_row_that_no_process_remembers_yet_holds_a_job_all_the_same(alice_actor: Actor) -> None:
    queued(alice_actor)
    assert not switches.is_any_off()
    Switch.objects.create(organisation=None, name=STORE.name)

    assert taken() is None


@pytest.mark.usefixtures("_in_a_request")
def test_a_request_for_what_is_switched_off_is_refused_and_the_platforms_own_work_waits(
    alice_actor: Actor,
) -> None:
    Switch.objects.create(organisation=alice_actor.organisation, name=STORE.name)

    with pytest.raises(SwitchedOff):
        queued(alice_actor)
    assert queued(alice_actor, OTHER).state == Job.State.QUEUED
    context.request_id.set("")
    assert queued(alice_actor).state == Job.State.QUEUED

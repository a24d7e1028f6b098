"""Whose job a free place takes, with real rows, a real broker and real threads."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from apps.accounts.actors import Actor
from apps.core import redis_client
from apps.jobs import broker, concurrency, job_types, lifecycle, runs, selectors
from apps.jobs.models import Job
from apps.jobs.runs import JobRun

ANSWER = job_types.JobType("tests.fair_answer", queue="interactive", label="Answer")
READ = job_types.JobType("tests.fair_reading", queue="ingest", label="Read")
FLOOD = 500


@pytest.fixture(autouse=True)
def _free_places() -> Iterator[None]:
    yield
    concurrency.worker_shares().forget()


def queued(actor: Actor, count: int = 1, kind: job_types.JobType = ANSWER) -> list[Job]:
    """As 500 messages at once would leave them, without 500 transactions."""
    rows = [Job(organisation=actor.organisation, kind=kind.name, queue=kind.queue) for _ in range(count)]
    return Job.objects.bulk_create(rows)


def taken(kind: job_types.JobType = ANSWER) -> Job | None:
    return concurrency.claim_next(kind.queue, {kind.name})


def ended(job: Job) -> None:
    lifecycle.succeed(job, {})
    concurrency.worker_shares().give_back(job.queue, job.organisation_id)


@pytest.mark.django_db
def test_after_a_flood_of_one_organisation_anothers_first_job_is_next(
    alice_actor: Actor, bob_actor: Actor, settings: Any
) -> None:
    settings.INTERACTIVE_THREADS = 400
    queued(alice_actor, FLOOD)
    running = [taken() for _ in range(8)]
    (other,) = queued(bob_actor)

    assert {job.organisation_id for job in running} == {alice_actor.organisation.pk}
    assert taken().pk == other.pk


@pytest.mark.django_db
def test_a_flood_leaves_places_free_even_before_anybody_else_comes(
    alice_actor: Actor, bob_actor: Actor, settings: Any
) -> None:
    settings.INTERACTIVE_THREADS = 6
    queued(alice_actor, FLOOD)

    assert [job is not None for job in (taken() for _ in range(8))] == [True] * 6 + [False] * 2
    queued(bob_actor)
    assert taken().organisation_id == bob_actor.organisation.pk


@pytest.mark.django_db
def test_two_organisations_that_wait_take_turns_at_a_single_place(
    alice_actor: Actor, bob_actor: Actor
) -> None:
    queued(alice_actor, 6, READ)
    queued(bob_actor, 6, READ)
    served = []
    for _ in range(8):
        job = taken(READ)
        served.append(job.organisation_id)
        ended(job)

    assert all(one != next_one for one, next_one in pairwise(served))


@pytest.mark.django_db
def test_an_organisations_own_jobs_keep_their_order(alice_actor: Actor) -> None:
    jobs = queued(alice_actor, 5)

    assert [taken().pk for _ in jobs] == [job.pk for job in jobs]


@pytest.mark.django_db
def test_a_place_that_comes_free_is_used_again(alice_actor: Actor, settings: Any) -> None:
    settings.INTERACTIVE_THREADS = 1
    queued(alice_actor, 3)
    first = taken()
    assert taken() is None

    ended(first)

    assert taken() is not None


@pytest.mark.django_db
def test_the_place_in_the_queue_counts_the_turns_of_the_others(alice_actor: Actor, bob_actor: Actor) -> None:
    flood = queued(alice_actor, 20)
    first, second = queued(bob_actor, 2)

    assert [selectors.queue_position(job) for job in (first, second)] == [2, 4]
    assert [selectors.queue_position(job) for job in (flood[0], flood[-1])] == [1, 22]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_places_at_once_take_every_job_once_and_nobody_more_than_the_share(
    alice_actor: Actor, bob_actor: Actor, settings: Any
) -> None:
    settings.INTERACTIVE_THREADS = 6
    jobs = queued(alice_actor, 30) + queued(bob_actor, 30)
    ran: list[Any] = []
    most, lock, running = Counter(), threading.Lock(), Counter()

    def body(run: JobRun) -> dict[str, Any]:
        whose = run.job.organisation_id
        with lock:
            ran.append(run.job.pk)
            running[whose] += 1
            most[whose] = max(most[whose], running[whose])
        with lock:
            running[whose] -= 1
        return {}

    ANSWER.service(body)
    _work(messages=len(jobs), places=8, until=lambda: len(ran) == len(jobs))

    assert sorted(ran) == sorted(job.pk for job in jobs)
    assert set(Job.objects.values_list("state", "attempt")) == {(Job.State.SUCCEEDED, 1)}
    assert max(most.values()) <= 6


@pytest.mark.django_db(transaction=True)
def test_jobs_whose_messages_were_used_up_while_their_organisation_had_its_share_are_done_all_the_same(
    alice_actor: Actor, bob_actor: Actor, settings: Any
) -> None:
    """And though the flood came first, the other organisation does not wait for it."""
    settings.INTERACTIVE_THREADS = 3
    queued(alice_actor, 40)
    (other,) = queued(bob_actor)
    order: list[Any] = []
    ANSWER.service(lambda run: order.append(run.job.pk) or {})

    _work(messages=41, places=4, until=lambda: len(order) == 41)

    assert order.index(other.pk) <= 4


@pytest.mark.django_db
def test_a_job_that_is_passed_over_while_a_place_comes_free_is_not_forgotten(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(alice_actor)
    job, held = taken(), concurrency.worker_shares()
    held.pass_over("interactive")

    def nothing_due_yet(queue: str) -> bool:
        held.pass_over(queue)  # another place, a moment after the look
        return False

    monkeypatch.setattr(broker, "pass_on", nothing_due_yet)
    concurrency.free(job)

    assert held.has_passed_over("interactive")


@pytest.mark.django_db(transaction=True)
def test_a_cancel_and_a_place_that_race_for_a_job_leave_one_of_them_with_it(alice_actor: Actor) -> None:
    jobs = queued(alice_actor, 20)
    claimed: list[Any] = []
    cancelled: list[Any] = []

    def cancel() -> None:
        cancelled.extend(job.pk for job in jobs if lifecycle.cancel_queued(job))
        connection.close()

    def claim() -> None:
        while job := taken():
            claimed.append(job.pk)
        connection.close()

    _together(cancel, claim)

    assert sorted(claimed + cancelled) == sorted(job.pk for job in jobs)


def _work(*, messages: int, places: int, until: Callable[[], bool]) -> None:
    """Places of a worker: each takes a message from the broker and does what it says."""
    stop = threading.Event()
    client = redis_client.synchronous()
    for _ in range(messages):
        broker.wake_worker("interactive")

    def work() -> None:
        while not stop.is_set():
            if client.blpop(["interactive"], timeout=0.1):
                runs.run_next_job("interactive")
            if until():
                stop.set()

    _together(*[work] * places)


def _together(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)

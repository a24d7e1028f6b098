"""Few processes and many organisations: what one of them leaves to others, and whose run makes way."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.core import redis_client
from apps.jobs import broker, concurrency, job_types, lifecycle, runs
from apps.jobs.models import Job
from apps.jobs.runs import JobRun

READ = job_types.JobType("tests.pool_reading", queue="ingest", label="Read")
TRY = job_types.JobType("tests.pool_trial", queue="batch", label="Try")
HEAR = job_types.JobType("tests.pool_hearing", queue="speech", label="Hear")
KINDS = {READ.name, TRY.name, HEAR.name}


@pytest.fixture(autouse=True)
def _three_places(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.BACKGROUND_PROCESSES = 3
    monkeypatch.setattr(concurrency, "KEPT_SECONDS", 0)
    yield
    concurrency.worker_shares().forget()


def queued(actor: Actor, count: int = 1, kind: job_types.JobType = READ, **fields: Any) -> list[Job]:
    rows = [
        Job(organisation=actor.organisation, kind=kind.name, queue=kind.queue, **fields) for _ in range(count)
    ]
    return Job.objects.bulk_create(rows)


def taken(queue: str = "ingest") -> Job | None:
    return concurrency.claim_next(queue, KINDS)


def seen_lately(actor: Actor, kind: job_types.JobType = READ) -> None:
    """Had work in these queues, which is done."""
    (job,) = queued(actor, kind=kind, state=Job.State.RUNNING, lease_expires_at=lifecycle.lease_end())
    lifecycle.succeed(job, {})


def long_ago() -> dict[str, Any]:
    return {"available_at": timezone.now() - concurrency.PATIENCE - timedelta(seconds=1)}


@pytest.mark.django_db
def test_an_organisation_leaves_a_third_of_the_places_to_others_before_they_come(
    alice_actor: Actor, bob_actor: Actor
) -> None:
    seen_lately(bob_actor)
    queued(alice_actor, 2)
    queued(alice_actor, 2, TRY)

    assert [taken() is not None for _ in range(3)] == [True, True, False]
    (other,) = queued(bob_actor, kind=TRY)
    assert taken("ingest").pk == other.pk  # whichever queue the message came with


@pytest.mark.django_db
def test_an_organisation_alone_in_its_installation_has_all_the_places(
    alice_actor: Actor, bob_actor: Actor
) -> None:
    seen_lately(bob_actor, HEAR)
    queued(alice_actor, 4)

    assert all(taken() for _ in range(4))


@pytest.mark.django_db
def test_the_second_place_of_recordings_is_left_to_others_who_have_some(
    alice_actor: Actor, bob_actor: Actor, settings: Any
) -> None:
    settings.SPEECH_PROCESSES = 2
    queued(alice_actor, 3, HEAR)
    seen_lately(bob_actor, HEAR)

    assert [taken("speech") is not None for _ in range(2)] == [True, False]


@pytest.mark.django_db
def test_a_place_that_is_left_to_others_keeps_the_message_for_the_job_it_passed_over(
    alice_actor: Actor, bob_actor: Actor
) -> None:
    seen_lately(bob_actor)
    queued(alice_actor, 3)
    taken(), taken()
    before = broker.waiting_messages("ingest")

    assert taken() is None
    assert broker.waiting_messages("ingest") == before + 1


@pytest.mark.django_db(transaction=True)
def test_processes_that_look_at_once_do_not_take_more_than_the_share(
    alice_actor: Actor, bob_actor: Actor
) -> None:
    seen_lately(bob_actor)
    queued(alice_actor, 10)
    claimed: list[Job] = []
    together = threading.Barrier(6)

    def look() -> None:
        together.wait(30)
        if job := taken():
            claimed.append(job)
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(claimed) == 2


@pytest.mark.django_db
def test_who_has_more_under_way_than_somebody_who_waits_is_asked_to_make_way(
    alice_actor: Actor, bob_actor: Actor
) -> None:
    queued(alice_actor)
    mine = taken()
    assert concurrency.jobs_to_make_way([mine]) == set()

    (other,) = queued(bob_actor, kind=TRY)
    assert concurrency.jobs_to_make_way([mine]) == set()  # it has only just come
    Job.objects.filter(pk=other.pk).update(**long_ago())
    assert concurrency.jobs_to_make_way([mine]) == {mine.pk}

    assert taken().pk == other.pk
    queued(bob_actor, **long_ago())
    assert concurrency.jobs_to_make_way([mine]) == set()  # both have one now


@pytest.mark.django_db
def test_nobody_makes_way_for_jobs_of_their_own_organisation(alice_actor: Actor) -> None:
    queued(alice_actor)
    mine = taken()
    queued(alice_actor, **long_ago())

    assert concurrency.jobs_to_make_way([mine]) == set()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_long_run_stops_at_a_checkpoint_for_anothers_job_and_goes_on_behind_it(
    alice_actor: Actor, bob_actor: Actor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One place, a real heartbeat: the steps are done once, each job ends once, and no attempt is used up."""
    settings.BACKGROUND_PROCESSES = 1
    monkeypatch.setattr(runs, "TURN_SECONDS", 0)
    monkeypatch.setattr(runs, "CANCEL_POLL_SECONDS", 0.05)
    (long,) = queued(alice_actor, max_attempts=1)
    steps: list[str] = []
    stop = threading.Event()

    def body(run: JobRun) -> dict[str, Any]:
        if run.job.organisation_id == bob_actor.organisation.pk:
            steps.append("other")
            return {}
        if not steps:
            steps.append("first")
            queued(bob_actor, **long_ago())
            broker.wake_worker("ingest")
        while "other" not in steps and not stop.wait(0.01):
            run.checkpoint()
        steps.append("last")
        return {}

    READ.service(body)
    broker.wake_worker("ingest")
    _work_until(lambda: "last" in steps, stop)

    long.refresh_from_db()
    assert steps == ["first", "other", "last"]
    assert (long.state, long.attempt, long.max_attempts) == (Job.State.SUCCEEDED, 2, 2)
    assert set(Job.objects.values_list("state", flat=True)) == {Job.State.SUCCEEDED}


@pytest.mark.django_db
def test_a_run_without_checkpoints_or_in_its_first_seconds_is_not_asked(alice_actor: Actor) -> None:
    queued(alice_actor)
    run = JobRun(taken())
    run._began_at -= runs.TURN_SECONDS + 1
    assert not run.may_be_asked_to_make_way

    run.checkpoint()
    assert run.may_be_asked_to_make_way
    assert not JobRun(run.job).may_be_asked_to_make_way


def _work_until(is_done: Any, stop: threading.Event) -> None:
    """The one place of a worker, which takes messages one after the other."""
    client = redis_client.synchronous()

    def work() -> None:
        while not is_done() and not stop.is_set():
            if client.blpop(["ingest"], timeout=0.1):
                runs.run_next_job("ingest")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    stop.set()
    thread.join(30)
    assert is_done()

"""Jobs as a worker runs them, against real PostgreSQL and Redis."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
import time_machine
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError as KombuError

from apps.accounts.actors import Actor
from apps.core import redis_client
from apps.jobs import broker, events, job_types, lifecycle, runs, services
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from llm_backend.errors import ModelRefusedKey, ModelUnavailable

WRITE = job_types.JobType("tests.write", queue="interactive", label="Write", max_attempts=2)

pytestmark = pytest.mark.django_db


def queued(actor: Actor) -> Job:
    return services.create_job(actor, kind=WRITE, inputs={})


def streamed(job: Job) -> list[tuple[str, str]]:
    entries = redis_client.synchronous().xrange(events.stream_key(job.pk))
    return [(fields[b"t"].decode(), fields[b"d"].decode()) for _, fields in entries]


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def raising(error: Exception) -> Callable[[JobRun], dict[str, Any]]:
    def body(run: JobRun) -> dict[str, Any]:
        raise error

    return body


def test_the_inputs_of_a_job_are_the_arguments_of_its_service(alice_actor: Actor) -> None:
    told: list[object] = []

    @WRITE.service
    def write(run: JobRun, *, page_id: UUID, name: str, is_long: bool = False) -> dict[str, Any]:
        told.extend([page_id, name, is_long])
        return {}

    page_id = uuid4()
    job = services.create_job(alice_actor, kind=WRITE, inputs={"page_id": str(page_id), "name": "Tea"})
    runs.execute(job.pk)

    assert (fresh(job).state, told) == (Job.State.SUCCEEDED, [page_id, "Tea", False])


def test_a_run_streams_its_text_in_order_and_ends_with_done(alice_actor: Actor) -> None:
    job = queued(alice_actor)

    def body(run: JobRun) -> dict[str, Any]:
        run.stage("writing")
        for word in ("one ", "two ", "three"):
            run.text(word)
        return {"text": "one two three"}

    runs.execute(str(job.pk), body)

    kinds_seen = [kind for kind, _ in streamed(job)]
    text = "".join(__import__("json").loads(data)["text"] for kind, data in streamed(job) if kind == "delta")
    assert (kinds_seen[0], kinds_seen[-1]) == ("stage", "done")
    assert text == "one two three"
    assert fresh(job).result == {"text": "one two three"}


def test_a_job_is_done_once_however_often_its_message_arrives(alice_actor: Actor) -> None:
    job, bodies = queued(alice_actor), []

    for _ in range(3):
        runs.execute(str(job.pk), lambda run: bodies.append(run) or {})

    assert len(bodies) == 1


@pytest.mark.django_db(transaction=True)
def test_a_cancel_interrupts_what_the_run_waits_for(alice_actor: Actor) -> None:
    job, started = queued(alice_actor), threading.Event()

    async def generation() -> None:
        started.set()
        await asyncio.sleep(60)

    def body(run: JobRun) -> dict[str, Any]:
        run.wait_for(generation())
        return {}

    worker = threading.Thread(target=runs.execute, args=(str(job.pk), body))
    worker.start()
    assert started.wait(60)
    services.cancel_job(fresh(job))
    worker.join(5)

    assert not worker.is_alive()
    assert fresh(job).state == Job.State.CANCELLED
    assert streamed(job)[-1][0] == "cancelled"


def test_a_job_that_breaks_after_it_was_asked_to_stop_is_cancelled(alice_actor: Actor) -> None:
    job = queued(alice_actor)

    def body(run: JobRun) -> dict[str, Any]:
        services.cancel_job(run.job)
        raise FileNotFoundError("the document was deleted")

    with pytest.raises(FileNotFoundError):
        runs.execute(str(job.pk), body)

    assert (fresh(job).state, fresh(job).error_code) == (Job.State.CANCELLED, "")


def test_an_unavailable_model_is_tried_again_until_the_attempts_are_used_up(alice_actor: Actor) -> None:
    job = queued(alice_actor)

    runs.execute(str(job.pk), raising(ModelUnavailable()))
    assert fresh(job).state == Job.State.QUEUED
    Job.objects.filter(pk=job.pk).update(available_at=timezone.now())
    runs.execute(str(job.pk), raising(ModelUnavailable()))

    assert fresh(job).state == Job.State.FAILED
    assert fresh(job).error_code == "model_unavailable"


def test_what_an_attempt_failed_with_is_forgotten_once_another_succeeds(alice_actor: Actor) -> None:
    job = queued(alice_actor)

    runs.execute(str(job.pk), raising(ModelUnavailable()))
    assert fresh(job).error_code == "model_unavailable"
    Job.objects.filter(pk=job.pk).update(available_at=timezone.now())
    runs.execute(str(job.pk), lambda _run: {"text": "done"})

    row = fresh(job)
    assert (row.state, row.error_code, row.error_message) == (Job.State.SUCCEEDED, "", "")


def test_a_refused_key_fails_at_once(alice_actor: Actor) -> None:
    job = queued(alice_actor)

    runs.execute(str(job.pk), raising(ModelRefusedKey()))

    assert (fresh(job).state, fresh(job).attempt) == (Job.State.FAILED, 1)


def test_a_bug_ends_the_job_with_a_message_and_reaches_the_log(alice_actor: Actor) -> None:
    job = queued(alice_actor)

    with pytest.raises(ZeroDivisionError):
        runs.execute(str(job.pk), raising(ZeroDivisionError()))

    assert fresh(job).error_code == "internal_error"


def test_a_dead_workers_job_goes_back_to_the_queue_and_its_result_is_refused(alice_actor: Actor) -> None:
    job = queued(alice_actor)
    zombie = lifecycle.claim(job.pk)
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))

    lifecycle.reap()
    second = lifecycle.claim(job.pk)

    assert second.attempt == 2
    with pytest.raises(lifecycle.LeaseLost):
        lifecycle.succeed(zombie, {"from": "zombie"})
    assert fresh(job).state == Job.State.RUNNING


def test_no_job_waits_for_a_clock_that_was_set_back(alice_actor: Actor) -> None:
    waiting, left, working = (queued(alice_actor) for _ in range(3))
    for job in (left, working):
        lifecycle.claim(job.pk)
    later = timezone.now() + timedelta(hours=8)
    Job.objects.filter(pk=waiting.pk).update(created_at=later, available_at=later, sent_at=later)
    Job.objects.filter(pk__in=[left.pk, working.pk]).update(lease_expires_at=later)

    lifecycle.reap()
    assert lifecycle.claim(waiting.pk) is not None
    assert fresh(working).state == Job.State.RUNNING

    # Who is still there renews its lease at once; of the other it runs out.
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS + 1), tick=False):
        lifecycle.renew_leases({working.pk: 1})
        lifecycle.reap()

    assert (fresh(left).state, fresh(working).state) == (Job.State.QUEUED, Job.State.RUNNING)


def test_a_job_that_waits_for_more_takes_no_time(alice_actor: Actor) -> None:
    job = lifecycle.claim(queued(alice_actor).pk)
    assert fresh(job).duration is not None

    lifecycle.suspend(job, seconds=60)

    assert fresh(job).duration is None


def test_a_worker_that_ends_its_job_while_it_is_given_up_keeps_no_other_job_waiting(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (lifecycle.claim(queued(alice_actor).pk) for _ in range(2))
    for seconds, job in ((2, first), (1, second)):
        Job.objects.filter(pk=job.pk).update(
            lease_expires_at=timezone.now() - timedelta(seconds=seconds), max_attempts=1
        )
    release = lifecycle.release

    def released_late(job: Job, **options: Any) -> bool:
        if job.pk == first.pk:
            lifecycle.succeed(first, {"from": "a slow worker"})
        return release(job, **options)

    monkeypatch.setattr(lifecycle, "release", released_late)

    lifecycle.reap()

    assert [fresh(job).state for job in (first, second)] == [Job.State.SUCCEEDED, Job.State.FAILED]


def test_a_job_whose_worker_keeps_dying_ends_with_a_clear_error(alice_actor: Actor) -> None:
    job = queued(alice_actor)
    for _ in range(2):
        lifecycle.claim(job.pk)
        Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        lifecycle.reap()

    assert (fresh(job).state, fresh(job).error_code) == (Job.State.FAILED, "worker_lost")


def test_a_queue_whose_messages_are_lost_is_woken_again_and_a_long_one_is_not(alice_actor: Actor) -> None:
    for _ in range(3):
        queued(alice_actor)
    Job.objects.update(sent_at=timezone.now() - timedelta(minutes=1))
    assert broker.waiting_messages("interactive") == 3
    assert broker.send_lost() == []

    redis_client.synchronous().flushdb()

    assert broker.send_lost() == ["interactive"]
    assert broker.waiting_messages("interactive") == 3


def test_an_illegal_transition_is_refused_by_the_database(alice_actor: Actor) -> None:
    job = queued(alice_actor)
    lifecycle.succeed(lifecycle.claim(job.pk), {})

    with pytest.raises(Exception, match="Invalid transition"):
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.RUNNING, lease_expires_at=timezone.now(), finished_at=None
        )


def test_rows_written_while_finishing_vanish_with_a_lost_lease(alice_actor: Actor) -> None:
    job = queued(alice_actor)

    def body(run: JobRun) -> dict[str, Any]:
        Job.objects.filter(pk=job.pk).update(attempt=9)
        with run.finishing({}):
            Job.objects.filter(pk=job.pk).update(subject="written")
        return {}

    runs.execute(str(job.pk), body)

    assert fresh(job).subject == ""


def test_a_silent_redis_takes_no_result_away(alice_actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    job = queued(alice_actor)
    monkeypatch.setattr(events, "DRAIN_SECONDS", 0.01)
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.01, retry=None)
    monkeypatch.setattr(redis_client, "synchronous", lambda: client)

    def body(run: JobRun) -> dict[str, Any]:
        run.text("Tea.")
        redis_client.synchronous().execute_command("CLIENT", "PAUSE", 400, "WRITE")
        return {"text": "Tea."}

    runs.execute(job.pk, body)
    events.announce_cancel(job)
    redis_client.synchronous().execute_command("CLIENT", "UNPAUSE")

    assert (fresh(job).state, fresh(job).result) == (Job.State.SUCCEEDED, {"text": "Tea."})


def test_a_job_is_made_once_while_nobody_can_be_woken(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: object, **_options: object) -> None:
        raise KombuError("Error 111 connecting to redis")

    monkeypatch.setattr(broker.current_app, "send_task", away)

    assert fresh(queued(alice_actor)).state == Job.State.QUEUED


@pytest.mark.parametrize(
    "put_back",
    [
        lambda job: lifecycle.release(job, delay_seconds=60, code="model_unavailable", message="away"),
        lambda job: lifecycle.suspend(job, seconds=60),
    ],
)
def test_a_job_that_was_to_stop_does_not_wait_for_another_try(
    alice_actor: Actor, put_back: Callable[[Job], object]
) -> None:
    job = lifecycle.claim(queued(alice_actor).pk)
    services.cancel_job(fresh(job))

    put_back(job)

    assert fresh(job).state == Job.State.CANCELLED


def test_a_lease_that_was_renewed_meanwhile_is_not_given_away(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (lifecycle.claim(queued(alice_actor).pk) for _ in range(2))
    for seconds, job in ((2, first), (1, second)):
        Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=seconds))
    release = lifecycle.release

    def released_late(job: Job, **options: Any) -> bool:
        lifecycle.renew_leases({second.pk: second.attempt})
        return release(job, **options)

    monkeypatch.setattr(lifecycle, "release", released_late)

    lifecycle.reap()

    assert [fresh(job).state for job in (first, second)] == [Job.State.QUEUED, Job.State.RUNNING]


def test_an_attempt_that_ends_late_leaves_the_next_one_its_lease(alice_actor: Actor) -> None:
    job = lifecycle.claim(queued(alice_actor).pk)
    old, new = JobRun(job), JobRun(job)
    beat = runs.heartbeat_of_process()
    beat.add(old)
    beat.add(new)

    beat.remove(old)
    assert beat._runs[job.pk] is new
    beat.remove(new)
    assert job.pk not in beat._runs

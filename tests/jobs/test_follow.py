"""Event streams as a browser sees them: resume, replay, a wiped Redis."""

import asyncio
import re
from collections.abc import AsyncIterator
from functools import partial

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey
from apps.core import redis_client
from apps.jobs import event_hub, event_stream, events, job_types, lifecycle, runs, services
from apps.jobs.event_stream import JobSubscriber
from apps.jobs.models import Job
from tests.conftest import api_client

TELL = job_types.JobType(
    "tests.tell",
    queue="interactive",
    label="Tell",
    may_see=job_types.holders_of("jobs.view"),
    may_cancel=job_types.holders_of("jobs.manage"),
)
SEALED = job_types.JobType(
    "tests.tell_sealed",
    queue="interactive",
    label="Tell",
    may_see=job_types.holders_of("jobs.view"),
    is_sealed=True,
)

pytestmark = pytest.mark.django_db(transaction=True)
QUEUED = b'event: queued\ndata: {"ahead": %d}\n\n'


@pytest.fixture(autouse=True)
async def _hub() -> AsyncIterator[None]:
    yield
    await event_hub.close_hub()


def told(actor: Actor, *words: str, kind: job_types.JobType = TELL) -> Job:
    job = services.create_job(actor, kind=kind, inputs={})

    def body(run: runs.JobRun) -> dict[str, str]:
        for word in words:
            run.event("word", text=word)
        return {"text": " ".join(words)}

    runs.execute(str(job.pk), body)
    return Job.objects.get(pk=job.pk)


class Begun:
    """A job that runs for as long as the test likes."""

    def __init__(self, actor: Actor) -> None:
        job = services.create_job(actor, kind=TELL, inputs={})
        claimed = lifecycle.claim(job.pk)
        assert claimed
        self.run = runs.JobRun(claimed)
        self.say("begun")

    def say(self, text: str) -> None:
        self.run.event("word", text=text)
        self.run._events.drain()

    def end(self) -> None:
        self.run.finish({})


async def live(actor: Actor, job: Begun) -> AsyncIterator[bytes]:
    """A stream that has caught up."""
    frames = aiter(await stream(actor, job.run.job))
    await anext(frames)
    # A slow machine may beat before it has read the stream.
    while (frame := await anext(frames)) == event_hub.HEARTBEAT:
        pass
    assert b'"text":"begun"' in frame
    return frames


async def stream(actor: Actor, job: Job, **headers: str) -> AsyncIterator[bytes]:
    client = await sync_to_async(api_client)(actor)
    authorization = client.defaults["HTTP_AUTHORIZATION"]
    answer = await AsyncClient().get(
        f"/api/v1/jobs/{job.pk}/events/", headers={"Authorization": authorization, **headers}
    )
    assert answer.status_code == 200
    return answer.streaming_content  # type: ignore[attr-defined]


async def read_all(actor: Actor, job: Job, **headers: str) -> str:
    parts = [part async for part in await stream(actor, job, **headers)]
    return b"".join(parts).decode()


@pytest.mark.slow
async def test_a_hub_ends_whenever_it_is_told_to() -> None:
    for turns in range(40):
        hub = event_hub.EventHub()
        for _ in range(turns):
            await asyncio.sleep(0)

        await asyncio.wait_for(hub.close(), 60)


async def test_a_late_follower_gets_every_event_and_the_end(alice_actor: Actor) -> None:
    job = await sync_to_async(told)(alice_actor, "green", "tea")

    text = await read_all(alice_actor, job)

    assert text.index("green") < text.index("tea") < text.index("event: done")
    assert "gap" not in text


async def test_a_follower_resumes_after_the_last_event_it_saw(alice_actor: Actor) -> None:
    job = await sync_to_async(told)(alice_actor, "green", "tea")

    text = await read_all(alice_actor, job, **{"Last-Event-ID": "1-1"})

    assert 'event: word\ndata: {"text":"green"}' not in text
    assert 'event: word\ndata: {"text":"tea"}' in text


async def test_what_comes_while_a_second_follower_catches_up_is_told_after_it(alice_actor: Actor) -> None:
    job = await sync_to_async(services.create_job)(alice_actor, kind=TELL, inputs={})
    follower = JobSubscriber(job, (0, 0))
    first, second, third = [(b"1-%d" % n, {b"t": b"word", b"d": b"%d" % n}) for n in (1, 2, 3)]

    follower.receive_all([second, third])
    follower.begin([first, second])

    text = (await follower.next_bytes()).decode()
    assert re.findall(r"data: (\d)", text) == ["1", "2", "3"]
    assert "gap" not in text


POISON = [
    "99999999999999999999999-1",
    "1-18446744073709551616",
    "1-9999999",
    "7-1",
    "²-1",
    "١-١".encode().decode("latin1"),  # as servers hand on what a browser sends
    "-",
    "1-\x00",
]


@pytest.mark.parametrize("last_event_id", POISON)
async def test_a_poisoned_cursor_silences_nobody_else(
    alice_actor: Actor, bob_actor: Actor, last_event_id: str
) -> None:
    """Neither other jobs nor others who follow the same one, live and not from the row."""
    job, others = [await sync_to_async(Begun)(actor) for actor in (alice_actor, bob_actor)]
    poisoned = aiter(await stream(alice_actor, job.run.job, **{"Last-Event-ID": last_event_id}))
    await anext(poisoned)
    rest = asyncio.ensure_future(anext(poisoned))
    followed = [await live(alice_actor, job), await live(bob_actor, others)]
    for each in (job, others):
        await sync_to_async(each.say)("tea")

    for stream_of in followed:
        assert b'"text":"tea"' in await asyncio.wait_for(anext(stream_of), 1)
    rest.cancel()


async def test_a_follower_reads_what_lies_sealed_in_redis(alice_actor: Actor) -> None:
    job = await sync_to_async(partial(told, kind=SEALED))(alice_actor, "green", "tea")

    text = await read_all(alice_actor, job)

    assert text.index("green") < text.index("tea") < text.index("event: done")
    assert "gap" not in text
    assert "green" not in str(redis_client.synchronous().xrange(events.stream_key(job.pk)))


async def test_what_was_sealed_for_another_place_is_left_out_and_noticed(alice_actor: Actor) -> None:
    job = await sync_to_async(partial(told, kind=SEALED))(alice_actor, "green", "tea")
    key = events.stream_key(job.pk)
    first, second, *rest = redis_client.synchronous().xrange(key)
    redis_client.synchronous().delete(key)
    for event_id, entry in ((first[0], second[1]), *((each[0], each[1]) for each in (second, *rest))):
        redis_client.synchronous().xadd(key, entry, id=event_id)

    text = await read_all(alice_actor, job)

    assert '"green"' not in text
    assert text.index("gap") < text.index('"tea"') < text.index("event: done")


async def test_an_expired_stream_is_replayed_from_the_row(alice_actor: Actor) -> None:
    job = await sync_to_async(told)(alice_actor, "green", "tea")
    redis_client.synchronous().flushdb()

    text = await read_all(alice_actor, job)

    assert text.count("event:") == 1
    assert '"text":"green tea"' in text


async def test_a_follower_learns_the_end_even_when_redis_was_wiped_meanwhile(alice_actor: Actor) -> None:
    job = await sync_to_async(services.create_job)(alice_actor, kind=TELL, inputs={})
    reading = asyncio.ensure_future(read_all(alice_actor, job))

    def run_and_wipe() -> None:
        lifecycle.succeed(lifecycle.claim(job.pk), {"text": "still here"})
        redis_client.synchronous().flushdb()

    await sync_to_async(run_and_wipe)()

    assert "still here" in await asyncio.wait_for(reading, 60)


@pytest.mark.slow
async def test_whoever_waits_is_told_how_many_of_ones_own_come_before(
    alice_actor: Actor, bob_actor: Actor
) -> None:
    def queued(actor: Actor) -> Job:
        return services.create_job(actor, kind=TELL, inputs={})

    await sync_to_async(queued)(bob_actor)
    jobs = [await sync_to_async(queued)(alice_actor) for _number in range(3)]
    frames = aiter(await stream(alice_actor, jobs[2]))
    assert [await anext(frames), await anext(frames)] == [event_hub.RETRY, QUEUED % 2]

    await sync_to_async(lifecycle.claim)(jobs[0].pk)
    while (frame := await asyncio.wait_for(anext(frames), 60)) == event_hub.HEARTBEAT:
        pass
    assert frame == QUEUED % 1

    await sync_to_async(runs.execute)(str(jobs[2].pk), lambda run: {})
    assert b"event: done" in await asyncio.wait_for(anext(frames), 60)
    assert "queued" not in await read_all(alice_actor, jobs[2])


async def test_a_stranger_cannot_follow(alice_actor: Actor, bob_actor: Actor) -> None:
    job = await sync_to_async(told)(alice_actor, "green")
    bob = await sync_to_async(api_client)(bob_actor)

    answer = await AsyncClient().get(
        f"/api/v1/jobs/{job.pk}/events/", headers={"Authorization": bob.defaults["HTTP_AUTHORIZATION"]}
    )

    assert answer.status_code == 404


async def test_whoever_is_shut_out_meanwhile_hears_no_more(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "ALLOWED_SECONDS", 0)
    job = await sync_to_async(Begun)(alice_actor)
    frames = await live(alice_actor, job)

    await sync_to_async(job.say)("still heard")
    assert b"still heard" in await anext(frames)
    await sync_to_async(ApiKey.objects.update)(revoked_at=timezone.now())
    await sync_to_async(job.say)("not for everybody")

    assert [part async for part in frames] == []


async def test_a_retried_job_streams_only_its_new_attempt(alice_actor: Actor) -> None:
    job = await sync_to_async(told)(alice_actor, "green")

    def fail_then_retry() -> Job:
        other = services.create_job(alice_actor, kind=TELL, inputs={})
        claimed = lifecycle.claim(other.pk)
        lifecycle.fail(claimed, code="broken", message="It broke.")
        services.retry_job(claimed)
        runs.execute(str(other.pk), lambda run: run.event("word", text="second") or {})
        return Job.objects.get(pk=other.pk)

    job = await sync_to_async(fail_then_retry)()
    text = await read_all(alice_actor, job)

    assert "broken" not in text
    assert "id: 2-2\nevent: word" in text
    assert text.rstrip().endswith('"result":{}}')

"""Pages that show jobs under way are told when one moves: who hears it, what is told, and when it ends."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest
from asgiref.sync import sync_to_async
from django.template import Context, Template
from django.test import AsyncClient

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.jobs import event_hub, job_moves, job_types, lifecycle, runs, services
from apps.jobs.models import Job
from tests.conftest import browser_of

COUNT = job_types.JobType(
    "tests.count",
    queue="interactive",
    label="Count",
    may_see=job_types.holders_of("jobs.view"),
    is_sealed=True,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def _hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.setattr(job_moves, "PAUSE_SECONDS", 0.0)
    yield
    await event_hub.close_hub()


@sync_to_async
def begun(actor: Actor) -> runs.JobRun:
    claimed = lifecycle.claim(services.create_job(actor, kind=COUNT, inputs={}).pk)
    assert claimed
    run = runs.JobRun(claimed)
    run.open_stream()
    return run


async def page_of(user: User, *job_runs: runs.JobRun) -> AsyncIterator[bytes] | None:
    """What a page that shows these jobs follows; None where there is nothing to follow."""
    browser = await sync_to_async(browser_of)(user)
    client = AsyncClient()
    client.cookies = browser.cookies
    answer = await client.get("/jobs/moves/", [("job", str(each.job.pk)) for each in job_runs])
    if answer.status_code == 204:
        return None
    return aiter(cast("AsyncIterator[bytes]", answer.streaming_content))  # type: ignore[attr-defined]


async def next_move(frames: AsyncIterator[bytes]) -> str:
    while True:
        frame = (await asyncio.wait_for(anext(frames), 60)).decode()
        if "event: moved" in frame:
            return frame.partition("data: ")[2].strip()


@sync_to_async
def stage(run: runs.JobRun, name: str) -> None:
    run.stage(name)
    run._events.drain()


def named(run: runs.JobRun) -> str:
    return f'{{"job":"{run.job.pk}"}}'


async def test_each_move_is_told_without_its_words_until_all_are_over(
    alice: User, alice_actor: Actor
) -> None:
    one, other = await begun(alice_actor), await begun(alice_actor)
    frames = await page_of(alice, one, other)
    assert frames
    assert await anext(frames) == event_hub.RETRY

    await stage(other, "counting")
    assert await next_move(frames) == named(other)
    await sync_to_async(one.finish)({})
    assert await next_move(frames) == named(one)
    await sync_to_async(other.finish)({})
    assert await next_move(frames) == named(other)

    async with asyncio.timeout(60):
        left = [frame async for frame in frames]
    assert not [frame for frame in left if b"moved" in frame]
    assert left[-1] == job_moves.DONE


async def test_a_job_that_ended_before_anybody_listened_is_told_at_once(
    alice: User, alice_actor: Actor
) -> None:
    run = await begun(alice_actor)
    await sync_to_async(run.finish)({})

    frames = await page_of(alice, run)

    assert frames
    assert await next_move(frames) == named(run)


async def test_a_stranger_follows_nothing(bob: User, bob_actor: Actor, alice_actor: Actor) -> None:
    assert await page_of(bob, await begun(alice_actor)) is None


async def test_one_more_page_than_a_member_may_have_open_is_told_to_come_again(
    alice: User, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_moves, "MAX_STREAMS", 1)
    run = await begun(alice_actor)
    frames = await page_of(alice, run)
    assert frames
    assert await anext(frames) == event_hub.RETRY
    client = AsyncClient()
    client.cookies = (await sync_to_async(browser_of)(alice)).cookies

    assert (await client.get("/jobs/moves/", {"job": str(run.job.pk)})).status_code == 429


async def test_who_leaves_the_page_is_forgotten(alice_actor: Actor) -> None:
    frames = job_moves.job_moves([(await begun(alice_actor)).job])
    assert await anext(frames) == event_hub.RETRY

    await frames.aclose()

    assert not event_hub.hub()._subscribers


def test_a_page_names_the_jobs_that_are_under_way(alice_actor: Actor) -> None:
    queued = services.create_job(alice_actor, kind=COUNT, inputs={})
    over = services.create_job(alice_actor, kind=COUNT, inputs={})
    lifecycle.cancel_queued(over)
    shown = Template(
        "{% load jobs %}{{ one|jobs_under_way }}|{{ many|jobs_under_way }}|{{ nothing|jobs_under_way }}"
    )

    text = shown.render(
        Context({"one": queued, "many": [over, Job.objects.get(pk=queued.pk)], "nothing": None})
    )

    assert text == f"{queued.pk}|{queued.pk}|"

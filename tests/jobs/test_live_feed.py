"""Feeds of organisations: a name is all that one needs. Inboxes: tests/customer_service/inbox/test_live.py."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async

from apps.core import redis_client
from apps.jobs import event_hub, events
from apps.jobs.live_feed import FeedSubscriber, LiveFeed

TAIL = LiveFeed("tail")


@pytest.fixture(autouse=True)
async def _hub() -> AsyncIterator[None]:
    yield
    await event_hub.close_hub()


async def told(frames: AsyncIterator[bytes], count: int) -> list[str]:
    lines: list[str] = []
    while len(lines) < count:
        block = (await asyncio.wait_for(anext(frames), 60)).decode()
        lines += [line for line in block.splitlines() if line.startswith("data: ")]
    return lines


async def test_events_without_a_subject_are_each_told_and_resumed_after_any_of_them() -> None:
    organisation_id = uuid4()
    send = sync_to_async(TAIL.send)
    frames = event_hub.subscribe(FeedSubscriber(TAIL.key(organisation_id)))
    assert await anext(frames) == event_hub.RETRY
    for number in range(3):
        await send(organisation_id, "line", {"number": number})
    await send(uuid4(), "line", {"number": 99})

    assert await told(frames, 3) == [f'data: {{"number":{number}}}' for number in range(3)]

    entries = await sync_to_async(redis_client.synchronous().xrange)(TAIL.key(organisation_id))
    first = events.parsed_id(entries[0][0].decode())
    again = event_hub.subscribe(FeedSubscriber(TAIL.key(organisation_id), first))
    assert await anext(again) == event_hub.RETRY
    assert await told(again, 2) == ['data: {"number":1}', 'data: {"number":2}']

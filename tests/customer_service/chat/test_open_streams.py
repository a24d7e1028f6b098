"""A visitor's windows follow the answer; a flood of them is refused."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.cache import cache

from apps.customer_service.channels.models import Channel
from apps.customer_service.chat import api
from apps.jobs import event_hub, open_streams
from apps.jobs.open_streams import StreamLimit, TooManyStreams
from tests.customer_service.visitor_fixtures import VisitorBrowser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    assert not open_streams._open


@asynccontextmanager
async def being_read(*answers: Any) -> AsyncIterator[None]:
    """Each stream has sent its beginning and is held open; behind the block none is."""
    streams = [aiter(answer.streaming_content) for answer in answers]
    try:
        for stream in streams:
            await anext(stream)
        yield
    finally:
        for stream, answer in zip(streams, answers, strict=True):
            await stream.aclose()
            # Django's wrapper leaves what it wraps to the garbage collector; a server drops the whole answer.
            await answer._iterator.aclose()


def test_a_conversation_is_followed_in_a_few_windows_and_no_more(channel: Channel) -> None:
    vera, carl = VisitorBrowser(channel), VisitorBrowser(channel)

    async def follow() -> None:
        answers = [await sync_to_async(vera.get)("events/") for _ in range(api.MAX_STREAMS)]
        async with being_read(*answers):
            refused = await sync_to_async(vera.get)("events/")
            assert refused.status_code == 429
            assert refused.json()["error"]["code"] == "too_many_streams"
            assert "Close some" in refused.json()["error"]["message"]
            assert int(refused["Retry-After"]) > 0
            assert (await sync_to_async(carl.get)("events/")).status_code == 200
        assert (await sync_to_async(vera.get)("events/")).status_code == 200
        await event_hub.close_hub()

    async_to_sync(follow)()


def test_a_network_follows_many_conversations_and_not_any_number(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MAX_STREAMS_OF_NETWORK", 2)
    visitors = [VisitorBrowser(channel) for _ in range(3)]

    async def follow() -> None:
        answers = [await sync_to_async(each.get)("events/") for each in visitors[:2]]
        async with being_read(*answers):
            assert (await sync_to_async(visitors[2].get)("events/")).status_code == 429
        await event_hub.close_hub()

    async_to_sync(follow)()


def test_of_requests_at_once_those_without_room_end_before_they_begin() -> None:
    """All were let in before any was read."""
    limits = (StreamLimit("conversation:1", 2),)

    async def frames() -> AsyncIterator[bytes]:
        while True:
            yield b"frame"
            await asyncio.sleep(0)

    async def read() -> None:
        streams = [open_streams.counted_frames(frames(), limits) for _ in range(3)]  # type: ignore[arg-type]
        assert [await anext(stream, None) for stream in streams] == [b"frame", b"frame", None]
        with pytest.raises(TooManyStreams):
            open_streams.require_room(limits)
        for stream in streams:
            await stream.aclose()
        open_streams.require_room(limits)

    asyncio.run(read())

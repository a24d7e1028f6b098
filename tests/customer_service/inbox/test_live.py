"""Open inboxes hear at once what moves: who hears it, what of it, and what happens when Redis or the client goes."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.test import AsyncClient

from apps.accounts.actors import Actor
from apps.core import redis_client
from apps.customer_service.conversations import activity, services
from apps.customer_service.conversations.models import Conversation
from apps.jobs import event_hub, live_feed
from apps.jobs.live_feed import FeedSubscriber
from tests.conftest import api_client
from tests.customer_service.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)

Stream = AsyncIterator[bytes]


@pytest.fixture(autouse=True)
async def _hub() -> AsyncIterator[None]:
    yield
    await event_hub.close_hub()


async def stream(actor: Actor, **headers: str) -> Stream:
    """An open stream that hears everything from now on."""
    client = await sync_to_async(api_client)(actor)
    answer = await AsyncClient().get(
        "/api/v1/conversations/live/",
        headers={"Authorization": client.defaults["HTTP_AUTHORIZATION"], **headers},
    )
    assert answer.status_code == 200
    frames = aiter(cast("Stream", answer.streaming_content))  # type: ignore[attr-defined]
    assert await anext(frames) == event_hub.RETRY
    return frames


async def hear(frames: Stream) -> list[dict[str, Any]]:
    """The next events, as {id, event, data}."""
    heard = []
    for frame in (await asyncio.wait_for(anext(frames), 60)).decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in frame.splitlines() if line[:1] != ":")
        if fields:
            heard.append({**fields, "data": json.loads(fields["data"])})
    return heard


@sync_to_async
def opened(desk: Desk, message: str | None = "Hello") -> Conversation:
    return desk.open(message).conversation


async def test_a_message_is_heard_after_its_commit(alice_actor: Actor, desk: Desk) -> None:
    frames = await stream(alice_actor)
    conversation = await opened(desk)

    [heard] = await hear(frames)

    assert (heard["event"], heard["data"]) == ("moved", {"conversation": str(conversation.pk)})


async def test_many_moves_of_one_conversation_are_told_once(alice_actor: Actor, desk: Desk) -> None:
    conversation = await opened(desk)
    frames = await stream(alice_actor)
    for text in ("And", "one", "more"):
        await sync_to_async(desk.ask)(conversation, text)
    await sync_to_async(services.take_over)(alice_actor, conversation_id=conversation.pk)

    assert len(await hear(frames)) == 1


@pytest.mark.slow
async def test_a_rival_hears_nothing(bob_actor: Actor, alice_actor: Actor, desk: Desk) -> None:
    frames, own = await stream(bob_actor), await stream(alice_actor)
    await opened(desk)
    assert await hear(own)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(frames), 0.3)


async def test_a_client_that_comes_back_hears_what_it_missed(alice_actor: Actor, desk: Desk) -> None:
    frames = await stream(alice_actor)
    await opened(desk)
    [last] = await hear(frames)
    missed = await opened(desk)

    frames = await stream(alice_actor, **{"Last-Event-ID": last["id"]})

    assert [each["data"]["conversation"] for each in await hear(frames)] == [str(missed.pk)]


async def test_a_client_that_was_away_too_long_is_told_to_look_at_everything(
    alice_actor: Actor, desk: Desk
) -> None:
    frames = await stream(alice_actor)
    await opened(desk)
    [last] = await hear(frames)
    await sync_to_async(redis_client.synchronous().flushdb)()
    await opened(desk)

    frames = await stream(alice_actor, **{"Last-Event-ID": last["id"]})

    assert [each["event"] for each in await hear(frames)] == ["gap"]


async def test_a_wiped_redis_silences_nobody(alice_actor: Actor, desk: Desk) -> None:
    frames = await stream(alice_actor)
    await opened(desk)
    assert await hear(frames)

    await sync_to_async(redis_client.synchronous().flushdb)()
    again = await opened(desk)

    assert [each["data"]["conversation"] for each in await hear(frames)] == [str(again.pk)]


async def test_an_absent_redis_is_survived_and_told_as_a_gap(
    alice_actor: Actor, desk: Desk, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(event_hub, "RETRY_SECONDS", 0.05)
    hub = event_hub.EventHub()
    settings.REDIS_URL = there
    frames = hub.frames(FeedSubscriber(activity.FEED.key(alice_actor.organisation.pk)))
    try:
        assert await asyncio.wait_for(anext(frames), 60) == event_hub.RETRY
        assert await asyncio.wait_for(anext(frames), 60) == live_feed.GAP
    finally:
        await frames.aclose()
        await hub.close()


async def test_a_slow_client_holds_a_bounded_memory() -> None:
    subscriber = FeedSubscriber("desk:0:events")
    subscriber.begin([])
    for number in range(3 * live_feed.MAX_WAITING_FRAMES):
        fields = {b"t": b"moved", b"d": b"{}", b"a": b"%d" % number}
        subscriber.receive_all([(b"%d-0" % number, fields)])

    heard = await subscriber.next_bytes()

    assert heard.startswith(live_feed.GAP)
    assert heard.count(b"event:") <= live_feed.MAX_WAITING_FRAMES


async def test_who_leaves_is_forgotten(alice_actor: Actor, desk: Desk) -> None:
    hub = event_hub.EventHub()
    frames = hub.frames(FeedSubscriber(activity.FEED.key(alice_actor.organisation.pk)))
    await anext(frames)
    assert hub._subscribers

    await frames.aclose()

    assert (hub._subscribers, hub._cursors) == ({}, {})
    await hub.close()


@pytest.mark.slow
async def test_a_hub_ends_whenever_it_is_told_to() -> None:
    for turns in range(20):
        hub = event_hub.EventHub()
        for _ in range(turns):
            await asyncio.sleep(0)

        await asyncio.wait_for(hub.close(), 60)


async def test_a_watch_ends_after_a_while_so_that_permission_is_asked_again(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_feed, "LIFETIME_SECONDS", 0.05)
    monkeypatch.setattr(event_hub, "HEARTBEAT_SECONDS", 0.05)
    frames = await stream(alice_actor)

    told = [frame async for frame in frames]

    assert set(told) <= {event_hub.HEARTBEAT}


async def test_only_who_may_read_conversations_may_watch(alice_actor: Actor) -> None:
    client = await sync_to_async(api_client)(alice_actor, "jobs.view")

    answer = await AsyncClient().get(
        "/api/v1/conversations/live/", headers={"Authorization": client.defaults["HTTP_AUTHORIZATION"]}
    )

    assert answer.status_code == 403


async def test_an_event_goes_out_only_if_the_change_is_stored(alice_actor: Actor, desk: Desk) -> None:
    def refused() -> None:
        with transaction.atomic():
            desk.open("Hello")
            transaction.set_rollback(True)

    await sync_to_async(refused)()

    key = activity.FEED.key(alice_actor.organisation.pk)
    assert await sync_to_async(redis_client.synchronous().xlen)(key) == 0

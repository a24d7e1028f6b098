"""Places at an endpoint, against real Redis, on the process's event loop as in production."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID, uuid4

import pytest

from apps.core import redis_client
from apps.inference import permits
from apps.inference.permits import Permits
from llm_backend import event_loop

TEA, RIVAL = uuid4(), uuid4()


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return event_loop.run(asyncio.wait_for(coroutine, 60))


async def until(endpoint_id: UUID, name: str, count: int) -> None:
    """`run` sets the deadline."""
    while await redis_client.asynchronous().zcard(permits.key(endpoint_id, name)) < count:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


@pytest.fixture
def endpoint_id() -> UUID:
    return uuid4()


@pytest.mark.slow
def test_no_more_calls_run_than_there_are_places(endpoint_id: UUID) -> None:
    running, peak = 0, 0

    async def call(places: Permits, organisation: UUID) -> None:
        nonlocal running, peak
        async with places.place(endpoint_id, organisation, limit=3):
            running += 1
            peak = max(peak, running)
            await asyncio.sleep(0.05)
            running -= 1

    async def flood() -> None:
        processes = [Permits(), Permits()]
        await asyncio.gather(*(call(processes[number % 2], TEA) for number in range(30)))

    run(flood())
    assert peak == 3
    assert permits.in_use(endpoint_id) == (0, 0)


def test_an_organisation_with_one_question_does_not_wait_behind_a_flood(endpoint_id: UUID) -> None:
    order: list[str] = []

    async def call(places: Permits, organisation: UUID, name: str) -> None:
        async with places.place(endpoint_id, organisation, limit=1):
            order.append(name)

    async def crowd() -> None:
        places = Permits()
        async with places.place(endpoint_id, TEA, limit=1):
            flood = [asyncio.create_task(call(places, TEA, f"tea{number}")) for number in range(10)]
            await until(endpoint_id, "waiting", 10)
            rival = asyncio.create_task(call(places, RIVAL, "rival"))
            await until(endpoint_id, "waiting", 11)
        await asyncio.gather(rival, *flood)

    run(crowd())
    assert order.index("rival") <= 1
    assert len(order) == 11


def test_who_waits_is_told_the_position(endpoint_id: UUID) -> None:
    positions: list[int] = []

    async def crowd() -> None:
        places = Permits()
        async with places.place(endpoint_id, TEA, limit=1):
            second = asyncio.create_task(enter(places, endpoint_id, positions.append))
            await until(endpoint_id, "waiting", 1)
        await second

    run(crowd())
    assert positions[0] == 1


async def enter(places: Permits, endpoint_id: UUID, on_wait: permits.OnWait | None = None) -> None:
    async with places.place(endpoint_id, TEA, limit=1, on_wait=on_wait):
        pass


def test_who_stops_waiting_leaves_the_queue(endpoint_id: UUID) -> None:
    async def crowd() -> None:
        places = Permits()
        async with places.place(endpoint_id, TEA, limit=1):
            impatient = asyncio.create_task(enter(places, endpoint_id))
            await until(endpoint_id, "waiting", 1)
            impatient.cancel()
            await asyncio.gather(impatient, return_exceptions=True)

    run(crowd())
    assert permits.in_use(endpoint_id) == (0, 0)


def test_the_places_of_a_killed_worker_come_free(endpoint_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permits, "LEASE_MS", 50)
    monkeypatch.setattr(permits, "RENEW_SECONDS", 60)

    killed_worker = Permits().place(endpoint_id, TEA, limit=1)
    run(killed_worker.__aenter__())
    assert permits.in_use(endpoint_id)[0] == 1
    run(enter(Permits(), endpoint_id))


def test_running_calls_enter_themselves_again_after_redis_was_wiped(
    endpoint_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permits, "RENEW_SECONDS", 0.02)

    async def outlive_a_flush() -> None:
        async with Permits().place(endpoint_id, TEA, limit=1):
            await redis_client.asynchronous().flushdb()
            await until(endpoint_id, "held", 1)

    run(outlive_a_flush())


def test_waiters_survive_a_wiped_redis(endpoint_id: UUID) -> None:
    async def crowd() -> None:
        places = Permits()
        async with places.place(endpoint_id, TEA, limit=1):
            second = asyncio.create_task(enter(places, endpoint_id))
            await until(endpoint_id, "waiting", 1)
            await redis_client.asynchronous().flushdb()
        await second

    run(crowd())


def hours_ahead_ms() -> int:
    """What Redis has written before its clock was set back."""
    return int((redis_client.synchronous().time()[0] + 8 * 3600) * 1000)


def test_what_killed_workers_held_before_the_clock_was_set_back_comes_free(
    endpoint_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permits, "LEASE_MS", 50)
    monkeypatch.setattr(permits, "PATIENCE_MS", 50)
    connection, waiter = redis_client.synchronous(), f"{RIVAL}/killed"
    connection.zadd(permits.key(endpoint_id, "held"), {"killed": hours_ahead_ms()})
    connection.zadd(permits.key(endpoint_id, "waiting"), {waiter: 1})
    connection.zadd(permits.key(endpoint_id, "asked"), {waiter: hours_ahead_ms()})

    event_loop.run(asyncio.wait_for(enter(Permits(), endpoint_id), 20))
    assert permits.in_use(endpoint_id) == (0, 0)


def test_who_was_served_before_the_clock_was_set_back_waits_behind_nobody_for_it(endpoint_id: UUID) -> None:
    redis_client.synchronous().hset(permits.key(endpoint_id, "served"), str(TEA), hours_ahead_ms() * 1000)
    order: list[str] = []

    async def call(places: Permits, organisation: UUID, name: str) -> None:
        async with places.place(endpoint_id, organisation, limit=1):
            order.append(name)

    async def crowd() -> None:
        places = Permits()
        async with places.place(endpoint_id, RIVAL, limit=1):
            rival = asyncio.create_task(call(places, RIVAL, "rival"))
            await until(endpoint_id, "waiting", 1)
            tea = asyncio.create_task(call(places, TEA, "tea"))
            await until(endpoint_id, "waiting", 2)
        await asyncio.gather(rival, tea)

    run(crowd())
    assert order == ["tea", "rival"]

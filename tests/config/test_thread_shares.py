"""Whose request gets a thread of the web process, with a scripted application's requests on a real event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.core.exceptions import RequestAborted

from apps.core.errors import LimitExceeded, ServiceUnavailable
from config import thread_shares
from config.thread_shares import ThreadShares, Visit

THREADS = 12


def scope(who: str = "", path: str = "/logs/records/", address: str = "203.0.113.9") -> dict[str, Any]:
    headers = [(b"authorization", f"Bearer {who}".encode())] if who else []
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": headers,
        "client": (address, 5),
        "query_string": b"",
    }


async def connected() -> dict[str, Any]:
    """What a client that stays sends while its request waits: nothing."""
    await asyncio.Event().wait()
    return {}


async def gone() -> dict[str, Any]:
    return {"type": "http.disconnect"}


class Front:
    """Requests as the web process would let them in."""

    def __init__(self, shares: ThreadShares) -> None:
        self.shares = shares

    def know(
        self, *credentials: str, organisation: str, path: str = "/", seconds: float = 0, processor: float = 0
    ) -> None:
        """As if each had been answered before, in that time."""
        for credential in credentials:
            visit = self.shares.visit(scope(credential, path))
            self.shares._take(visit)
            visit.began_at -= seconds
            visit.organisation_id, visit.processor_seconds = organisation, processor
            self.shares.end(visit)

    async def arrive(self, *arguments: str, receive: Any = connected) -> tuple[Visit, "asyncio.Task[None]"]:
        visit = self.shares.visit(scope(*arguments))
        task = asyncio.ensure_future(self.shares.begin(visit, receive))
        await asyncio.sleep(0)
        return visit, task

    async def flood(self, who: str, count: int, path: str = "/logs/records/") -> list[Visit]:
        """Those of so many requests that have a thread."""
        arrived = [await self.arrive(who, path) for _ in range(count)]
        return [visit for visit, task in arrived if task.done()]


def on_loop(scenario: Callable[[Front], Awaitable[None]], threads: int = THREADS) -> None:
    async def run() -> None:
        await scenario(Front(ThreadShares(threads)))
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    asyncio.run(run())


@pytest.mark.parametrize("path", ["/logs/records/", "/reports/0199-1/export/"])
def test_what_was_slow_for_an_organisation_has_a_third_of_the_threads_and_no_more(path: str) -> None:
    async def scenario(front: Front) -> None:
        front.know("a", "b", organisation="tea", path=path, seconds=1)

        assert len(await front.flood("a", 10, path) + await front.flood("b", 10, path)) == THREADS // 3

    on_loop(scenario)


def test_what_an_organisation_never_asked_for_has_one_thread_until_it_has_answered() -> None:
    async def scenario(front: Front) -> None:
        front.know("a", organisation="tea")
        (visit,) = await front.flood("a", 4)

        visit.organisation_id = "tea"
        front.shares.end(visit)

        assert len(front.shares._under_way["tea"]) == 3  # those that waited go on together

    on_loop(scenario)


def test_what_is_slow_for_one_organisation_is_quick_for_the_others() -> None:
    async def scenario(front: Front) -> None:
        front.know("a", organisation="tea", path="/logs/records/", seconds=1)
        front.know("z", organisation="rival", path="/logs/records/")

        assert len(await front.flood("a", 10)) == THREADS // 3
        assert len(await front.flood("z", 6)) == 6

    on_loop(scenario)


def test_of_what_takes_the_processor_an_organisation_has_one_at_a_time() -> None:
    async def scenario(front: Front) -> None:
        front.know("a", organisation="tea", path="/reports/", seconds=1)
        front.know("a", organisation="tea", path="/logs/records/", processor=1)

        assert len(await front.flood("a", 10)) == 1
        assert len(await front.flood("a", 10, "/reports/")) == THREADS // 3 - 1

    on_loop(scenario)


def test_what_takes_the_processor_against_expectation_is_found_out_while_it_does() -> None:
    async def scenario(front: Front) -> None:
        front.know("a", organisation="tea", path="/logs/records/")
        front.know("a", organisation="tea", path="/reports/", processor=1)
        (visit,) = await front.flood("a", 1)
        visit.start_clock()
        visit.processor_began -= 1

        assert await front.flood("a", 1, "/reports/") == []

    on_loop(scenario)


def test_a_burst_of_what_was_quick_before_leaves_half_of_the_threads_to_others() -> None:
    async def scenario(front: Front) -> None:
        front.know("a", organisation="tea", path="/logs/records/")
        front.know("z", organisation="rival")

        assert len(await front.flood("a", 40)) == THREADS // 2
        assert len(await front.flood("z", 6, "/")) == 6

    on_loop(scenario)


def test_quick_requests_go_past_the_slow_ones_of_their_own_organisation() -> None:
    async def scenario(front: Front) -> None:
        front.know("a", organisation="tea", path="/")
        await front.flood("a", 20, "/audit/export/csv/")

        assert len(await front.flood("a", 3, "/")) == 3

    on_loop(scenario)


def test_members_keys_and_visitors_of_an_organisation_are_one_share_and_strangers_one_for_each_network() -> (
    None
):
    async def scenario(front: Front) -> None:
        front.know("a", "b", organisation="tea", path="/logs/records/", seconds=1)

        assert len(await front.flood("a", 2) + await front.flood("b", 9)) == THREADS // 3
        assert len(await front.flood("made up", 9)) == THREADS // 3  # of one network, as all strangers here
        assert not await front.flood("made up, too", 1)
        _visit, task = await front.arrive("", "/accounts/login/", "198.51.100.1")
        assert task.done()

    on_loop(scenario)


def test_the_session_of_a_cookie_and_an_address_with_other_ids_are_recognised() -> None:
    shares = ThreadShares(THREADS)
    cookie = [(b"cookie", b"theme=dark; sessionid=abc; x=1")]
    first, again = (shares.visit(scope(path=path) | {"headers": cookie}) for path in ("/a/1-b/c/", "/a/2/c/"))

    assert first.credential == again.credential != b""
    assert first.address == again.address == "GET /a/*/c/"
    assert shares.visit(scope()).credential == b""


def test_all_organisations_together_leave_room_for_somebody_who_signs_in() -> None:
    async def scenario(front: Front) -> None:
        for number in range(5):
            front.know(f"key {number}", organisation=f"shop {number}", path="/logs/records/")
            await front.flood(f"key {number}", 8)
        assert front.shares._by_kind == {True: 0, False: THREADS}

        _visit, task = await front.arrive("", "/accounts/login/")
        assert task.done()

    on_loop(scenario)


def test_a_thread_that_comes_free_is_for_whoever_had_one_longest_ago() -> None:
    async def scenario(front: Front) -> None:
        for who in ("z", "a"):
            front.know(who, organisation=who, path="/logs/records/")
        (running,) = await front.flood("a", 1)
        arrived = [await front.arrive(who) for who in ("a", "a", "z")]
        order = []
        for _ in range(3):
            front.shares.end(running)
            await asyncio.wait([task for _visit, task in arrived], return_when=asyncio.FIRST_COMPLETED)
            (entry,) = [each for each in arrived if each[1].done()]
            arrived.remove(entry)
            running = entry[0]
            order.append(running.share)

        assert order == ["z", "a", "a"]

    on_loop(scenario, threads=1)


def test_whoever_waits_in_vain_is_told_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_shares, "WAIT_SECONDS", 0.01)

    async def scenario(front: Front) -> None:
        front.know("a", organisation="tea")
        await front.flood("a", 4)
        _visit, task = await front.arrive("a")
        with pytest.raises(LimitExceeded) as told:
            await task
        assert told.value.retry_after_seconds
        assert not front.shares._lines

    on_loop(scenario)


def test_without_any_free_thread_the_server_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_shares, "WAIT_SECONDS", 0.01)

    async def scenario(front: Front) -> None:
        await front.flood("a", 1)
        _visit, task = await front.arrive("", "/", "198.51.100.1")
        with pytest.raises(ServiceUnavailable):
            await task

    on_loop(scenario, threads=1)


def test_a_line_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_shares, "MOST_WAITING", 3)

    async def scenario(front: Front) -> None:
        front.know("a", organisation="tea")
        await front.flood("a", 4 + 3)
        _visit, task = await front.arrive("a")
        with pytest.raises(LimitExceeded):
            await task

    on_loop(scenario)


def test_whoever_goes_leaves_the_line_and_takes_no_thread() -> None:
    async def scenario(front: Front) -> None:
        (running,) = await front.flood("a", 1)
        _visit, task = await front.arrive("a", receive=gone)
        with pytest.raises(RequestAborted):
            await task

        front.shares.end(running)
        assert (front.shares._free, front.shares._lines, front.shares._under_way) == (2, {}, {})

    on_loop(scenario, threads=1)


def test_a_request_that_is_cancelled_while_it_waits_holds_nothing() -> None:
    async def scenario(front: Front) -> None:
        (running,) = await front.flood("a", 1)
        _first, first = await front.arrive("a")
        _second, second = await front.arrive("a")
        second.cancel()
        front.shares.end(running)
        first.cancel()  # it has just been given the thread
        await asyncio.wait((first, second))

        assert (front.shares._free, front.shares._lines, front.shares._under_way) == (2, {}, {})

    on_loop(scenario, threads=1)


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_shares, "REMEMBERED", 2)
    memory: thread_shares.Memory[str, int] = thread_shares.Memory()
    memory["a"], memory["b"] = 1, 2
    memory.get("a", 0)
    memory["c"] = 3

    assert list(memory) == ["a", "c"]

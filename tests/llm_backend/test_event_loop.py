import asyncio
import os
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from llm_backend import event_loop


async def answer(value: int) -> int:
    await asyncio.sleep(0.05)
    return value


def test_two_hundred_threads_wait_at_the_same_time() -> None:
    with ThreadPoolExecutor(200) as threads:
        assert list(threads.map(lambda number: event_loop.run(answer(number)), range(200))) == list(
            range(200)
        )


def test_an_exception_reaches_the_waiting_thread() -> None:
    async def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        event_loop.run(fail())


def test_cancelling_the_future_cancels_the_coroutine() -> None:
    begun, cancelled = threading.Event(), threading.Event()

    async def wait_for_ever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    future = event_loop.submit(wait_for_ever())
    assert begun.wait(60)
    future.cancel()
    assert cancelled.wait(60)
    with pytest.raises(CancelledError):
        future.result()


def test_waiting_on_the_loop_itself_is_refused_instead_of_hanging() -> None:
    async def nested() -> int:
        return event_loop.run(answer(1))

    with pytest.raises(RuntimeError, match="await"):
        event_loop.run(nested())


def test_a_forked_child_gets_a_loop_of_its_own() -> None:
    event_loop.run(answer(1))
    pid = os.fork()
    if pid == 0:
        os._exit(event_loop.run(answer(42)))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 42

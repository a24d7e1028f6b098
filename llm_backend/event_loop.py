"""One background event loop per process, for the many worker threads that wait for models at the same time.

A thread that waits costs nothing on the token path: sockets are read and decoded on this one loop.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import uvloop

Result = TypeVar("Result")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_owner_pid = 0


def running_loop() -> asyncio.AbstractEventLoop:
    """Started on first use. A forked child starts its own: threads do not survive a fork."""
    global _loop, _owner_pid
    if _loop is not None and _owner_pid == os.getpid():
        return _loop
    with _lock:
        if _loop is None or _owner_pid != os.getpid():
            _loop = uvloop.new_event_loop()
            threading.Thread(target=_loop.run_forever, name=THREAD_NAME, daemon=True).start()
            _owner_pid = os.getpid()
        return _loop


def submit(coroutine: Coroutine[Any, Any, Result]) -> "Future[Result]":
    """Cancelling the future cancels the coroutine."""
    return asyncio.run_coroutine_threadsafe(coroutine, running_loop())


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Blocks the calling thread until the coroutine has ended, and returns what it returned or raises what it raised.
    RuntimeError where it is called on the loop's own thread.
    """
    if threading.current_thread().name == THREAD_NAME:
        coroutine.close()
        raise RuntimeError("event_loop.run would wait for itself: await the coroutine instead")
    return submit(coroutine).result()


def raise_if_cancelled() -> None:
    """For coroutines that await redis: it sends through asyncio.wait_for, which before Python 3.12 swallows a
    cancel that comes in the moment in which the sending ends."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


THREAD_NAME = "model-event-loop"


def _renew_lock() -> None:
    """A thread of the parent may have held it when the child was forked: it would never be let go."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)

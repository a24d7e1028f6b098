import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Result = TypeVar("Result")


def once_per_process(make: Callable[[], Result]) -> Callable[[], Result]:
    """Like functools.cache, but threads that call at once get the same object, and a forked child makes its own."""
    lock = threading.Lock()
    results: dict[int, Result] = {}

    @wraps(make)
    def made_once() -> Result:
        # A forked child has its parent's threads and sockets only in name: it needs its own.
        process = os.getpid()
        if process not in results:
            with lock:
                # Another thread may have made it while this one waited for the lock.
                if process not in results:
                    results[process] = make()
        return results[process]

    return made_once

import os
import threading
from collections.abc import Callable
from functools import cache
from typing import TypeVar

Result = TypeVar("Result")


def once_per_process(make: Callable[[], Result]) -> Callable[[], Result]:
    """Like functools.cache, but threads that call at once get the same object, and a forked child makes its own."""
    lock, made, of_parents = threading.Lock(), list[Result](), list[Result]()

    @cache
    def made_once() -> Result:
        with lock:
            # Another thread may have made it while this one waited for the lock.
            if not made:
                made.append(make())
        return made[0]

    def forget() -> None:
        """A forked child has its parent's threads, locks and sockets only in name: it needs its own. To destroy
        those would wait for threads that are not there.
        """
        nonlocal lock
        lock = threading.Lock()
        of_parents.extend(made)
        made.clear()
        made_once.cache_clear()

    os.register_at_fork(after_in_child=forget)
    return made_once

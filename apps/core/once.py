import os
import threading
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Made = TypeVar("Made")


def once_per_process(make: Callable[[], Made]) -> Callable[[], Made]:
    """Like functools.cache, but threads that call at once get the same object, and a forked child makes its own."""
    lock = threading.Lock()
    made: dict[int, Made] = {}

    @wraps(make)
    def made_once() -> Made:
        process = os.getpid()
        if process not in made:
            with lock:
                if process not in made:
                    made[process] = make()
        return made[process]

    return made_once

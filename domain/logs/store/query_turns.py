"""How many questions a process answers at once, and how many of them for one organisation.

A question is work of the processor from end to end: planned and put together in Python, which holds up every other thread of
its process, and answered by threads of a database. Whoever asks many at once gets some, and the others theirs.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from domain.logs.store.errors import TooManyQueries


class QueryTurns:
    def __init__(self, most: int, most_each: int, *, wait_seconds: float) -> None:
        """`wait_seconds`: who gets no turn within them is refused, for waiting holds a thread of the caller's."""
        self._most, self._most_each, self._wait_seconds = most, most_each, wait_seconds
        self._taken: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def one(self, organisation: str, deadline: float) -> Iterator[None]:
        """Raises TooManyQueries. `deadline`: of the monotonic clock; nobody waits for longer."""

        def is_free() -> bool:
            return self._taken.total() < self._most and self._taken[organisation] < self._most_each

        with self._changed:
            if not self._changed.wait_for(is_free, min(self._wait_seconds, deadline - time.monotonic())):
                raise TooManyQueries("Other questions are being answered.")
            self._taken[organisation] += 1
        try:
            yield
        finally:
            with self._changed:
                self._taken[organisation] -= 1
                if not self._taken[organisation]:
                    del self._taken[organisation]
                self._changed.notify_all()

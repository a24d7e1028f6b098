"""Who works on the processor: runs of one process take turns, those of organisations with little under way first.

Python runs one thread at a time. A run works for some milliseconds, waits for a model and works again; when hundreds of
one organisation come back at once, the run of another would get the hundredth part of the processor. So a few work, the
others sleep until it is their turn.
"""

import heapq
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from apps.core.singleton import once_per_process

# Python runs one thread at a time, but some of those that work wait for a row: `docs/decisions/rows-are-the-truth.md`.
WORKING_AT_ONCE = 4
# Nobody waits longer: a turn may be held by somebody who waits for a row or for a child process.
MAX_WAIT_SECONDS = 1.0


class ProcessorTurns:
    """`rank` of a taker: how much its organisation has under way; the lowest is next, among equals the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = WORKING_AT_ONCE
        self._tickets = count()
        self._sleeping: list[tuple[int, int, threading.Event]] = []

    def take(self, rank: int) -> bool:
        """True when there is a turn to give back; False when waiting for it took too long: then work without."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            mine = (rank, next(self._tickets), threading.Event())
            heapq.heappush(self._sleeping, mine)
        if mine[2].wait(MAX_WAIT_SECONDS):
            return True
        with self._lock:
            if mine[2].is_set():
                return True
            self._sleeping.remove(mine)
            heapq.heapify(self._sleeping)
            return False

    def give_back(self) -> None:
        with self._lock:
            if self._sleeping:
                heapq.heappop(self._sleeping)[2].set()
            else:
                self._free += 1


class ProcessorTurn:
    """The turn of one run, which gives it up whenever it waits."""

    def __init__(self, turns: ProcessorTurns, rank: int) -> None:
        self._turns = turns
        self._rank = rank
        self._has_turn = False

    @contextmanager
    def working(self) -> Iterator[None]:
        self._has_turn = self._turns.take(self._rank)
        try:
            yield
        finally:
            self._end()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Without the turn; it is taken again before the run goes on, also where what it waited for failed."""
        self._end()
        try:
            yield
        finally:
            self._has_turn = self._turns.take(self._rank)

    def _end(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._turns.give_back()


@once_per_process
def turns_of_process() -> ProcessorTurns:
    return ProcessorTurns()

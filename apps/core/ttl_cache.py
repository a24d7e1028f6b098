"""What each process remembers, and forgetting all of it at once."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

_clear_functions: list[Callable[[], object]] = []


def register(clear: Callable[[], object]) -> None:
    """Has `clear_all` call `clear`, too: for what is remembered otherwise than in a TTLCache."""
    _clear_functions.append(clear)


def clear_all() -> None:
    """Empties every cache of this process, as after each test, when the rows under them are gone."""
    for clear in _clear_functions:
        clear()


class TTLCache(Generic[Value]):
    """Values by key, for some seconds and in this process alone: others may see the old value that long."""

    def __init__(self, *, seconds: float, size: int = 1000) -> None:
        self._seconds = seconds
        self._size = size
        self._entries: dict[Hashable, tuple[float, Value]] = {}
        register(self.clear)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        now = time.monotonic()
        entry = self._entries.get(key)
        if entry and entry[0] > now:
            return entry[1]
        if len(self._entries) >= self._size:
            # Simpler than the oldest, and what is needed is there again with its next use.
            self._entries.clear()
        value = make()
        self._entries[key] = (now + self._seconds, value)
        return value

    def drop(self, key: Hashable) -> None:
        """For a value that turned out to be old before its time."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        self._entries.clear()

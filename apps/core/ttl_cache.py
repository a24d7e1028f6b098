"""Rows that nearly never change, remembered by each process for a few seconds."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class TTLCache(Generic[Value]):
    def __init__(self, *, seconds: float, size: int = 1000) -> None:
        self._seconds = seconds
        self._size = size
        self._entries: dict[Hashable, tuple[float, Value]] = {}

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        now = time.monotonic()
        entry = self._entries.get(key)
        if entry and entry[0] > now:
            return entry[1]
        if len(self._entries) >= self._size:
            self._entries.clear()
        value = make()
        self._entries[key] = (now + self._seconds, value)
        return value

    def clear(self) -> None:
        self._entries.clear()

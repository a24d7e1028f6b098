"""Rows that nearly never change, remembered by each process for a few seconds."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    def __init__(self, *, seconds: float, size: int = 1000) -> None:
        self._seconds = seconds
        self._size = size
        self._kept: dict[Hashable, tuple[float, Value]] = {}

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        now = time.monotonic()
        kept = self._kept.get(key)
        if kept and kept[0] > now:
            return kept[1]
        if len(self._kept) >= self._size:
            self._kept.clear()
        value = make()
        self._kept[key] = (now + self._seconds, value)
        return value

    def clear(self) -> None:
        self._kept.clear()

"""How long one file or source may keep a worker while others wait for it."""

import time
from collections.abc import Callable
from dataclasses import dataclass


class TurnOver(Exception):
    """Others wait. What was stored stays stored; a later attempt goes on behind it."""


@dataclass
class WorkerTurn:
    """`check` raises where the work is to stop altogether. The turn begins with `begin`, or with the first work."""

    check: Callable[[], None]
    seconds: float
    _ends_at: float | None = None

    def begin(self) -> None:
        self._ends_at = self._ends_at or time.monotonic() + self.seconds

    @property
    def is_over(self) -> bool:
        return self._ends_at is not None and time.monotonic() > self._ends_at

    def check_after_work(self) -> None:
        """Called where something was stored, so that each turn comes further. Raises TurnOver, and what `check` raises."""
        self.check()
        self.begin()
        if self.is_over:
            raise TurnOver

"""Rounds of periodic work: what is wrong with one item keeps no other item waiting.

    tend_each(schedules, run, name="schedules")

What an item raises is logged by its kind alone, as its words may be somebody's, and raised when the round is over: an
ExceptionGroup of all. A database that is away is away for the others, too, so that is raised at once.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)

Item = TypeVar("Item")


class Round:
    """`name`: of the items, as the log tells it. For loops that do more than `tend_each`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.failures: list[Exception] = []

    @contextmanager
    def item(self) -> Iterator[list[Exception]]:
        """What is raised inside waits for `end`, and stands in the list: items may be tended in threads."""
        own_failures: list[Exception] = []
        try:
            yield own_failures
        except Exception as error:
            if isinstance(error, OperationalError | InterfaceError):
                raise
            logger.warning("an item of %s was passed over: %s", self.name, type(error).__name__)
            own_failures.append(error)
            self.failures.append(error)

    def end(self) -> None:
        """Raises an ExceptionGroup where items were passed over."""
        if self.failures:
            raise ExceptionGroup(f"{len(self.failures)} of {self.name} were passed over", self.failures)


def tend_each(items: Iterable[Item], tend: Callable[[Item], object], *, name: str) -> int:
    """Does `tend` with every item, each by itself, and answers for how many it said that it did something."""
    this_round, count = Round(name), 0
    for item in items:
        with this_round.item():
            count += bool(tend(item))
    this_round.end()
    return count

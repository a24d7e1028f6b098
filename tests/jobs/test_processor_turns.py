"""Whose run works next, with real threads."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from apps.jobs import concurrency
from apps.jobs.concurrency import WORKING_AT_ONCE, ProcessorTurn, ProcessorTurns


@pytest.fixture
def turns() -> ProcessorTurns:
    return ProcessorTurns()


@pytest.fixture
def everybody_works(turns: ProcessorTurns) -> Iterator[ExitStack]:
    """All turns are taken until the stack is closed."""
    with ExitStack() as working:
        for _ in range(WORKING_AT_ONCE):
            working.enter_context(ProcessorTurn(turns, 0).working())
        yield working


def sleeping(turns: ProcessorTurns, count: int) -> bool:
    with turns._lock:
        return len(turns._sleeping) == count


def test_an_organisation_with_little_under_way_comes_before_a_flood(
    turns: ProcessorTurns, everybody_works: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concurrency, "MAX_WAIT_SECONDS", 30)
    came: list[int] = []
    is_next = threading.Lock()

    def run(rank: int) -> None:
        with ProcessorTurn(turns, rank).working(), is_next:
            came.append(rank)

    threads = [threading.Thread(target=run, args=(rank,)) for rank in (40, 41, 42, 1)]
    for number, thread in enumerate(threads, start=1):
        thread.start()
        while not sleeping(turns, number):
            pass
    with is_next:
        # One turn becomes free; whoever got it waits here.
        turns.give_back()
        while not sleeping(turns, 3):
            pass
        assert [rank for rank, *_ in sorted(turns._sleeping)] == [40, 41, 42]
    for thread in threads:
        thread.join(30)

    assert came[0] == 1


def test_a_run_that_waits_leaves_its_turn_to_others(
    turns: ProcessorTurns, everybody_works: ExitStack
) -> None:
    everybody_works.close()
    own = ProcessorTurn(turns, 0)

    with own.working():
        with own.waiting():
            assert turns._free == WORKING_AT_ONCE
        assert turns._free == WORKING_AT_ONCE - 1
    assert turns._free == WORKING_AT_ONCE


@pytest.mark.usefixtures("everybody_works")
def test_nobody_waits_for_ever_for_a_turn(turns: ProcessorTurns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "MAX_WAIT_SECONDS", 0.01)

    assert not turns.take(0)
    assert sleeping(turns, 0)

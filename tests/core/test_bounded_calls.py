"""Work in child processes that are killed when it takes too long."""

import os
import re
import sys
import threading
import time

import pytest

from apps.core import bounded_calls
from apps.core.bounded_calls import TookTooLong, call, call_apart

LIBRARIES = ("colorsys",)


def test_a_call_gives_what_the_function_gives_or_raises() -> None:
    assert call(sorted, [3, 1, 2]) == [1, 2, 3]
    with pytest.raises(ValueError, match="invalid literal"):
        call(int, "tea")


def test_one_child_serves_many_calls() -> None:
    assert call(os.getpid) == call(os.getpid) != os.getpid()


def test_long_work_has_a_child_that_ends_with_it() -> None:
    child = call_apart(os.getpid, seconds=10)

    assert child not in {call(os.getpid), os.getpid()}
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    with pytest.raises(TookTooLong):
        call_apart(time.sleep, 5, seconds=0.2)


def test_libraries_that_a_module_names_are_loaded_before_the_time_of_a_call_begins() -> None:
    assert call(_has_loaded, LIBRARIES[0])
    assert not call(_has_loaded, "a library that nobody named")


def test_a_pattern_that_never_ends_is_stopped_and_the_next_call_answered() -> None:
    with pytest.raises(TookTooLong):
        call(re.fullmatch, r"(a+)+b", "a" * 60, seconds=0.2)

    assert call(len, "tea") == 3


@pytest.mark.slow
def test_while_a_child_is_busy_the_threads_of_the_process_go_on() -> None:
    """The same pattern in this process would stop this very test."""
    ended = threading.Event()

    def busy() -> None:
        with pytest.raises(TookTooLong):
            call(re.fullmatch, r"(a+)+b", "a" * 60, seconds=1)
        ended.set()

    threading.Thread(target=busy).start()
    turns = 0
    while not ended.wait(0.001):
        turns += 1

    assert turns > 100


def test_a_child_that_dies_is_replaced() -> None:
    with pytest.raises(TookTooLong):
        call(os._exit, 1)

    assert call(len, "tea") == 3


def test_children_know_no_secrets() -> None:
    assert not {"SECRET_KEY", "DATABASE_URL", "FIELD_KEYS"} & call(dict, call(_environment)).keys()


def test_a_call_costs_less_than_a_millisecond_of_waiting() -> None:
    call(len, "tea")
    began = time.thread_time()
    for _ in range(100):
        call(len, "tea")

    assert time.thread_time() - began < 0.5


def test_when_all_children_are_busy_a_call_gives_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_calls, "QUEUE_SECONDS", 0.05)
    children = bounded_calls._children()
    taken = [children.get() for _ in range(bounded_calls.CHILDREN)]
    with pytest.raises(TookTooLong):
        call(len, "tea")
    for child in taken:
        children.put(child)


def _has_loaded(name: str) -> bool:
    return name in sys.modules


def _environment() -> dict[str, str]:
    return dict(os.environ)

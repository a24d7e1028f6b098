"""Work on the processor, bounded in time and outside the process that writes answers.

A pattern or a comparison that a stranger's text makes slow holds Python's lock, and with it every thread. Here it holds
a child: a few are kept, each loads what it is asked for once, and one that takes too long is killed and replaced.
"""

import os
import pickle
import queue
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, TypeVar

from apps.core.singleton import once_per_process

ROOT = Path(__file__).resolve().parents[2]
# A child that is slow or being replaced leaves another one; more would keep more libraries in memory.
CHILDREN = 2
CALL_SECONDS = 3.0
# Longer only while several calls run out of time at once.
QUEUE_SECONDS = 10.0
# Of a child that has yet to load Python and the libraries of the function.
START_SECONDS = 60.0
SHORT_CHARACTERS = 400

Result = TypeVar("Result")


class TookTooLong(Exception):
    """The call was stopped. Whoever asked goes on without its result, and says so."""


def call(function: Callable[..., Result], *args: object, seconds: float = CALL_SECONDS) -> Result:
    """The function's result. Function, arguments and result can be pickled, and need no Django.

    Raises TookTooLong, and whatever the function raises.
    """
    children = _children()
    try:
        child = children.get(timeout=QUEUE_SECONDS)
    except queue.Empty as error:
        raise TookTooLong from error
    try:
        result: Result = child.call(pickle.dumps((seconds, function, args)), seconds)
    except TookTooLong:
        # It is still at work, and would answer into the next call.
        child.kill()
        raise
    else:
        return result
    finally:
        children.put(child)


def call_apart(function: Callable[..., Result], *args: object, seconds: float) -> Result:
    """As `call` does, by a child that ends with it: work of many seconds would keep those that wait for the kept ones."""
    child = Child()
    try:
        result: Result = child.call(pickle.dumps((seconds, function, args)), seconds)
    finally:
        child.kill()
    return result


def call_on_text(function: Callable[..., Result], text: str, *args: object) -> Result:
    """Calls a function of patterns as `call` does. A short text is read here: no pattern takes longer for it than asking a
    child would, which `tests/architecture/test_patterns.py` holds all of them to."""
    if len(text) <= SHORT_CHARACTERS:
        return function(text, *args)
    return call(function, text, *args)


class Child:
    """One process, started when it is needed for the first time and after it was killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def call(self, request: bytes, seconds: float) -> Any:
        """What the function returned. Raises what it raised, and TookTooLong where it, or its process, gives no answer
        within `seconds`.
        """
        if self._process is None or self._process.poll() is not None:
            self._start()
        try:
            self._connection.send_bytes(request)
            # The first answer says that function and libraries are loaded: only then the call's own time
            # begins.
            self._answer_within(START_SECONDS)
            has_failed, value = self._answer_within(seconds)
        except OSError as error:
            raise TookTooLong from error
        if has_failed:
            self.kill()  # it ends by itself, with a traceback in the log
            raise value
        return value

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._connection.close()
            self._process = None

    def _start(self) -> None:
        self.kill()
        self._connection, theirs = Pipe()
        # No settings and no secrets: what reads a stranger's text has nothing to give away.
        environment = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            # One thread each: the calls are many and small, and the processor belongs to answers.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "apps.core.bounded_calls_child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=ROOT,
                env=environment,
            )

    def _answer_within(self, seconds: float) -> Any:
        if not self._connection.poll(seconds):
            raise TookTooLong
        try:
            return self._connection.recv()
        except EOFError as error:  # it ran out of memory, or its own clock stopped it
            raise TookTooLong from error


@once_per_process
def _children() -> "queue.LifoQueue[Child]":
    """The last one used comes first: a quiet process keeps one of them busy and warm."""
    children: queue.LifoQueue[Child] = queue.LifoQueue()
    for _ in range(CHILDREN):
        children.put(Child())
    return children

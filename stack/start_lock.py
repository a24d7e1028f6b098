"""One command at a time starts the servers of an installation."""

import contextlib
import fcntl
import os
import sys
from collections.abc import Iterator

from stack.errors import StackError
from stack.layout import Layout
from stack.progress import Steps


@contextlib.contextmanager
def start_lock(layout: Layout, *, waits: bool) -> Iterator[None]:
    """Two at once would take each other's processes for leftovers, migrate one database, and stop what the other started.

    Where another has it, this one `waits`, or else raises StackError.
    """
    with (layout.run / "start.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if not waits:
                raise StackError(
                    f"Another ./kongming command is at work in {layout.state}. Run this again when it has ended."
                ) from error
            with Steps() as steps, steps.step("Waiting for another ./kongming command of this installation"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def users_lock(layout: Layout, operation: int) -> Iterator[int]:
    """Of servers that a command has started for a while: it has the lock alone (LOCK_EX) while they start and stop; whoever
    uses them, that command too, shares it (LOCK_SH). So they stop when the last one is done.
    """
    # The directory itself: a file that root made, who may use them too, would be closed to whoever runs the installation.
    lock = os.open(layout.run, os.O_RDONLY)
    try:
        take(lock, operation)
        yield lock
    finally:
        os.close(lock)


def take(lock: int, operation: int) -> None:
    try:
        fcntl.flock(lock, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        # Standard output is that of the command which somebody asked for.
        print("Waiting for another ./kongming command of this installation", file=sys.stderr, flush=True)
        fcntl.flock(lock, operation)

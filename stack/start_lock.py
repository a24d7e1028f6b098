"""One command at a time starts the servers of an installation."""

import contextlib
import fcntl
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

"""Processes that must not outlive the one that starts them, however it ends."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psutil

# From linux/prctl.h: the signal that a process gets when its parent dies, however it dies.
PR_SET_PDEATHSIG = 1
STOP_SECONDS = 20
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def dies_with_parent() -> Callable[[], None]:
    """A `preexec_fn` for Linux: the kernel ends the child with its parent, who may be killed outright and stop nobody."""
    parent = os.getpid()

    def tie() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            # The parent may have died before the line above, and then no signal comes.
            if os.getppid() != parent:
                os._exit(1)

    return tie


@contextlib.contextmanager
def run_tied(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """A process for as long as the block takes; it ends with all that it started."""
    process = subprocess.Popen(command, preexec_fn=dies_with_parent(), **options)
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[Any]") -> None:
    # Listed before: a child whose parent has ended belongs to init.
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
    # vLLM's engine core may outlive its API server for a while, and would hold the cores.
    for child in psutil.wait_procs(children, timeout=10)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()


def end_through_finally(numbers: Sequence[int] = ENDING) -> None:
    """A signal ends this process through the blocks that stop what it started; who is impatient cannot break that off."""

    def end(number: int, _frame: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)

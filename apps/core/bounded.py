"""Work on what strangers sent, in a child process that can be stopped and cannot take the machine's memory.

The child is given no settings and no secrets. What goes in and what comes out is JSON, and both have a limit.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Literal, Self, cast

from django.conf import settings

# How often the clock and whoever may stop the work are asked while the child is silent.
LOOK_SECONDS = 0.1
# How much of an answer is read at once.
PART_BYTES = 256 * 1024

Reason = Literal["time", "memory", "output", "error"]
_REASONS: dict[str, Reason] = {
    "MemoryError": "memory",
    "ArrowMemoryError": "memory",
    "RecursionError": "memory",
}


@dataclass(frozen=True)
class Limits:
    """What one call may take: `seconds` of the clock, `cpu_seconds` of the processor, bytes of its answer.
    `memory_bytes` bounds the address space of the child, libraries included.
    """

    seconds: float = 60
    cpu_seconds: int = 30
    memory_bytes: int = 512 * 2**20
    output_bytes: int = 64 * 2**20


class WorkFailed(Exception):
    """A call went over a limit, or its function raised (`error`; `detail` is the name of the exception).

    For `time`, `detail` says which limit: `processor` is spent by the call alone, `clock` also passes while a busy
    machine does other work.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def run(
    function: str,
    *arguments: Any,
    content: bytes | None = None,
    limits: Limits = Limits(),
    check: Callable[[], None] | None = None,
) -> Any:
    """One call in a process of its own. Raises WorkFailed. See `Child.call`."""
    with Child(limits) as child:
        return child.call(function, *arguments, content=content, check=check)


class Child:
    """A process for many calls, one after the other. It starts with the first; a failed call ends it, and the next
    one starts another. A context manager, for one thread at a time."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def call(
        self,
        function: str,
        *arguments: Any,
        content: bytes | None = None,
        check: Callable[[], None] | None = None,
    ) -> Any:
        """What `module:function` returns for the arguments, as JSON brings it back.

        `content` goes first among the arguments, as bytes. `check` is called all along and stops the work by
        raising. Raises WorkFailed.
        """
        size = None if content is None else len(content)
        request = json.dumps({"function": function, "arguments": arguments, "content": size})
        try:
            answer = self._exchange(request.encode() + b"\n" + (content or b""), check)
        # Also where the caller stops it: an answer that comes late would be taken for the next call's.
        except BaseException:
            self.close()
            raise
        if "raised" in answer:
            self.close()
            raise failure_named(str(answer["raised"]))
        return answer["value"]

    def close(self) -> None:
        if process := self._process:
            self._process = None
            # Not asked to stop: it may be in the middle of what it was limited for.
            process.kill()
            process.communicate()

    def _exchange(self, request: bytes, check: Callable[[], None] | None) -> dict[str, Any]:
        """The child reads a whole request before it begins, and its answer is one line: neither waits for the other."""
        process = self._process = self._process or start_process("apps.core.bounded_child", self.limits)
        deadline = time.monotonic() + self.limits.seconds
        output = bytearray()
        try:
            # It cannot wait for us: the child writes nothing before it has read everything.
            cast(IO[bytes], process.stdin).write(request)
            cast(IO[bytes], process.stdin).flush()
        except BrokenPipeError:
            raise failure_of_exit(process) from None
        poll = select.poll()
        poll.register(cast(IO[bytes], process.stdout).fileno(), select.POLLIN)
        while not output.endswith(b"\n"):
            if poll.poll(LOOK_SECONDS * 1000):
                part = os.read(cast(IO[bytes], process.stdout).fileno(), PART_BYTES)
                if not part:
                    raise failure_of_exit(process)
                output += part
            if len(output) > self.limits.output_bytes:
                raise WorkFailed("output")
            if time.monotonic() > deadline:
                raise WorkFailed("time", "clock")
            if check:
                check()
        return _answer_in(bytes(output))


def _answer_in(line: bytes) -> dict[str, Any]:
    """What a child said. One that runs the code of strangers may say anything."""
    try:
        answer = json.loads(line.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        raise WorkFailed("error", "unreadable") from None
    if not (isinstance(answer, dict) and answer.keys() & {"raised", "value"}):
        raise WorkFailed("error", "unreadable")
    return answer


def start_process(module: str, limits: Limits) -> "subprocess.Popen[bytes]":
    """Runs a module of Python that bounds itself by the memory and the seconds of the processor that it is told."""
    return subprocess.Popen(
        [sys.executable, "-m", module, str(limits.memory_bytes), str(limits.cpu_seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=settings.PROJECT_ROOT,
        # No settings and no secrets: what reads a stranger's file has nothing to give away.
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "ARROW_DEFAULT_MEMORY_POOL": "system"},
    )


def failure_named(error_name: str) -> WorkFailed:
    """Of a function that raised an error of this name."""
    return WorkFailed(_REASONS.get(error_name, "error"), error_name)


def failure_of_exit(process: "subprocess.Popen[bytes]") -> WorkFailed:
    """Why a child is gone that had not answered."""
    is_out_of_time = process.wait() == -signal.SIGXCPU
    return (
        WorkFailed("time", "processor")
        if is_out_of_time
        else WorkFailed("error", f"exit {process.returncode}")
    )

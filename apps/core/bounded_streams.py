"""Work on what strangers sent whose result comes part by part, in a bounded child process as those of `bounded`.

The child reads the file through its parent, which alone can open it; so neither holds more than a part, and the child
waits while nobody takes what it made.
"""

import fcntl
import io
import json
import os
import select
import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, cast

from apps.core.bounded import (
    LOOK_SECONDS,
    Limits,
    WorkFailed,
    failure_named,
    failure_of_exit,
    start_process,
)
from apps.core.bounded_streams_child import FAILED, FRAME, PART, PLACE, READ

CHILD = "apps.core.bounded_streams_child"
# Less often awake: as much as Linux lets anybody have.
_PIPE_BYTES = 2**20


class StreamRefused(Exception):
    """The function raised an error that has a `code`: it says what is wrong with the content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parts(
    function: str,
    *arguments: Any,
    file: BinaryIO,
    limits: Limits,
    check: Callable[[], None] = lambda: None,
) -> Generator[bytes, None, None]:
    """What the generator `module:function` yields, for a file to read from and the arguments.

    The seconds of the limits are those of the wait for one part, those of the processor of all. `check` is called while
    nothing comes and stops the work by raising. Raises StreamRefused and WorkFailed.
    """
    size = file.seek(0, io.SEEK_END)
    process = start_process(CHILD, limits)
    try:
        for pipe in (process.stdin, process.stdout):
            # Not allowed where the user has too many of them.
            with suppress(OSError):
                fcntl.fcntl(cast(IO[bytes], pipe), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        yield from _Conversation(process, file, limits, check).parts(function, arguments, size)
    finally:
        process.kill()
        process.communicate()


@dataclass
class _Conversation:
    process: "subprocess.Popen[bytes]"
    file: BinaryIO
    limits: Limits
    check: Callable[[], None]

    def parts(self, function: str, arguments: tuple[Any, ...], size: int) -> Iterator[bytes]:
        request = {"function": function, "arguments": arguments, "size": size}
        self._send(json.dumps(request).encode() + b"\n")
        while True:
            kind, length = FRAME.unpack(self._receive(FRAME.size))
            if length > self.limits.output_bytes:
                raise WorkFailed("output")
            content = self._receive(length)
            if kind == PART:
                yield content
            elif kind == READ:
                position, wanted_bytes = PLACE.unpack(content)
                self.file.seek(position)
                piece = self.file.read(min(wanted_bytes, _PIPE_BYTES))
                self._send(FRAME.pack(PART, len(piece)) + piece)
            elif kind == FAILED:
                raised = json.loads(content)
                raise StreamRefused(raised["code"]) if raised["code"] else failure_named(raised["error"])
            else:
                return

    def _send(self, content: bytes) -> None:
        """The child reads it to its end: it asked for it."""
        try:
            cast(IO[bytes], self.process.stdin).write(content)
            cast(IO[bytes], self.process.stdin).flush()
        except BrokenPipeError:
            raise failure_of_exit(self.process) from None

    def _receive(self, count: int) -> bytes:
        received = bytearray()
        number = cast(IO[bytes], self.process.stdout).fileno()
        poll = select.poll()
        poll.register(number, select.POLLIN)
        deadline = time.monotonic() + self.limits.seconds
        while len(received) < count:
            if poll.poll(LOOK_SECONDS * 1000):
                piece = os.read(number, min(count - len(received), _PIPE_BYTES))
                if not piece:
                    raise failure_of_exit(self.process)
                received += piece
            elif time.monotonic() > deadline:
                raise WorkFailed("time", "clock")
            else:
                self.check()
        return bytes(received)

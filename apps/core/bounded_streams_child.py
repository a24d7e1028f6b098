"""The other side of `apps.core.bounded_streams`: runs one generator. Knows no settings.

python -m apps.core.bounded_streams_child MEMORY_BYTES CPU_SECONDS
"""

import io
import json
import os
import pkgutil
import resource
import struct
import sys
from typing import IO, Any

from apps.core.random_access import RandomAccessFile

# What is said: a letter and a number of bytes, then those bytes.
FRAME = struct.Struct(">cQ")
PART, READ, FAILED, END = b"P", b"R", b"F", b"E"
# Of a request to read: where, and how much at most.
PLACE = struct.Struct(">QQ")
MAX_READ_BYTES = 256 * 1024


class ParentsFile(RandomAccessFile):
    """A file that the parent reads for this process, from any place."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes], size: int) -> None:
        super().__init__()
        self._requests, self._answers = requests, answers
        self._length = size

    def readinto(self, buffer: Any, /) -> int:
        wanted_bytes = min(len(buffer), MAX_READ_BYTES, self._length - self._position)
        if wanted_bytes <= 0:
            return 0
        say(self._answers, READ, PLACE.pack(self._position, wanted_bytes))
        _kind, count = FRAME.unpack(self._requests.read(FRAME.size))
        piece = self._requests.read(count)
        buffer[:count] = piece
        self._position += count
        return int(count)


def say(answers: IO[bytes], kind: bytes, content: Any) -> None:
    answers.write(FRAME.pack(kind, len(content)))
    answers.write(content)
    answers.flush()


def main(memory_bytes: int, cpu_seconds: int) -> None:
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    # Of data alone: libraries map more than they use.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, resource.RLIM_INFINITY))
    request = json.loads(requests.readline())
    try:
        file = io.BufferedReader(ParentsFile(requests, answers, request["size"]), MAX_READ_BYTES)
        for part in pkgutil.resolve_name(request["function"])(file, *request["arguments"]):
            say(answers, PART, part)
    except BaseException as error:
        code = getattr(error, "code", "")
        raised = {"error": type(error).__name__, "code": code if isinstance(code, str) else ""}
        say(answers, FAILED, json.dumps(raised).encode())
        raise
    say(answers, END, b"")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

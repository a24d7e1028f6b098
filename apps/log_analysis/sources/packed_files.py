"""An upload as streams of plain bytes; what is packed is unpacked in a bounded child."""

import io
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any, BinaryIO, cast

from django.conf import settings

from apps.core import bounded_streams
from apps.core.bounded import Limits, WorkFailed
from apps.log_analysis.sources.unpacking import HEAD_BYTES, PART_BYTES, Unpackable, is_packed

READ_MEMBERS = "apps.log_analysis.sources.unpacking:read_members"
# Of the child: bzip2 takes an hour of the processor for the most that a file may unpack to, and little memory.
LIMITS = Limits(seconds=60, cpu_seconds=2 * 3600, memory_bytes=384 * 2**20, output_bytes=2 * PART_BYTES)


def plain_streams(file: BinaryIO, check: Callable[[], None]) -> Iterator[io.BufferedReader]:
    """The files in an upload, each to be read to its end before the next one is asked for. Raises Unpackable."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if not is_packed(head):
        yield io.BufferedReader(cast(io.RawIOBase, file), PART_BYTES)
        return
    max_bytes = settings.LOG_UNPACKED_MAX_BYTES
    parts = bounded_streams.parts(READ_MEMBERS, max_bytes, file=file, limits=LIMITS, check=check)
    with closing(_pieces(parts)) as pieces:
        for piece in pieces:
            yield io.BufferedReader(MemberStream(piece, pieces), PART_BYTES)


def _pieces(parts: Generator[bytes, None, None]) -> Generator[bytes]:
    try:
        with closing(parts):
            yield from parts
    except bounded_streams.StreamRefused as error:
        raise Unpackable(error.code) from error
    except WorkFailed as error:
        raise Unpackable("broken_file" if error.reason == "error" else "too_complex") from error


class MemberStream(io.RawIOBase):
    """One file of an archive: the pieces up to the next empty one."""

    def __init__(self, first: bytes, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._piece, self._pieces = memoryview(first), pieces
        self._is_over = not first

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._piece and not self._is_over:
            self._piece = memoryview(next(self._pieces, b""))
            self._is_over = not self._piece
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count

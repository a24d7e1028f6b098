"""Sending a stored file so that a player can jump: one range of bytes at a time."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from django.http import FileResponse, HttpResponse, HttpResponseBase

from llm_backend import patterns

# Between two blocks nothing is held but an open file: docs/decisions/requests-on-threads.md.
SENT_AT_ONCE = 64 * 1024
# Eighteen digits always fit into a file offset; a nineteenth may not.
_RANGE = patterns.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def ranged_response(file: BinaryIO, *, range_header: str | None, name: str) -> HttpResponseBase:
    """Sends the open file, and closes it.

    `range_header` is the Range header. One that cannot be read is ignored, as RFC 9110 says; one outside is 416.
    """
    response = _answer(file, range_header, name=name)
    response["Accept-Ranges"] = "bytes"
    return response


def _answer(file: BinaryIO, range_header: str | None, *, name: str) -> HttpResponseBase:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    part = _part(range_header, size)
    # No range, or one that need not be honoured: the whole file, as HTTP allows.
    if part is None:
        whole = FileResponse(file, filename=name)
        whole.block_size = SENT_AT_ONCE
        return whole
    if not part:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response = FileResponse(_Part(file, part), status=206, filename=name)
    response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    response["Content-Length"] = str(len(part))
    return response


def _part(range_header: str | None, size: int) -> range | None:
    match = _RANGE.fullmatch((range_header or "").strip())
    if not match or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    # “bytes=-500” are the last 500.
    if not first:
        return range(max(0, size - int(last)), size)
    # Empty where it begins behind the end of the file: 416.
    return range(int(first), min(int(last) + 1, size) if last else size)


class _Part:
    """The bytes of a range of an open file."""

    def __init__(self, file: BinaryIO, part: range) -> None:
        self._file = file
        self._left = len(part)
        file.seek(part.start)

    def __iter__(self) -> Iterator[bytes]:
        while block := self._file.read(min(SENT_AT_ONCE, self._left)):
            self._left -= len(block)
            yield block

    def close(self) -> None:
        self._file.close()

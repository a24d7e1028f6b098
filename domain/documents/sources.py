"""What a reader is given: a file on the disk, or the bytes of one that lay inside another."""

import io
from pathlib import Path
from typing import IO

Source = Path | bytes


def opened(source: Source) -> IO[bytes]:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def content_of(source: Source) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()

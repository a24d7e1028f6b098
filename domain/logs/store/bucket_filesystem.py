"""A bucket as DuckDB reads it: the ranges of a segment that a statement needs, by way of fsspec.

Segments never change, so DuckDB's own cache keeps what was read. obstore's fsspec files are not used: DuckDB's threads
share one, seek and read apart, and got each other's bytes.
"""

import io
import threading
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import duckdb
from fsspec import AbstractFileSystem

from domain.logs.store.bucket_files import BucketFiles
from domain.logs.store.errors import StoreUnreachable

GONE = "this segment was replaced and is gone"
NEVER_CHANGED = datetime(2026, 1, 1, tzinfo=UTC)


class BucketFilesystem(AbstractFileSystem):  # type: ignore[misc]
    protocol = "s3"

    def __init__(self, bucket: BucketFiles) -> None:
        super().__init__(skip_instance_cache=True)
        self.bucket = bucket

    def open(self, path: str, mode: str = "rb", **_options: Any) -> "BucketFile":
        return BucketFile(self.bucket, self.bucket.path(path))

    def glob(self, path: str, **_options: Any) -> list[str]:
        """Paths are whole."""
        return [path]

    def info(self, path: str, **_options: Any) -> dict[str, Any]:
        return {"name": path, "size": _size(self.bucket, self.bucket.path(path)), "type": "file"}

    def modified(self, path: str) -> datetime:
        return NEVER_CHANGED


class BucketFile(io.RawIOBase):
    """Each thread has a place of its own in it."""

    def __init__(self, bucket: BucketFiles, path: str) -> None:
        super().__init__()
        self._bucket, self._path = bucket, path
        self._size = _size(bucket, path)
        self._places: dict[int, int] = {}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._places.get(threading.get_ident(), 0)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.tell(), io.SEEK_END: self._size}[whence]
        self._places[threading.get_ident()] = start + offset
        return start + offset

    def read(self, size: int = -1) -> bytes:
        start = self.tell()
        length = self._size - start if size < 0 else min(size, self._size - start)
        if length <= 0:
            return b""
        self._places[threading.get_ident()] = start + length
        try:
            return self._bucket.read_range(self._path, start, length)
        except FileNotFoundError as error:
            raise FileNotFoundError(GONE) from error


def bucket_error(error: duckdb.Error) -> Exception:
    """What this filesystem has raised, of which DuckDB keeps the text alone."""
    if GONE in str(error):
        return FileNotFoundError(GONE)
    return StoreUnreachable("DuckDB could not read the bucket.")


@lru_cache(maxsize=4096)
def _size(bucket: BucketFiles, path: str) -> int:
    try:
        return bucket.size(path)
    except FileNotFoundError as error:
        raise FileNotFoundError(GONE) from error

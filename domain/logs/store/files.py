"""The one place that touches the disk. Paths are relative to the store's folder, parts divided by `/`.

`Files` is what every storage can do; how a change of a source comes to count is its own (`commits`, `bucket_commits`).
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

DRAFT_SUFFIX = ".unfinished"
TRASH_PREFIX = ".dropped-"
FOLDER_MODE = 0o700


class Publisher(Protocol):
    def publish(self, path: str, write: Callable[[Path], object]) -> int:
        """What `write` makes appears under its name whole and for good, or not at all. Returns its size in bytes."""

    def make_folder(self, folder: str) -> None:
        """Where folders are something of their own."""


class Files(Publisher, Protocol):
    """Equal where they are of the same place, so that what was read of one is known to the other."""

    def read(self, path: str) -> bytes:
        """Raises FileNotFoundError."""

    def remove(self, path: str) -> None:
        """Nothing happens where there is none."""

    def address(self, path: str) -> str:
        """How DuckDB is told where a file lies."""

    def parquet(self, path: str) -> str | BinaryIO:
        """What Arrow reads a segment from. Raises FileNotFoundError, or Arrow does."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True)
class LocalFiles:
    root: Path

    def publish(self, path: str, write: Callable[[Path], object]) -> int:
        """What `write` makes appears under its name whole and for good, or not at all. Returns its size in bytes.

        Raises FileNotFoundError where its folder is gone.
        """
        target = self.root / path
        draft = target.with_name(f"{target.name}.{os.getpid()}{DRAFT_SUFFIX}")
        try:
            write(draft)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            size = draft.stat().st_size
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        # A new name is on the disk when its folder is.
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return size

    def make_folder(self, folder: str) -> None:
        (self.root / folder).mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    def read(self, path: str) -> bytes:
        """Raises FileNotFoundError."""
        return (self.root / path).read_bytes()

    def version(self, path: str) -> str:
        """Another one after each `publish`, told without opening the file; empty where there is none."""
        try:
            stat = (self.root / path).stat()
        except FileNotFoundError:
            return ""
        return f"{stat.st_mtime_ns}-{stat.st_ino}-{stat.st_size}"

    def names(self, folder: str) -> list[str]:
        """What lies in a folder, in order; hidden names are being dropped. Nothing where there is none."""
        try:
            return sorted(
                each.name for each in (self.root / folder).iterdir() if not each.name.startswith(".")
            )
        except (FileNotFoundError, NotADirectoryError):
            return []

    def remove(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)

    def remove_folder(self, folder: str) -> None:
        """For readers it is gone at once; the files go one after the other. What a crash leaves, the next call takes."""
        path = self.root / folder
        trash = path.with_name(f"{TRASH_PREFIX}{path.name}")
        shutil.rmtree(trash, ignore_errors=True)
        if path.exists():
            path.rename(trash)
            shutil.rmtree(trash)

    def address(self, path: str) -> str:
        """How DuckDB is told where a file lies."""
        return str(self.root / path)

    def parquet(self, path: str) -> str:
        return self.address(path)

    @contextmanager
    def exclusive(self, path: str, *, wait: bool = True) -> Iterator[BinaryIO]:
        """One process at a time, by a lock that ends with its holder. BlockingIOError if held and not `wait`."""
        lock = self.root / path
        while True:
            lock.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                # Its folder may have been deleted while this process waited: then the lock is nobody's.
                if lock.exists() and os.path.samestat(os.fstat(file.fileno()), lock.stat()):
                    yield file
                    return

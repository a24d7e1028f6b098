"""Files whose bytes lie on the disk only sealed, with the key of the organisation that they belong to.

What was stored is never written anew: a part that is appended ends its last block, so no crash can damage what came
before it. Files from before there were keys have no header; they are read as they are, and sealed by `reseal`.
"""

import fcntl
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, cast
from uuid import UUID

from apps.core.random_access import RandomAccessFile
from apps.vault.chunks import BLOCK_BYTES, HEADER_BYTES, ChunkPlaces, Header, Seal, header_of
from apps.vault.encrypted_writer import FILE_MODE, keep_name, replacing, writing_sealed
from apps.vault.errors import SealBroken
from apps.vault.keys import OpenKey, current_key

__all__ = [
    "Appender",
    "appending",
    "close_sealed",
    "key_of",
    "open_sealed",
    "reseal",
    "rewriting_sealed",
    "writing_sealed",
]


def open_sealed(path: Path, *, length: int | None = None) -> BinaryIO:
    """The content, to be read from any place; one open block of it lies in memory.

    `length` is how much was acknowledged of a file that still grows: nothing behind it is read. Without it the file
    has to be complete. Raises KeyLost, and SealBroken when something was changed or is missing.
    """
    if header_of(path) is None:
        return path.open("rb")
    reader = SealedReader(path.name, os.open(path, os.O_RDONLY), length)
    return io.BufferedReader(cast(io.RawIOBase, reader), BLOCK_BYTES)


def key_of(path: Path) -> UUID | None:
    """Which key sealed a file; None for a file from before there were keys."""
    header = header_of(path)
    return header.key_id if header else None


class SealedReader(RandomAccessFile):
    """Reads a sealed file through its descriptor, which it closes, also where it refuses the content."""

    def __init__(self, name: str, descriptor: int, length: int | None) -> None:
        super().__init__()
        self.name = name
        self._descriptor = descriptor
        self._number, self._block = -1, b""
        try:
            self._seal = Seal(Header.from_bytes(os.pread(descriptor, HEADER_BYTES, 0)), name)
            self._places = ChunkPlaces(descriptor, until=length)
            self._length = self._places.length if length is None else length
            self._require_content(length)
        except BaseException:
            # By nobody else: Python closes what is thrown away, too, and the number may be another file's by then.
            self.close()
            raise

    def readinto(self, buffer: bytearray, /) -> int:  # type: ignore[override]
        """Raises SealBroken."""
        size = min(len(buffer), self._length - self._position)
        if size <= 0:
            return 0
        number = self._places.number_at(self._position)
        begin = self._position - self._places.starts[number]
        piece = self._open_block(number)[begin : begin + size]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()

    def _open_block(self, number: int) -> bytes:
        if number != self._number:
            self._block = self._seal.open(number, self._places.read_block(self._descriptor, number))
            self._number = number
        return self._block

    def _require_content(self, length: int | None) -> None:
        """What was acknowledged; of a complete file its end: only who has the key can say that it is here."""
        if length is not None:
            if self._places.length < length:
                raise SealBroken
            return
        if not self._places.is_closed:
            raise SealBroken
        self._open_block(len(self._places.offsets) - 1)


class Appender:
    """Every full block goes to the file at once, the rest when the part ends."""

    def __init__(self, file: IO[bytes], seal: Seal, number: int, beginning: bytes) -> None:
        self._file = file
        self._seal = seal
        self._number = number
        self._waiting = bytearray(beginning)

    def write(self, content: bytes) -> None:
        self._waiting += content
        while len(self._waiting) >= BLOCK_BYTES:
            self._close(bytes(self._waiting[:BLOCK_BYTES]))
            del self._waiting[:BLOCK_BYTES]

    def flush(self) -> None:
        if self._waiting:
            self._close(bytes(self._waiting))
            self._waiting.clear()

    def end(self) -> None:
        self.flush()
        self._close(b"")

    def _close(self, plain: bytes) -> None:
        self._file.write(self._seal.close(self._number, plain))
        self._number += 1


@contextmanager
def appending(path: Path, organisation_id: UUID, *, offset: int) -> Iterator[Appender]:
    """What is written inside stands behind the first `offset` bytes, down to the disk, once the block is left.

    What the file held beyond them is gone. Raises SealBroken when it does not hold as many.
    """
    if offset and header_of(path) is None:
        _seal_plain(path, current_key(organisation_id), length=offset)
    with _file_lock(path) as file:
        if not offset:
            file.truncate(0)
            file.write(Header.new(current_key(organisation_id).id).to_bytes())
            file.flush()
            # The file is new, and its name is on the disk only with its directory.
            keep_name(path)
        appender = _behind(file, path.name, offset)
        yield appender
        appender.flush()
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def rewriting_sealed(path: Path, organisation_id: UUID) -> Iterator[BinaryIO]:
    """What is written inside takes the place of all that the file held, and never that of a change of keys."""
    with _file_lock(path), writing_sealed(path, organisation_id) as file:
        yield file


def close_sealed(path: Path, organisation_id: UUID, *, length: int) -> None:
    """Says that the file ends after `length` bytes: from now on it is noticed when the end is missing."""
    with appending(path, organisation_id, offset=length) as appender:
        appender.end()


def reseal(path: Path, key: OpenKey) -> None:
    """Seals the file anew with `key`, in a new file that then takes its place: a crash leaves the old one.

    Blocks stay as they are divided, so a recording that is under way goes on. Raises KeyLost and SealBroken.
    """
    if header_of(path) is None:
        _seal_plain(path, key, length=path.stat().st_size, is_complete=True)
        return
    with _file_lock(path) as file:
        descriptor = file.fileno()
        old, places = (
            Seal(Header.from_bytes(os.pread(descriptor, HEADER_BYTES, 0)), path.name),
            ChunkPlaces(descriptor),
        )
        header = Header.new(key.id)
        new = Seal(header, path.name)
        with replacing(path) as target:
            target.write(header.to_bytes())
            for number in range(len(places.offsets)):
                target.write(new.close(number, old.open(number, places.read_block(descriptor, number))))


def _behind(file: IO[bytes], name: str, offset: int) -> Appender:
    descriptor = file.fileno()
    # `pread` leaves the position alone, from which the file is written.
    seal = Seal(Header.from_bytes(os.pread(descriptor, HEADER_BYTES, 0)), name)
    places = ChunkPlaces(descriptor)
    if places.length < offset:
        raise SealBroken
    # Parts end their last block, so a part begins inside of one only where something else set the offset back.
    number, inside = places.cut_place(offset)
    beginning = seal.open(number, places.read_block(descriptor, number))[:inside] if inside else b""
    places.cut(number)
    file.truncate(places.end)
    file.seek(places.end)
    return Appender(file, seal, len(places.offsets), beginning)


def _seal_plain(path: Path, key: OpenKey, *, length: int, is_complete: bool = False) -> None:
    header = Header.new(key.id)
    with _file_lock(path) as file, replacing(path) as target:
        target.write(header.to_bytes())
        appender = Appender(target, Seal(header, path.name), 0, b"")
        while length and (block := file.read(min(length, BLOCK_BYTES))):
            appender.write(block)
            length -= len(block)
        if length:
            raise SealBroken
        if is_complete:
            appender.end()
        appender.flush()


@contextmanager
def _file_lock(path: Path) -> Iterator[IO[bytes]]:
    """The file to write to. Appending and sealing anew exclude one another."""
    while True:
        # Not "ab": that would ignore the offset. Not "wb": that would empty the file.
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE), "r+b") as file:
            # Processes exclude each other by the file itself: web and workers append to the same one.
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still(path, file):
                yield cast(IO[bytes], file)
                return


def _is_still(path: Path, file: IO[bytes]) -> bool:
    """Another file may have taken its place while the lock was waited for."""
    with suppress(FileNotFoundError):
        return path.stat().st_ino == os.fstat(file.fileno()).st_ino
    return False

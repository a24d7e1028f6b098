"""Writing a sealed file in any order, as containers of sound are: the index comes last and stands before the rest."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast
from uuid import UUID

from apps.vault.chunks import AROUND_BYTES, BLOCK_BYTES, HEADER_BYTES, LENGTH, Header, Seal
from apps.vault.keys import current_key

# The operator's own user alone, whatever the umask is.
FILE_MODE = 0o600


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file that takes the place of `path` once all of it is on the disk, or never was."""
    draft = path.with_name(f"{path.name}.unfinished")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, FILE_MODE), "w+b") as file:
            yield file
            file.flush()
            # Before the name changes: a crash must not leave an empty file under the good name.
            os.fsync(file.fileno())
        draft.replace(path)
        keep_name(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def writing_sealed(path: Path, organisation_id: UUID) -> Iterator[BinaryIO]:
    """What is written inside becomes the complete file `path`."""
    header = Header.new(current_key(organisation_id).id)
    with replacing(path) as file:
        file.write(header.to_bytes())
        writer = _Writer(file, Seal(header, path.name), path.name)
        yield cast(BinaryIO, writer)
        writer.end()


def keep_name(path: Path) -> None:
    """A new name is on the disk when its directory is."""
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


class _Writer(io.RawIOBase):
    """All blocks but the last are full, so the place of each is known and it can be sealed anew there."""

    def __init__(self, file: IO[bytes], seal: Seal, name: str) -> None:
        super().__init__()
        self.name = name
        self._file, self._seal = file, seal
        self._position = self._length = 0
        self._number, self._block, self._is_changed = 0, bytearray(), False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._length}[whence]
        if not 0 <= begin + offset <= self._length:
            raise OSError("outside of what was written")
        self._position = begin + offset
        return self._position

    def write(self, content: bytes, /) -> int:  # type: ignore[override]
        rest = memoryview(content).cast("B")
        while len(rest):
            number, begin = divmod(self._position, BLOCK_BYTES)
            self._take_up(number)
            piece = rest[: BLOCK_BYTES - begin]
            self._block[begin : begin + len(piece)] = piece
            self._is_changed = True
            self._position += len(piece)
            self._length = max(self._length, self._position)
            rest = rest[len(piece) :]
        return len(content)

    def end(self) -> None:
        self._put_down()
        self._file.seek(0, io.SEEK_END)
        # An empty block, which only who has the key can write: the file ends here.
        # The number behind the last block: the length in blocks, rounded up.
        self._file.write(self._seal.close(-(-self._length // BLOCK_BYTES), b""))

    def _put_down(self) -> None:
        if self._is_changed:
            self._file.seek(_place_of(self._number))
            self._file.write(self._seal.close(self._number, bytes(self._block)))
            self._is_changed = False

    def _take_up(self, number: int) -> None:
        if number == self._number:
            return
        self._put_down()
        self._number, self._block = number, bytearray()
        self._file.seek(_place_of(number))
        if head := self._file.read(LENGTH.size):
            (length,) = LENGTH.unpack(head)
            rest = self._file.read(AROUND_BYTES - LENGTH.size + length)
            self._block = bytearray(self._seal.open(number, head + rest))


def _place_of(number: int) -> int:
    return HEADER_BYTES + number * (AROUND_BYTES + BLOCK_BYTES)

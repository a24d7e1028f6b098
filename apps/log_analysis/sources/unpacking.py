"""The plain bytes of what was uploaded or sent: gz, zst, bz2, zip and tar, one in another if need be.

Everything is streamed, so what a packed file unpacks to never lies in memory or on the disk; how much it may be in all
is limited, and what is packed deeper than three times is not opened. Knows no Django: what packers and archives promise
is found out in a bounded child.
"""

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import pyarrow as pa

from domain.documents import archives

HEAD_BYTES = 512
# Of 64 MB of a program's records; what is nearly empty has more.
MAX_BATCH_RECORDS = 1_000_000
MAX_DEPTH = 3
_COMPRESSIONS = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bz2"))
_ZIP = b"PK\x03\x04"
# Where a tar archive says that it is one (POSIX).
_TAR_OFFSET, _TAR = 257, b"ustar"
_ENCODINGS = {"gzip": "gzip", "zstd": "zstd"}
# The others give out what they unpack in no pieces: a kilobyte becomes three gigabytes in memory.
_ZIP_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Of a long name or other words about a member: `tarfile` reads them as a whole, of whatever size they claim to be.
MAX_TAR_HEADER_BYTES = 64 * 1024
_TAR_HEADERS = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)
PART_BYTES = 2**20


class Unpackable(Exception):
    """`code` is what the file's page explains: broken_file, too_large, packed_too_deep, unknown_encoding,
    unsupported_compression.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LimitedStream(io.RawIOBase):
    """Reads what a stream unpacks to, up to a limit shared by all streams of one upload."""

    def __init__(self, stream: BinaryIO, budget: "Budget") -> None:
        super().__init__()
        self._stream, self._budget = stream, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Raises Unpackable."""
        try:
            content = self._stream.read(len(buffer))
        except (
            OSError,
            EOFError,
            zlib.error,
            pa.ArrowException,
            tarfile.TarError,
            zipfile.BadZipFile,
        ) as error:
            raise Unpackable("broken_file") from error
        self._budget.spend(len(content))
        buffer[: len(content)] = content
        return len(content)


class Budget:
    """How many bytes one upload may still unpack to."""

    def __init__(self, max_bytes: int) -> None:
        self._rest = max_bytes

    def spend(self, count: int) -> None:
        """Raises Unpackable."""
        self._rest -= count
        if self._rest < 0:
            raise Unpackable("too_large")


def is_packed(head: bytes) -> bool:
    is_archive = head.startswith(_ZIP) or head[_TAR_OFFSET : _TAR_OFFSET + len(_TAR)] == _TAR
    return is_archive or _compression(head) is not None


def read_members(file: BinaryIO, max_bytes: int) -> Iterator[bytes]:
    """The files in an upload in pieces, an empty piece behind each. For a bounded child. Raises Unpackable."""
    for stream in _streams(io.BufferedReader(cast(io.RawIOBase, file)), Budget(max_bytes), 0):
        while piece := stream.read(PART_BYTES):
            yield piece
        yield b""


def plain_content(content: bytes, encoding: str, max_bytes: int) -> bytes:
    """A request's body without its Content-Encoding. Raises Unpackable."""
    if encoding in ("", "identity"):
        return content
    if encoding == "deflate":
        unpacker = zlib.decompressobj()
        try:
            plain = unpacker.decompress(content, max_bytes)
        except zlib.error as error:
            raise Unpackable("broken_file") from error
        if unpacker.unconsumed_tail:
            raise Unpackable("too_large")
        return plain
    if encoding not in _ENCODINGS:
        raise Unpackable("unknown_encoding")
    stream = pa.CompressedInputStream(pa.BufferReader(content), _ENCODINGS[encoding])
    return LimitedStream(cast(BinaryIO, stream), Budget(max_bytes)).readall()


def _streams(file: io.BufferedReader, budget: Budget, depth: int) -> Iterator[io.BufferedReader]:
    head = file.peek(HEAD_BYTES)
    compression = _compression(head)
    if not is_packed(head):
        yield file
        return
    if depth >= MAX_DEPTH:
        raise Unpackable("packed_too_deep")
    if compression:
        stream = pa.CompressedInputStream(pa.PythonFile(file, mode="r"), compression)
        yield from _streams(_limited_reader(cast(BinaryIO, stream), budget), budget, depth + 1)
    elif head.startswith(_ZIP):
        yield from _zip_entries(file, budget, depth)
    else:
        yield from _tar_members(file, budget, depth)


def _zip_entries(file: io.BufferedReader, budget: Budget, depth: int) -> Iterator[io.BufferedReader]:
    """A ZIP's list stands at its end, so it has to be a file that can be gone about in, not a stream in another."""
    if not file.seekable():
        raise Unpackable("packed_too_deep")
    try:
        entries = archives.entries(file)
        with zipfile.ZipFile(file) as archive:
            for entry in entries:
                if entry.compress_type not in _ZIP_COMPRESSIONS:
                    raise Unpackable("unsupported_compression")
                if not entry.is_dir():
                    yield from _streams(
                        _limited_reader(cast(BinaryIO, archive.open(entry)), budget), budget, depth + 1
                    )
    except (archives.ArchiveRefused, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise Unpackable("broken_file") from error


def _tar_members(file: io.BufferedReader, budget: Budget, depth: int) -> Iterator[io.BufferedReader]:
    """Read as it comes, never unpacked to the disk: names and links in it mean nothing."""
    try:
        with tarfile.open(fileobj=file, mode="r|", tarinfo=TarMember) as archive:
            while member := archive.next():
                # It remembers all of them, and a million empty ones pack to little.
                archive.members.clear()  # type: ignore[attr-defined]
                if member.isfile() and (content := archive.extractfile(member)):
                    yield from _streams(_limited_reader(cast(BinaryIO, content), budget), budget, depth + 1)
    except tarfile.TarError as error:
        raise Unpackable("broken_file") from error


class TarMember(tarfile.TarInfo):
    """A member whose names are read only where they are no longer than names are."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        """The step at which `tarfile` lets subclasses look at a header. Raises ReadError."""
        if self.type in _TAR_HEADERS and self.size > MAX_TAR_HEADER_BYTES:
            raise tarfile.ReadError("a header that is larger than names are")
        return cast(tarfile.TarInfo, super()._proc_member(archive))  # type: ignore[misc]


def _compression(head: bytes) -> str | None:
    return next((name for mark, name in _COMPRESSIONS if head.startswith(mark)), None)


def _limited_reader(stream: BinaryIO, budget: Budget) -> io.BufferedReader:
    return io.BufferedReader(LimitedStream(stream, budget), 1 << 20)

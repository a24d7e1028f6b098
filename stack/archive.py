"""What is encrypted in a backup: a tar (pax) that is written and read in one pass.

kongming.json    what it is, of when, of which server version
keys.json        the installation's secrets; absent where they are kept elsewhere
database/000001  the dump in parts, since its length is known only at its end
files/…          what people uploaded and recorded, as it lies on the disk: sealed things stay sealed
manifest.json    rows of each table, size and SHA-256 of everything above; an archive without it is incomplete
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol, cast

from stack.backup_encryption import CHUNK_BYTES, EncryptedBackup, EncryptingWriter
from stack.errors import StackError

HEAD, KEYS, MANIFEST = "kongming.json", "keys.json", "manifest.json"
DATABASE, FILES = "database/", "files/"
# One part of the dump is held in memory until its length is known.
PART_BYTES = 8 * 1024 * 1024
COPIED_AT_ONCE = 1024 * 1024
# A manifest names every file; a member that claims more than a gigabyte of JSON is hostile or torn.
LARGEST_JSON = 1 << 30


@dataclass(frozen=True)
class Head:
    id: str
    created_at: str
    postgresql: int
    has_files: bool
    # Of each of FIELD_KEYS: tells whether somebody holds the right ones, not what they are.
    key_fingerprints: list[str]


@dataclass
class Manifest:
    """`entries`: [bytes, SHA-256] by name. `gone`: files that were deleted while the backup ran."""

    rows: dict[str, int] = field(default_factory=dict)
    entries: dict[str, list[Any]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)

    def bytes_of(self, prefix: str) -> int:
        """The bytes of all parts whose names begin with `prefix`, such as FILES."""
        return sum(size for name, (size, _) in self.entries.items() if name.startswith(prefix))

    def count_of(self, prefix: str) -> int:
        return sum(name.startswith(prefix) for name in self.entries)


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class ArchiveWriter:
    """Notes the digest of everything it writes in `manifest`, which `close` adds."""

    def __init__(self, target: EncryptingWriter) -> None:
        self._target = target
        # Any: the list of members is public, and missing from the types.
        self._tar: Any = tarfile.open(  # noqa: SIM115
            fileobj=cast(IO[bytes], target), mode="w|", bufsize=CHUNK_BYTES, format=tarfile.PAX_FORMAT
        )
        self.manifest = Manifest()

    def add_json(self, name: str, content: object) -> None:
        self._add_bytes(name, json.dumps(content).encode())

    def add_stream(self, prefix: str, stream: IO[bytes], on_bytes: Callable[[int], None]) -> None:
        """A stream of unknown length, in numbered parts: a tar header needs a size, so one part at a time lies in memory."""
        number = 0
        while part := stream.read(PART_BYTES):
            number += 1
            self._add_bytes(f"{prefix}{number:06}", part)
            on_bytes(len(part))

    def add_file(self, name: str, path: Path) -> int:
        """A file as long as it is now, whatever is appended meanwhile. Answers its size; raises FileNotFoundError."""
        with path.open("rb") as file:
            entry: tarfile.TarInfo = self._tar.gettarinfo(arcname=name, fileobj=file)
            entry.uname = entry.gname = ""
            self._add(entry, FixedLength(file, entry.size))
            return entry.size

    def close(self) -> None:
        self.add_json(MANIFEST, asdict(self.manifest))
        del self.manifest.entries[MANIFEST]
        self._tar.close()
        self._target.close()

    def _add_bytes(self, name: str, content: bytes) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o600
        self._add(entry, io.BytesIO(content))

    def _add(self, entry: tarfile.TarInfo, content: Readable) -> None:
        # tarfile copies from it, so the digest is that of what was written, and no file is read twice.
        reader = DigestReader(content)
        self._tar.addfile(entry, cast(IO[bytes], reader))
        # tarfile remembers every member it has seen; a million files would fill the memory.
        self._tar.members.clear()
        self.manifest.entries[entry.name] = [reader.size, reader.digest]


class DigestReader:
    """Counts and digests what is read through it."""

    def __init__(self, content: Readable) -> None:
        self._content = content
        self._sha256 = hashlib.sha256()
        self.size = 0

    def read(self, size: int = COPIED_AT_ONCE, /) -> bytes:
        block = self._content.read(size)
        self._sha256.update(block)
        self.size += len(block)
        return block

    @property
    def digest(self) -> str:
        return self._sha256.hexdigest()


class MemberContent(DigestReader):
    """One member of an archive that is read. Raises StackError where it ends too soon."""

    def __init__(self, archive: Path, content: Readable) -> None:
        super().__init__(content)
        self._archive = archive

    def read(self, size: int = COPIED_AT_ONCE, /) -> bytes:
        try:
            return super().read(size)
        except (tarfile.TarError, OSError) as error:
            raise _damage(self._archive, error) from error

    def as_json(self) -> dict[str, Any]:
        try:
            content = json.loads(self.read(LARGEST_JSON))
        except ValueError as error:
            raise _damage(self._archive, error) from error
        if not isinstance(content, dict):
            raise StackError(f"{self._archive} is damaged. Use another backup.")
        return content


class FixedLength:
    """A file cut or filled to the length that its header promised.

    A recording under way may lose a torn block behind its acknowledged end: zeros stand in for it.
    """

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file, self._left = file, length

    def read(self, size: int, /) -> bytes:
        count = min(size, self._left)
        self._left -= count
        return self._file.read(count).ljust(count, b"\0")


def members(backup: EncryptedBackup) -> Iterator[tuple[str, MemberContent]]:
    """Each member with its content, to be read before the next one is asked for.

    Raises StackError where the archive is damaged or names something that no backup of ours holds.
    """
    path = backup.path
    try:
        with path.open("rb") as file:
            plain = backup.reader(file)
            with tarfile.open(fileobj=cast(IO[bytes], plain), mode="r|", bufsize=CHUNK_BYTES) as tar:
                while member := tar.next():
                    # As when writing: it would remember every member.
                    cast(Any, tar).members.clear()
                    yield _known_name(member), MemberContent(path, cast(IO[bytes], tar.extractfile(member)))
            # What stands behind the tar's own end is authenticated, too.
            while plain.read(CHUNK_BYTES):
                pass
    except (tarfile.TarError, EOFError) as error:
        raise _damage(path, error) from error
    except OSError as error:
        raise StackError(f"{path} cannot be read: {error.strerror or error}") from error


def _known_name(member: tarfile.TarInfo) -> str:
    name = member.name
    is_ours = name in (HEAD, KEYS, MANIFEST) or name.startswith((DATABASE, FILES))
    # Nothing but plain files with names of ours: a tar can also hold links, devices, absolute paths and ways out of the
    # folder.
    parts = PurePosixPath(name).parts
    if not (is_ours and member.isreg()) or ".." in parts or "\\" in name or "\0" in name:
        raise tarfile.ReadError(f"it holds {name[:100]!r}")
    return str(PurePosixPath(name))


def read_head(backup: EncryptedBackup) -> tuple[Head, dict[str, str] | None]:
    """What the archive says of itself, and the installation's secrets; None where it holds none. Both come first, so
    nothing else is read. Raises StackError for what is no backup of ours.
    """
    head, keys = None, None
    for name, content in members(backup):
        if name == HEAD:
            head = _head(backup.path, content.as_json())
        elif name == KEYS:
            keys = {name: str(value) for name, value in content.as_json().items()}
        else:
            break
    if head is None:
        raise StackError(f"{backup.path} is not a backup of Kongming.")
    return head, keys


def _head(path: Path, fields: dict[str, Any]) -> Head:
    try:
        return Head(**fields)
    except TypeError as error:
        raise StackError(f"{path} is damaged: {error}") from error


def _damage(path: Path, error: Exception) -> StackError:
    return StackError(f"{path} is damaged or not a backup: {error}. Use another backup.")


def verified_manifest(backup: EncryptedBackup, on_bytes: Callable[[int], None]) -> Manifest:
    """Reads a whole archive. Raises StackError unless every chunk is authentic, every digest in the manifest is met and
    nothing is missing.
    """
    path = backup.path
    entries: dict[str, list[Any]] = {}
    manifest, read = None, 0
    for name, content in members(backup):
        # It lists the others and cannot list itself.
        if name == MANIFEST:
            manifest = Manifest(**content.as_json())
            continue
        while block := content.read():
            read += len(block)
            on_bytes(read)
        entries[name] = [content.size, content.digest]
    if manifest is None:
        raise StackError(f"{path} is incomplete: its end is missing. Use another backup.")
    wrong = sorted(
        name
        for name in entries.keys() | manifest.entries.keys()
        if entries.get(name) != manifest.entries.get(name)
    )
    if wrong:
        raise StackError(
            f"{path} is damaged, {len(wrong)} of {len(entries)} parts differ: {', '.join(wrong[:5])}. Use another backup."
        )
    return manifest

"""Following the files of a folder: what is appended comes into the spool of the source, once, however files rotate.

A file is told by its device and inode and by a digest of its beginning. What a look finds is held in the spool, the row
says how far was read, and only then the worker gets it: after a crash the row says which of the two happened.
"""

import hashlib
import logging
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from django.conf import settings
from django.db import Error as DatabaseError
from django.db.models import F

from apps.accounts.actors import Actor
from apps.core.errors import ApplicationError
from apps.log_analysis.sources import services, spool
from apps.log_analysis.sources.models import LogSource
from domain.logs.parsing.lines import column_of_lines
from domain.logs.time_formats import detect_time_format

logger = logging.getLogger(__name__)

MAX_FILES = 500
MAX_CHUNK_BYTES = 2**20
MAX_TAIL_BYTES = 64 * 2**10
MAX_BYTES_AT_ONCE = 16 * 2**20
MARK_BYTES = 1024
MAX_GONE = 100
# A last line without an end is read when the file has been left alone for so long.
UNENDED_LINE_SECONDS = 60.0
# Of rotated logs; their lines were read before they were packed.
PACKED = (".gz", ".zst", ".bz2", ".xz", ".zip", ".tgz", ".tar", ".lz4")


class FolderNotAllowed(Exception):
    """The operator allows the organisation no folder above this one."""


@dataclass(frozen=True)
class FollowedFile:
    """How far a file was read, and the `mark` of what stands before there.

    `copy_of`: left alone, as its lines are read in that file. `is_gone`: removed or cut; a copy may turn up.
    """

    identity: str
    offset: int = 0
    mark: str = ""
    copy_of: str = ""
    is_gone: bool = False

    @property
    def is_followed(self) -> bool:
        return not self.copy_of and not self.is_gone


@dataclass(frozen=True)
class OpenFile:
    identity: str
    descriptor: int
    size: int
    changed_at: float

    def mark(self, offset: int) -> str:
        """A digest of the file's beginning and of what stands before `offset`."""
        length = min(offset, MARK_BYTES)
        pieces = (os.pread(self.descriptor, length, start) for start in (0, offset - length))
        return hashlib.sha256(b"".join(pieces)).hexdigest() if offset else ""

    def continues(self, row: FollowedFile) -> bool:
        return self.size >= row.offset and self.mark(row.offset) == row.mark

    def is_part_of(self, other: "OpenFile") -> bool:
        return 0 < self.size <= other.size and self.mark(self.size) == other.mark(self.size)

    def lines(self, offset: int) -> bytes:
        """Whole lines behind `offset`, a chunk at most; a longer line in pieces."""
        content = os.pread(self.descriptor, MAX_CHUNK_BYTES, offset)
        end = record_end(content) if len(content) == MAX_CHUNK_BYTES else content.rfind(b"\n") + 1
        is_left_alone = time.time() - self.changed_at > UNENDED_LINE_SECONDS
        return content if not end and (len(content) == MAX_CHUNK_BYTES or is_left_alone) else content[:end]


def record_end(content: bytes) -> int:
    """Behind the last line that ends a record for certain, as the next one begins with a time: what is read in parts must
    not tear a stack trace apart. Where none is near, behind the last line; 0 where none ends."""
    end = content.rfind(b"\n") + 1
    start = content.rfind(b"\n", 0, max(0, end - MAX_TAIL_BYTES)) + 1
    time_format = detect_time_format(column_of_lines(content[:MAX_TAIL_BYTES]))
    if time_format is None:
        return end
    begins = time_format.matches(column_of_lines(content[start:end])).to_pylist()
    for line, begin in zip(content[start:end].split(b"\n")[::-1], begins[::-1], strict=True):
        end -= len(line)
        if begin and end > 0:
            return end
        end -= 1
    return content.rfind(b"\n") + 1


def follow_folders() -> bool:
    """Takes in what was appended in all followed folders; whether there is more to take at once."""
    is_more = False
    try:
        sources = LogSource.objects.receiving().filter(kind=LogSource.Transport.FOLDER)
        for source in sources.select_related("organisation").order_by("pk"):
            is_more = look_into_folder(source) or is_more
    except DatabaseError as error:
        logger.warning("folders are not followed", extra={"reason": type(error).__name__})
    return is_more


def look_into_folder(source: LogSource) -> bool:
    """One look at the folder of a source. Only one process follows: of two, the second's look is given up."""
    if source.held_batches:
        _release(source)
    problem, is_more = "", False
    try:
        with open_folder(source) as folder, open_files(folder) as files:
            problem = "folder_too_full" if len(files) == MAX_FILES else ""
            is_more = _take_in(source, files)
    except FolderNotAllowed:
        problem = "folder_not_allowed"
    except OSError:
        problem = "folder_unreadable"
    except ApplicationError as error:
        # Paused meanwhile, or no room: the files wait where they are.
        logger.info("a folder waits", extra={"reason": error.code})
        return False
    if problem and problem != source.unread_reason:
        LogSource.objects.filter(pk=source.pk).update(unread_reason=problem)
    elif source.unread_reason.startswith("folder_") and not problem:
        LogSource.objects.filter(pk=source.pk).update(unread_reason="")
    return is_more


def is_allowed(organisation_slug: str, folder: Path) -> bool:
    return _allowed_root(organisation_slug, folder) is not None


@contextmanager
def open_folder(source: LogSource) -> Iterator[int]:
    """Step by step from the folder that the operator named, so that no link on the way leads out.

    Raises FolderNotAllowed and OSError.
    """
    folder = Path(source.folder)
    root = _allowed_root(source.organisation.slug, folder)
    if root is None:
        raise FolderNotAllowed
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    descriptor = os.open(root, flags)
    try:
        for part in folder.relative_to(root).parts:
            inner = os.open(part, flags | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def open_files(folder: int) -> Iterator[list[OpenFile]]:
    """Plain files in it. No links, neither kind: they may be names of what lies elsewhere."""
    names = sorted(name for name in os.listdir(folder) if not name.endswith(PACKED) and name[:1] != ".")
    files: list[OpenFile] = []
    try:
        for name in names[:MAX_FILES]:
            if file := _open_file(name, folder):
                files.append(file)
        yield files
    finally:
        for file in files:
            os.close(file.descriptor)


def reconcile_files(files: list[OpenFile], known_files: list[FollowedFile]) -> list[FollowedFile]:
    """What is known of the files now: who went on under another name, was cut, copied, is new or gone."""
    by_identity = {file.identity: file for file in files}
    present = {
        row.identity: row
        for row in known_files
        if row.is_followed and row.identity in by_identity and by_identity[row.identity].continues(row)
    }
    copies = {row.identity: row for row in known_files if row.copy_of}
    gone_files = [row for row in known_files if row.is_gone]
    gone_files += [
        replace(row, is_gone=True)
        for row in known_files
        if row.is_followed and row.offset and row.identity not in present
    ]
    others: list[FollowedFile] = []
    for file in (file for file in files if file.identity not in present):
        original = next((each for each in present if file.is_part_of(by_identity[each])), "")
        origin = next((row for row in reversed(gone_files) if file.continues(row)), None)
        copy = copies.get(file.identity)
        if original:
            others.append(FollowedFile(file.identity, copy_of=original))
        elif origin:
            # A copy of what was cut or removed: what was not read there is read here.
            gone_files.remove(origin)
            others.append(FollowedFile(file.identity, origin.offset, origin.mark))
        elif copy and copy.copy_of not in present:
            # More than it holds was read before its original was cut.
            others.append(FollowedFile(file.identity, file.size, file.mark(file.size)))
        else:
            others.append(FollowedFile(file.identity))
    return [*present.values(), *others, *gone_files[-MAX_GONE:]]


def _take_in(source: LogSource, files: list[OpenFile]) -> bool:
    by_identity = {file.identity: file for file in files}
    rows: list[FollowedFile] = []
    held: list[str] = []
    taken_bytes, is_more = 0, False
    for row in reconcile_files(files, [FollowedFile(**each) for each in source.followed_files]):
        followed = row
        if row.is_followed and taken_bytes < MAX_BYTES_AT_ONCE:
            file = by_identity[row.identity]
            if content := file.lines(row.offset):
                if not held:
                    # Once for a look, with the most that it may bring.
                    services.require_acceptance(Actor(source.organisation), source, MAX_BYTES_AT_ONCE)
                held.append(spool.hold(source, spool.Batch("lines", "", content)))
                taken_bytes += len(content)
                offset = row.offset + len(content)
                followed = FollowedFile(row.identity, offset, file.mark(offset))
                is_more = is_more or file.size - row.offset > MAX_CHUNK_BYTES
        rows.append(followed)
    followed_files = [asdict(row) for row in rows]
    if followed_files == source.followed_files:
        return False
    unchanged = LogSource.objects.filter(
        pk=source.pk, followed_files=source.followed_files, held_batches=source.held_batches
    )
    # No row: somebody else was here meanwhile, and what is held is of no use.
    if unchanged.update(
        followed_files=followed_files, held_batches=held, waiting_bytes=F("waiting_bytes") + taken_bytes
    ):
        source.held_batches = held
        if held:
            _release(source)
    return is_more


def _release(source: LogSource) -> None:
    spool.release(source, source.held_batches)
    services.announce(Actor(source.organisation), source, 0)
    LogSource.objects.filter(pk=source.pk).update(held_batches=[])
    source.held_batches = []


def _allowed_root(organisation_slug: str, folder: Path) -> Path | None:
    if not folder.is_absolute() or ".." in folder.parts:
        return None
    roots = (root for slug, root in settings.LOG_FOLDERS if slug == organisation_slug)
    return next((root for root in roots if folder.is_relative_to(root)), None)


def _open_file(name: str, folder: int) -> OpenFile | None:
    try:
        # O_NONBLOCK: opening a named pipe would wait for its writer, and with it everybody's files.
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        # Gone meanwhile, a link, or nothing that this user may read: the others are followed all the same.
        return None
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
        os.close(descriptor)
        return None
    return OpenFile(f"{state.st_dev}:{state.st_ino}", descriptor, state.st_size, state.st_mtime)

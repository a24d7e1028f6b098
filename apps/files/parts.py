"""Parts of a file on their way to the disk, each encrypted as it arrives."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.disk import private_directory
from apps.core.errors import ApplicationError, Conflict, TooLarge, full_disk
from apps.vault.files import Appender, appending

BLOCK_BYTES = 1024 * 1024


class ChecksumMismatch(ApplicationError):
    status = 460  # tus: the checksum extension
    code = "checksum_mismatch"
    message = _("The part was damaged in transit and not saved. Send it again.")


class Readable(Protocol):
    """A request, or an open file."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Checksum:
    algorithm: str
    digest: bytes


class Place(NamedTuple):
    """Where a part goes. `length` is where the file ends, None while nobody knows; `max_bytes` holds in any case."""

    offset: int
    length: int | None
    max_bytes: int

    @property
    def room(self) -> int:
        return (self.max_bytes if self.length is None else self.length) - self.offset


def write_part(
    path: Path, organisation_id: UUID, content: Readable, *, place: Place, checksum: Checksum | None
) -> int:
    """Seals the part behind `offset`, over what an unacknowledged one left there, down to the disk. Answers its size.

    Raises TooLarge when the file would grow beyond its room, ChecksumMismatch, and StorageFull.
    """
    private_directory(path.parent)
    try:
        with appending(path, organisation_id, offset=place.offset) as file:
            byte_count = _copy(content, file, room=place.room, checksum=checksum)
            if place.offset + byte_count == place.length:
                file.end()
    except OSError as error:
        if full := full_disk(error):
            raise full from error
        raise
    return byte_count


def _copy(content: Readable, file: Appender, *, room: int, checksum: Checksum | None) -> int:
    digest: Any = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
    byte_count = 0
    while block := content.read(BLOCK_BYTES):
        byte_count += len(block)
        if byte_count > room:
            raise TooLarge(_("The part exceeds the declared or maximum length."))
        file.write(block)
        if digest:
            digest.update(block)
    if checksum and digest.digest() != checksum.digest:
        raise ChecksumMismatch
    return byte_count


def wrong_offset(offset: int) -> Conflict:
    """The refusal of a part that does not begin where `offset` bytes are stored; clients read the number and go on."""
    return Conflict(
        _("The part does not start where the saved bytes end. Request the offset and continue from there."),
        code="wrong_offset",
        details={"offset": offset},
    )

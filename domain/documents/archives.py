"""ZIP archives of strangers: their list is read within limits, and what they claim to unpack to is added up first.

Names and sizes are claims, so nothing is unpacked in a web process. Who unpacks does it in a bounded child
(`apps.core.bounded`), where `zipfile` in turn gives no more of an entry than it declares.
"""

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import IO, Literal
from zipfile import ZipInfo

# Far beyond any document that people make, far below what a bomb unpacks to: number of entries, then bytes.
MAX_ENTRIES = 5000
# Python reads the whole list before it knows what it names.
MAX_LIST_BYTES = 2**20
MAX_UNPACKED_BYTES = 200 * 2**20
MAX_ENTRY_BYTES = 60 * 2**20
# A document of plain text packs to about a tenth; bombs begin at a thousand.
MAX_RATIO = 150
# A short file of one repeated line packs as densely as a bomb and harms nobody.
SMALL_BYTES = 2**20

# The end of every ZIP: this mark, 22 bytes in all, and behind it a comment of up to 64 KiB.
_END = b"PK\x05\x06"
_END_BYTES = 22
_LONGEST_COMMENT = 2**16
# An archive of more than 4 GB or 65,535 entries announces its larger list here, and no document needs that.
_ZIP64 = b"PK\x06\x07"
_ZIP64_BYTES = 20
# What `zipfile` raises on damaged lists.
_DAMAGE_ERRORS = (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, struct.error)


class ArchiveRefused(Exception):
    """The archive is damaged, or larger than any document."""

    def __init__(self, code: Literal["broken_file", "archive_bomb"]) -> None:
        super().__init__(code)
        self.code = code


def entries(file: IO[bytes]) -> list[ZipInfo]:
    """What the archive says that it holds. Reads its list only, of at most 1 MB. Raises ArchiveRefused."""
    try:
        _check_list(file)
        with zipfile.ZipFile(file) as archive:
            listed_files = archive.infolist()
    except _DAMAGE_ERRORS as error:
        raise ArchiveRefused("broken_file") from error
    if len(listed_files) > MAX_ENTRIES:
        raise ArchiveRefused("archive_bomb")
    return listed_files


def check_unpacked_size(listed_files: Sequence[ZipInfo]) -> None:
    """Raises ArchiveRefused for what unpacks to more than a document needs."""
    unpacked_bytes, packed_bytes = (
        sum(each.file_size for each in listed_files),
        sum(each.compress_size for each in listed_files),
    )
    is_dense = unpacked_bytes > SMALL_BYTES and unpacked_bytes > MAX_RATIO * max(packed_bytes, 1)
    if (
        is_dense
        or unpacked_bytes > MAX_UNPACKED_BYTES
        or any(each.file_size > MAX_ENTRY_BYTES for each in listed_files)
    ):
        raise ArchiveRefused("archive_bomb")


def _check_list(file: IO[bytes]) -> None:
    """`zipfile` makes an object of every entry before anybody can count: the end of the file says how many come."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_BYTES - _LONGEST_COMMENT - _ZIP64_BYTES))
    # The last mark counts, as it does for `zipfile`: a comment may contain others.
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0:
        raise zipfile.BadZipFile
    # The record's number of entries (offset 10) and the bytes of the list (offset 12), as ZIP's APPNOTE 4.3.16 lays
    # them out.
    count, list_bytes = struct.unpack_from("<HI", tail, at + 10)
    # Such an archive says its real numbers elsewhere, where they could be anything.
    is_zip64 = _ZIP64 in tail[max(0, at - _ZIP64_BYTES) : at]
    if is_zip64 or count > MAX_ENTRIES or list_bytes > MAX_LIST_BYTES:
        raise ArchiveRefused("archive_bomb")

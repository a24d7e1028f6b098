"""The format of sealed files.

A header names the key and the file; behind it stand blocks of at most 64 KiB, each sealed by itself. A block's number,
the header and the file's name are authenticated with it: blocks cannot change places within a file or between files,
nor whole files theirs. An empty block says that the file ends there.
"""

import os
import secrets
import struct
from array import array
from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import NamedTuple, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apps.vault.errors import SealBroken
from apps.vault.keys import KEY_BYTES, open_key

# The last byte counts the versions of the format.
MAGIC = b"KMSEAL\x00\x01"
# Of the key's UUID, and of a random name of the file that its own key is derived with.
ID_BYTES = 16
HEADER_BYTES = len(MAGIC) + 2 * ID_BYTES
# A player that jumps opens one of them.
BLOCK_BYTES = 64 * 1024
# What AES-GCM is made for; a nonce of another length is hashed first.
NONCE_BYTES = 12
# Uncut: a shorter tag is easier to forge.
TAG_BYTES = 16
LENGTH = struct.Struct(">I")
AROUND_BYTES = LENGTH.size + NONCE_BYTES + TAG_BYTES


class Header(NamedTuple):
    key_id: UUID
    file_id: bytes

    @classmethod
    def new(cls, key_id: UUID) -> Self:
        return cls(key_id, secrets.token_bytes(ID_BYTES))

    @classmethod
    def from_bytes(cls, head: bytes) -> Self:
        """Raises SealBroken."""
        if len(head) < HEADER_BYTES or not head.startswith(MAGIC):
            raise SealBroken
        ids = head[len(MAGIC) :]
        return cls(UUID(bytes=ids[:ID_BYTES]), ids[ID_BYTES : 2 * ID_BYTES])

    def to_bytes(self) -> bytes:
        return MAGIC + self.key_id.bytes + self.file_id


class Seal:
    """Seals and opens the blocks of one file, with a key of its own: so random nonces never meet again."""

    def __init__(self, header: Header, name: str) -> None:
        """Raises KeyLost."""
        secret = open_key(header.key_id).secret
        self._cipher = AESGCM(HKDF(SHA256(), KEY_BYTES, salt=header.file_id, info=MAGIC).derive(secret))
        self._about = header.to_bytes() + name.encode()

    def close(self, number: int, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return LENGTH.pack(len(plain)) + nonce + self._cipher.encrypt(nonce, plain, self._bound_to(number))

    def open(self, number: int, block: bytes) -> bytes:
        """Raises SealBroken."""
        nonce = block[LENGTH.size : LENGTH.size + NONCE_BYTES]
        try:
            return self._cipher.decrypt(nonce, block[LENGTH.size + NONCE_BYTES :], self._bound_to(number))
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error

    def _bound_to(self, number: int) -> bytes:
        return self._about + number.to_bytes(8, "big")


class ChunkPlaces:
    """The places where whole blocks begin: in the content (`starts`, and one more for the end) and in the file."""

    def __init__(self, descriptor: int, *, until: int | None = None) -> None:
        """Up to the block that holds the byte `until` of the content."""
        self.starts = array("Q", [0])
        self.offsets = array("Q")
        self.end = HEADER_BYTES
        self.is_closed = False
        size = os.fstat(descriptor).st_size
        while not self.is_closed and (until is None or self.length < until):
            head = os.pread(descriptor, LENGTH.size, self.end)
            # A head that is cut off stands for a block that cannot fit: `size`.
            length = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else size
            if self.end + AROUND_BYTES + length > size:
                # A block that a crash tore, or nothing.
                return
            self._append(length)

    @property
    def length(self) -> int:
        return self.starts[-1]

    def number_at(self, position: int) -> int:
        return bisect_right(self.starts, position) - 1

    def cut_place(self, length: int) -> tuple[int, int]:
        """The first block that does not lie whole within `length`, and how many bytes of it do."""
        number = bisect_left(self.starts, length)
        if self.starts[number] == length:
            return number, 0
        return number - 1, length - self.starts[number - 1]

    def read_block(self, descriptor: int, number: int) -> bytes:
        size = self.starts[number + 1] - self.starts[number]
        return os.pread(descriptor, AROUND_BYTES + size, self.offsets[number])

    def cut(self, number: int) -> None:
        """Forgets this block and what follows it."""
        if number < len(self.offsets):
            self.end = self.offsets[number]
            del self.offsets[number:]
            del self.starts[number + 1 :]
            self.is_closed = False

    def _append(self, length: int) -> None:
        self.offsets.append(self.end)
        self.end += AROUND_BYTES + length
        self.starts.append(self.starts[-1] + length)
        self.is_closed = not length


def header_of(path: Path) -> Header | None:
    """The header of a sealed file; None for a file from before there were keys."""
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
    return Header.from_bytes(head) if head.startswith(MAGIC) else None

"""How a backup is encrypted: all of it, in chunks, so that neither writing nor reading holds more than two in memory.

header    what it is, its version, whose secret opens it, scrypt's parameters and salt; then an HMAC of all that
chunks    of 1 MiB, AES-256-GCM, numbered, the last one marked (the STREAM construction, as age has it)

scrypt makes two keys of secret and salt, one for the HMAC and one for the chunks; the salt is random, so no two files
share them, and a chunk's number can be its nonce. What was changed, cut off, moved or taken from another file does not
decrypt, and nothing is handed out that was not authenticated.
"""

import hashlib
import hmac
import io
import secrets
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from stack.errors import StackError

MAGIC = b"KMBACKUP"
# Backups of version 1 were plain tar files, with nothing but the installation's keys encrypted.
VERSION = 2
VERSION_1 = b"kongming.json\0"
# 128 MiB and about half a second for each guess. A file that asks for more than MAX_LOG_COST is not ours.
LOG_COST, BLOCK_SIZE, PARALLEL = 17, 8, 1
MIN_LOG_COST, MAX_LOG_COST = 14, 20
SALT_BYTES, KEY_BYTES, TAG_BYTES, MAC_BYTES = 16, 32, 16, 32
HEADER = struct.Struct(f">{len(MAGIC)}sBBBBB{SALT_BYTES}s")
HEADER_BYTES = HEADER.size + MAC_BYTES
CHUNK_BYTES = 1024 * 1024
ENCRYPTED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES


class SecretType(IntEnum):
    """Whose secret opens a backup; the header says it."""

    PASSPHRASE = 1
    FIELD_KEY = 2


@dataclass(frozen=True)
class Secret:
    type: SecretType
    value: str = field(repr=False)


class EncryptingWriter:
    """Takes the plain bytes of a backup; a file without its `close` is refused as incomplete."""

    def __init__(self, file: IO[bytes], secret: Secret) -> None:
        salt = secrets.token_bytes(SALT_BYTES)
        head = HEADER.pack(MAGIC, VERSION, secret.type, LOG_COST, BLOCK_SIZE, PARALLEL, salt)
        chunk_key, mac_key = _keys(secret.value, salt, LOG_COST)
        self._header = head + _mac(mac_key, head)
        self._cipher = AESGCM(chunk_key)
        self._file, self._number = file, 0
        self._plain, self._filled = memoryview(bytearray(CHUNK_BYTES)), 0
        file.write(self._header)

    def write(self, content: bytes, /) -> int:
        rest = memoryview(content)
        while rest:
            # A full chunk waits for what follows it: only then it is known not to be the last.
            if self._filled == CHUNK_BYTES:
                self._write_chunk(is_last=False)
            part = rest[: CHUNK_BYTES - self._filled]
            self._plain[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            rest = rest[len(part) :]
        return len(content)

    def close(self) -> None:
        self._write_chunk(is_last=True)

    def _write_chunk(self, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last=is_last)
        self._file.write(self._cipher.encrypt(nonce, self._plain[: self._filled], self._header))
        self._number, self._filled = self._number + 1, 0


class DecryptingReader:
    """The plain bytes of a backup, a chunk at a time. Raises StackError at the first one that was not written so."""

    def __init__(self, path: Path, file: IO[bytes], key: bytes) -> None:
        self._path, self._file, self._cipher = path, file, AESGCM(key)
        self._header = file.read(HEADER_BYTES)
        self._plain, self._number = io.BytesIO(), 0
        # One chunk ahead: where nothing follows, the one before has to be the last.
        self._next = file.read(ENCRYPTED_CHUNK_BYTES)

    def read(self, size: int, /) -> bytes:
        block = self._plain.read(size)
        if not block and (self._next or not self._number):
            self._plain = io.BytesIO(self._decrypted_chunk())
            block = self._plain.read(size)
        return block

    def _decrypted_chunk(self) -> bytes:
        chunk, self._next = self._next, self._file.read(ENCRYPTED_CHUNK_BYTES)
        nonce = _nonce(self._number, is_last=not self._next)
        try:
            plain = self._cipher.decrypt(nonce, chunk, self._header)
        except InvalidTag as error:
            raise StackError(
                f"{self._path} is damaged or incomplete: its chunk {self._number + 1} was changed, or what followed it is "
                "missing. Use another backup."
            ) from error
        self._number += 1
        return plain


@dataclass(frozen=True)
class EncryptedBackup:
    """A backup whose secret is known, and whose header was authenticated with it."""

    path: Path
    secret_type: SecretType
    key: bytes = field(repr=False)

    def reader(self, file: IO[bytes]) -> DecryptingReader:
        return DecryptingReader(self.path, file, self.key)


def open_backup(path: Path, candidates: Callable[[SecretType], Sequence[str]]) -> EncryptedBackup:
    """`candidates` answers with the secrets of a type that may open it. Raises StackError for what is no backup, for
    another version, and where none of the secrets opens it.
    """
    try:
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
    except OSError as error:
        raise StackError(f"{path} cannot be read: {error.strerror or error}") from error
    head, mac = header[: HEADER.size], header[HEADER.size :]
    secret_type, log_cost, salt = _parsed(path, header)
    for value in candidates(secret_type):
        chunk_key, mac_key = _keys(value, salt, log_cost)
        if hmac.compare_digest(_mac(mac_key, head), mac):
            return EncryptedBackup(path, secret_type, chunk_key)
    if secret_type == SecretType.FIELD_KEY:
        raise StackError(
            f"{path} was encrypted with FIELD_KEYS that are not here, or its header is damaged. Put the secrets.env of "
            "the day of that file into the state directory (or set FIELD_KEYS), and run it again."
        )
    raise StackError(f"That is not the passphrase of this backup, or the header of {path} is damaged.")


def _parsed(path: Path, header: bytes) -> tuple[SecretType, int, bytes]:
    """(whose secret, scrypt's cost as a power of two, salt), not yet authenticated."""
    if header.startswith(VERSION_1):
        raise StackError(
            f"{path} has format 1, which was not encrypted; this version restores format {VERSION} alone. Restore it "
            "with the version that wrote it, and back up again."
        )
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise StackError(f"{path} is not a backup of Kongming.")
    _, version, secret_type, log_cost, block_size, parallel, salt = HEADER.unpack(header[: HEADER.size])
    if version != VERSION:
        raise StackError(
            f"{path} was written by another version (format {version}). Restore it with that version."
        )
    is_affordable = MIN_LOG_COST <= log_cost <= MAX_LOG_COST
    # Checked before anything is computed: the cost of scrypt is the product of all three.
    if (
        not is_affordable
        or (block_size, parallel) != (BLOCK_SIZE, PARALLEL)
        or secret_type not in tuple(SecretType)
    ):
        raise StackError(f"{path} is damaged: its header cannot be read. Use another backup.")
    return SecretType(secret_type), log_cost, salt


def _keys(secret: str, salt: bytes, log_cost: int) -> tuple[bytes, bytes]:
    """(of the chunks, of the header's HMAC)."""
    derived = Scrypt(salt=salt, length=2 * KEY_BYTES, n=2**log_cost, r=BLOCK_SIZE, p=PARALLEL).derive(
        secret.encode()
    )
    return derived[:KEY_BYTES], derived[KEY_BYTES:]


def _mac(key: bytes, head: bytes) -> bytes:
    return hmac.new(key, head, hashlib.sha256).digest()


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])

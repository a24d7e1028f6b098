"""Seals what passes through Redis: its append-only file keeps every word long after the stream is gone.

A payload is bound to its stream and its place in it, so nobody can put it elsewhere. Each stream has a key of its own.
"""

import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from apps.vault.errors import SealBroken
from apps.vault.keys import KEY_BYTES, OpenKey, current_key, open_key

ID_BYTES = 16
NONCE_BYTES = 12
# Keys for streams are never those for files, though both come from the organisation's one.
PURPOSE = b"kongming event stream"


class StreamSeal:
    """Seals the events of one writer. Sealing asks nobody for anything: it may happen under a lock, at every event."""

    def __init__(self, organisation_id: UUID, stream: str) -> None:
        """Raises KeyLost."""
        key = current_key(organisation_id)
        self._key_id = key.id.bytes
        self._cipher = _cipher(key, stream)

    def close(self, event_id: str, payload: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._key_id + nonce + self._cipher.encrypt(nonce, payload, event_id.encode())


def open_payload(stream: str, event_id: str, envelope: bytes) -> bytes:
    """Raises KeyLost, and SealBroken for what was not sealed for this place."""
    key_id, nonce = envelope[:ID_BYTES], envelope[ID_BYTES : ID_BYTES + NONCE_BYTES]
    if len(nonce) < NONCE_BYTES:
        raise SealBroken
    cipher = _cipher(open_key(UUID(bytes=key_id)), stream)
    try:
        return cipher.decrypt(nonce, envelope[ID_BYTES + NONCE_BYTES :], event_id.encode())
    except InvalidTag as error:
        raise SealBroken from error


def _cipher(key: OpenKey, stream: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=stream.encode(), info=PURPOSE).derive(key.secret))

"""How the calls of messengers prove that they are theirs: signatures, times, and AES."""

import base64
import binascii
import hmac
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from apps.core.errors import NotAuthenticated

MAX_DIGITS = 12


def require_equal(given: str, expected: str) -> None:
    """Raises NotAuthenticated; compares in constant time, and nothing equals an empty secret."""
    if not expected or not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
        raise NotAuthenticated


def require_recent(timestamp: str, *, seconds: float) -> None:
    """A call that was recorded and is sent again later is refused. Raises NotAuthenticated."""
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= MAX_DIGITS
    if not is_number or abs(time.time() - int(timestamp)) > seconds:
        raise NotAuthenticated


def decrypt(encrypted: str, key: bytes, *, block_bytes: int, vector: bytes = b"") -> bytes:
    """AES-256-CBC with PKCS#7. Without a `vector` it stands before the text. Raises NotAuthenticated for what was
    encrypted with another key, or not at all.
    """
    try:
        raw = base64.b64decode(encrypted, validate=True)
        if not vector:
            vector, raw = raw[:16], raw[16:]
        cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
        padded = cipher.update(raw) + cipher.finalize()
    except (binascii.Error, ValueError) as error:
        raise NotAuthenticated from error
    padding = padded[-1] if padded else 0
    if not 1 <= padding <= block_bytes or padded[-padding:] != bytes([padding]) * padding:
        raise NotAuthenticated
    return padded[:-padding]

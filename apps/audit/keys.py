"""What authenticates the trail: keys that follow from FIELD_KEYS, which no database holds."""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

CHAIN, ANCHOR = b"kongming audit chain", b"kongming audit anchor"
KEY_BYTES = 32


def mac_of(content: str, purpose: bytes = CHAIN) -> str:
    """The authentication code made with the first of FIELD_KEYS, in hexadecimal digits."""
    return _mac(_keys(tuple(settings.FIELD_KEYS), purpose)[0], content)


def is_authentic(mac: str, content: str, purpose: bytes = CHAIN) -> bool:
    """Whether any of FIELD_KEYS made it."""
    keys = _keys(tuple(settings.FIELD_KEYS), purpose)
    return any(hmac.compare_digest(_mac(key, content), mac) for key in keys)


@lru_cache(maxsize=8)
def _keys(field_keys: tuple[str, ...], purpose: bytes) -> tuple[bytes, ...]:
    secrets = [base64.urlsafe_b64decode(key) for key in field_keys]
    return tuple(HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(secret) for secret in secrets)


def _mac(key: bytes, content: str) -> str:
    return hmac.digest(key, content.encode(), hashlib.sha256).hex()

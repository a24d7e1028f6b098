"""Content sealed with its organisation's key (AES-256-GCM), and words that can be looked for without opening it."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.vault.errors import SealBroken
from apps.vault.keys import current_key, opened
from apps.vault.models import SealingKey
from llm_backend.wording import normalised

NONCE_BYTES = 12
ID_BYTES = 16
SHORTEST_PREFIX, LONGEST_PREFIX = 1, 12
TERM_LENGTH = 20


def seal(organisation_id: UUID, content: bytes) -> bytes:
    """The key's id, a nonce, the sealed content: whoever opens it needs to know nothing else."""
    key = current_key(organisation_id)
    nonce = secrets.token_bytes(NONCE_BYTES)
    return key.id.bytes + nonce + AESGCM(key.secret).encrypt(nonce, content, key.id.bytes)


def unseal(sealed: bytes) -> bytes:
    """Raises KeyLost and SealBroken."""
    key_id, nonce = sealed[:ID_BYTES], sealed[ID_BYTES : ID_BYTES + NONCE_BYTES]
    if len(nonce) < NONCE_BYTES:
        raise SealBroken
    key = opened(UUID(bytes=key_id))
    try:
        return AESGCM(key.secret).decrypt(nonce, sealed[ID_BYTES + NONCE_BYTES :], key_id)
    except InvalidTag as error:
        raise SealBroken from error


def seal_text(organisation_id: UUID, text: str) -> str:
    return base64.b64encode(seal(organisation_id, text.encode())).decode()


def unseal_text(sealed: str) -> str:
    return unseal(base64.b64decode(sealed)).decode()


def key_prefix(key_id: UUID) -> str:
    """What sealed text of this key begins with: 15 of the id's 16 bytes are 20 whole characters."""
    return base64.b64encode(key_id.bytes[:15]).decode()


def index_terms(organisation_id: UUID, texts: Iterable[str]) -> list[str]:
    """Keyed hashes of every beginning of every word, so that sealed names are found while somebody types.

    They tell who can read the database which rows share a beginning, not which one.
    """
    key = current_key(organisation_id, SealingKey.Purpose.INDEX)
    return sorted({_term(key.secret, prefix) for text in texts for prefix in _prefixes(text)})


def search_terms(organisation_id: UUID, typed: str) -> list[str]:
    """One per word typed: a row that has all of them in its `index_terms` is found."""
    key = current_key(organisation_id, SealingKey.Purpose.INDEX)
    return [_term(key.secret, word[:LONGEST_PREFIX]) for word in _words(typed)]


def _words(text: str) -> list[str]:
    return normalised(text).split()


def _prefixes(text: str) -> Iterator[str]:
    for word in _words(text):
        for length in range(SHORTEST_PREFIX, min(len(word), LONGEST_PREFIX) + 1):
            yield word[:length]


def _term(secret: bytes, prefix: str) -> str:
    return hmac.new(secret, prefix.encode(), hashlib.sha256).hexdigest()[:TERM_LENGTH]

"""Content sealed with its organisation's key (AES-256-GCM), and words that can be looked for without opening it."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.vault.errors import SealBroken
from apps.vault.keys import current_key, open_key
from apps.vault.models import SealingKey
from llm_backend import patterns
from llm_backend.wording import normalise

# Random ones, of the length that AES-GCM takes as it is.
NONCE_BYTES = 12
ID_BYTES = 16
TAG_BYTES = 16
# One character would answer who is called Wang, and tell who reads the database which rows share it: with a few hundred
# surnames and their known frequencies that is as good as the name.
SHORTEST_PREFIX, LONGEST_PREFIX = 2, 12
# 80 bits: two beginnings hardly ever share a term, and the index stays small.
TERM_LENGTH = 20
PUNCTUATION = ".,;:·・、，。-()（）'\""


def seal(organisation_id: UUID, content: bytes, *, place: str = "") -> bytes:
    """The key's id, a nonce, the sealed content. What lies in a place of its own opens only there."""
    key = current_key(organisation_id)
    return _encrypt(AESGCM(key.secret), key.id.bytes, content, place)


def unseal(envelope: bytes, *, place: str = "") -> bytes:
    """Raises KeyLost, and SealBroken for what was changed or sealed for another place."""
    key_id, nonce = envelope[:ID_BYTES], envelope[ID_BYTES : ID_BYTES + NONCE_BYTES]
    if len(nonce) < NONCE_BYTES:
        raise SealBroken
    key = open_key(UUID(bytes=key_id))
    try:
        return AESGCM(key.secret).decrypt(nonce, envelope[ID_BYTES + NONCE_BYTES :], key_id + place.encode())
    except InvalidTag as error:
        raise SealBroken from error


def seal_text(organisation_id: UUID, text: str, *, place: str = "") -> str:
    return base64.b64encode(seal(organisation_id, text.encode(), place=place)).decode()


def text_sealer(organisation_id: UUID) -> Callable[[str, str], str]:
    """Seals many texts with the key of now: (text, place) → sealed text. Not to be kept beyond a transaction."""
    key = current_key(organisation_id)
    cipher = AESGCM(key.secret)
    return lambda text, place: base64.b64encode(_encrypt(cipher, key.id.bytes, text.encode(), place)).decode()


def unseal_text(text: str, *, place: str = "") -> str:
    """Raises KeyLost and SealBroken."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise SealBroken from error
    return unseal(content, place=place).decode()


def holds_text(sealed: str) -> bool:
    """Whether sealed text is not empty, without opening it: sealing hides what a text says, not how long it is."""
    # In base64, of which each quantum of three bytes are four characters and a missing byte is one sign at the end.
    count = len(sealed) // 4 * 3 - sealed[-2:].count("=")
    return count > ID_BYTES + NONCE_BYTES + TAG_BYTES


def key_prefix(key_id: UUID) -> str:
    """What sealed text of this key begins with: 15 of the id's 16 bytes are 20 whole characters."""
    return base64.b64encode(key_id.bytes[:15]).decode()


def index_terms(organisation_id: UUID, texts: Iterable[str]) -> list[str]:
    """Keyed hashes of every beginning of every word, from two characters on, so that sealed names are found.

    They tell who can read the database which rows share a beginning of that length, not which one.
    """
    key = current_key(organisation_id, SealingKey.Purpose.INDEX)
    words = [
        word
        for text in texts
        for alone in [_words(text)]
        for parts in [_parts(alone)]
        for word in (*alone, *parts, *_join_chinese(alone), *_join_chinese(parts))
    ]
    lengths = range(SHORTEST_PREFIX, LONGEST_PREFIX + 1)
    prefixes = {word[:length] for word in words for length in lengths if length <= len(word)}
    return sorted(_term(key.secret, prefix) for prefix in prefixes)


def search_terms(organisation_id: UUID, text: str) -> list[str]:
    """One term per word typed: a row that has all of them in its `index_terms` is found. Empty where all are too short."""
    key = current_key(organisation_id, SealingKey.Purpose.INDEX)
    words = [word for word in _join_chinese(_words(text)) if len(word) >= SHORTEST_PREFIX]
    return [_term(key.secret, word[:LONGEST_PREFIX]) for word in words]


def _encrypt(cipher: AESGCM, key_id: bytes, content: bytes, place: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return key_id + nonce + cipher.encrypt(nonce, content, key_id + place.encode())


def _words(text: str) -> list[str]:
    """An initial with its full stop is one character all the same."""
    bare_words = (word.strip(PUNCTUATION) for word in normalise(text).split())
    return [word for word in bare_words if word]


def _parts(words: Iterable[str]) -> list[str]:
    """“Smith-Jones” is looked for as Jones, and 阿依古丽·买买提 as 买买提 or without the point."""
    return [part for word in words for part in patterns.split(r"[-‐–·•・‧]", word) if part]


def _join_chinese(words: Iterable[str]) -> list[str]:
    """Chinese names as one word, however people space them: surname and given name are too short alone."""
    names: list[str] = []
    for word in words:
        if names and _is_chinese(names[-1][-1]) and _is_chinese(word[0]):
            names[-1] += word
        else:
            names.append(word)
    return names


def _is_chinese(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000"


def _term(secret: bytes, prefix: str) -> str:
    return hmac.new(secret, prefix.encode(), hashlib.sha256).hexdigest()[:TERM_LENGTH]

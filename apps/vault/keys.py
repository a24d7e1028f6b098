"""The organisation's keys, opened once per process."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.db import connection

from apps.core import ttl_cache
from apps.vault.errors import KeyLost
from apps.vault.models import SealingKey

# AES-256.
KEY_BYTES = 32
# Written down, as it is asked for each sealed field.
NEWEST = """
    SELECT id FROM vault_sealingkey WHERE organisation_id = %s AND purpose = %s ORDER BY number DESC LIMIT 1
"""


class OpenKey(NamedTuple):
    """`secret` never leaves this package."""

    id: UUID
    secret: bytes


_held_key: ContextVar[tuple[UUID, OpenKey] | None] = ContextVar("held_key", default=None)


def current_key(organisation_id: UUID, purpose: str = SealingKey.Purpose.CONTENT) -> OpenKey:
    """The organisation's newest key; the first is made when it is asked for."""
    held = _held_key.get()
    if held and held[0] == organisation_id and purpose == SealingKey.Purpose.CONTENT:
        return held[1]
    # Asked each time: after a rotation no process may go on with the older key.
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [organisation_id, str(purpose)])
        newest = cursor.fetchone()
    # Two that begin at once meet at the unique number: the second takes the first one's key.
    return open_key(newest[0] if newest else new_key(organisation_id, purpose, 1).pk)


@contextmanager
def holding_key(organisation_id: UUID) -> Iterator[None]:
    """Seals many rows with the key of now, asked for once instead of for each field. Not beyond a transaction."""
    token = _held_key.set((organisation_id, current_key(organisation_id)))
    try:
        yield
    finally:
        _held_key.reset(token)


@lru_cache(maxsize=1024)
def open_key(key_id: UUID) -> OpenKey:
    """Raises KeyLost."""
    try:
        secret = SealingKey.objects.filter(pk=key_id).values_list("secret", flat=True).first()
    except InvalidToken as error:
        raise KeyLost from error
    if secret is None:
        raise KeyLost
    return OpenKey(key_id, base64.urlsafe_b64decode(secret))


ttl_cache.register(open_key.cache_clear)


def new_key(organisation_id: UUID, purpose: str, number: int) -> SealingKey:
    secret = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    key, _is_new = SealingKey.objects.get_or_create(
        organisation_id=organisation_id, purpose=purpose, number=number, defaults={"secret": secret}
    )
    return key


def clear_keys() -> None:
    open_key.cache_clear()

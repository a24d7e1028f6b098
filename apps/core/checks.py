"""Settings that fail with advice instead of failing later."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def secrets_are_present(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    if len(settings.SECRET_KEY) < 32:
        problems.append(
            Error(
                "SECRET_KEY is missing or shorter than 32 characters.",
                hint="Start with ./kongming up, which generates it, or set SECRET_KEY.",
                id="kongming.E001",
            )
        )
    if not settings.FIELD_KEYS:
        problems.append(
            Error(
                "FIELD_KEYS is empty: secrets cannot be stored.",
                hint="Start with ./kongming up.",
                id="kongming.E002",
            )
        )
    problems += [
        Error(
            f"Key {number} of FIELD_KEYS is not a Fernet key.",
            hint="A key is 32 random bytes in URL-safe base64. Keep the old keys behind a new one.",
            id="kongming.E003",
        )
        for number, key in enumerate(settings.FIELD_KEYS, start=1)
        if not _is_fernet_key(key)
    ]
    return problems


@register()
def directory_has_its_client(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.LDAP_URL and not find_spec("ldap"):
        return [
            Error(
                "LDAP_URL is set, and python-ldap is not installed.",
                hint=".venv/bin/pip install --no-deps --require-hashes -r requirements/ldap.txt; "
                "its first line says what it is built with.",
                id="kongming.E004",
            )
        ]
    return []


@register(deploy=True)
def reachable_servers_are_strict(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG and not settings.PUBLIC_URL.startswith("http://127.0.0.1"):
        return [
            Warning(
                "DEBUG shows tracebacks and settings to everyone who can reach this server.",
                hint="Unset DEBUG.",
                id="kongming.W001",
            )
        ]
    return []


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True

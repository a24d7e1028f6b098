"""Fields whose content is encrypted in the database."""

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text at rest as a Fernet token. The first of FIELD_KEYS encrypts, all of them decrypt, so keys rotate."""

    def get_prep_value(self, value: Any) -> Any:
        if not value:
            return value
        return _keys().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        return _keys().decrypt(value.encode()).decode()

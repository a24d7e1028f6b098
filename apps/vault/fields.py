"""Fields whose content is sealed with the key of the organisation that the row belongs to."""

from typing import Any

import orjson
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from apps.vault.sealing import seal_text, unseal_text


class _Sealed(str):
    """Goes into the database as it stands."""


def sealed(text: str) -> str:
    """Marks text that is sealed already, for an update that sets it as it stands."""
    return _Sealed(text)


class SealedField(models.Field[Any, Any]):
    """Sealed when the row is saved, opened when it is read. It cannot be searched, nor set without its row."""

    def get_internal_type(self) -> str:
        return "TextField"

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if value is None:
            return None
        return _Sealed(seal_text(model_instance.organisation_id, self.plain_of(value)))  # type: ignore[attr-defined]

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, _Sealed):
            return value
        raise TypeError(f"{self.name} is sealed: change it by saving its row")

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else self.value_of(unseal_text(value))

    def plain_of(self, value: Any) -> str:
        raise NotImplementedError

    def value_of(self, plain: str) -> Any:
        raise NotImplementedError


class SealedTextField(SealedField, models.TextField[str, str]):
    def plain_of(self, value: Any) -> str:
        return str(value)

    def value_of(self, plain: str) -> Any:
        return plain


class SealedJSONField(SealedField):
    """Lists and dicts, sealed as one text."""

    # What the type checker reads: not text.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def plain_of(self, value: Any) -> str:
        return orjson.dumps(value, default=DjangoJSONEncoder().default).decode()

    def value_of(self, plain: str) -> Any:
        return orjson.loads(plain)

    def value_to_string(self, obj: Any) -> str:
        return self.plain_of(self.value_from_object(obj))

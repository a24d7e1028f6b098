"""Fields whose content is sealed with the key of the organisation that the row belongs to."""

import base64
from typing import Any
from uuid import UUID

import orjson
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from apps.vault.encryption import holds_text, seal_text, unseal_text


class SealedText(str):
    """Sealed text, as it stands in the database."""


def mark_sealed(text: str) -> str:
    """Marks text that is sealed already, for an update that sets it as it stands."""
    return SealedText(text)


def is_filled(instance: models.Model, name: str) -> bool:
    """Whether a sealed text field of a row holds anything. It is not opened for that."""
    value = instance.__dict__[name] if name in instance.__dict__ else getattr(instance, name)
    return holds_text(value) if isinstance(value, SealedText) else bool(value)


class SealedAttribute(DeferredAttribute):
    """Opens the sealed text when somebody reads the attribute: only then the row is known that the seal is bound to."""

    field: "SealedField"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            # Not by refresh_from_db: that reads it in a row that does not know its organisation.
            rows = type(instance)._base_manager.using(instance._state.db).filter(pk=instance.pk)
            instance.__dict__[name] = rows.values_list(name, flat=True).get()
        value = instance.__dict__[name]
        if isinstance(value, SealedText):
            value = instance.__dict__[name] = self.field.open(instance, value)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedField(models.Field[Any, Any]):
    """Sealed when the row is saved, opened when the attribute is read. Neither searched nor set without its row.

    The seal holds for this column of this row of its organisation: moved elsewhere it does not open. Whoever renames
    a model or a column has to seal it anew.
    """

    descriptor_class = SealedAttribute

    def get_internal_type(self) -> str:
        return "TextField"

    def place(self, organisation_id: UUID, pk: object) -> str:
        """What the seal is bound to."""
        return f"{organisation_id} {self.model._meta.label_lower}.{self.attname} {pk}"

    def open(self, row: Any, column_text: str) -> Any:
        """Raises KeyLost, and SealBroken also for what was sealed elsewhere."""
        return self.value_of(unseal_text(column_text, place=self.place(row.organisation_id, row.pk)))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if value is None:
            return None
        organisation_id: UUID = model_instance.organisation_id  # type: ignore[attr-defined]
        place = self.place(organisation_id, model_instance.pk)
        return SealedText(seal_text(organisation_id, self.plain_of(value), place=place))

    def get_prep_value(self, value: Any) -> Any:
        """Sealing needs the row that the value belongs to, which a query knows nothing of. Raises TypeError, so that
        nothing is stored in the clear.
        """
        if value is None or isinstance(value, SealedText):
            return value
        raise TypeError(f"{self.name} is sealed: change it by saving its row")

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else SealedText(value)

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


class SealedBytesField(SealedField):
    """Arrays and files small enough for a row."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def plain_of(self, value: Any) -> str:
        return base64.b64encode(value).decode()

    def value_of(self, plain: str) -> Any:
        return base64.b64decode(plain)

    def value_to_string(self, obj: Any) -> str:
        return self.plain_of(self.value_from_object(obj))

from typing import Any
from uuid import UUID

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Cast

from apps.vault import keys, encryption
from apps.vault.errors import KeyLost, SealBroken
from apps.vault.fields import SealedField, mark_sealed

ROWS_AT_ONCE = 500


def bind(apps: Any, schema_editor: Any) -> None:
    """Seals every value for its column of its row; so far it opened anywhere in its organisation."""
    keys.forget_keys()
    for key_id in apps.get_model("vault", "SealingKey").objects.values_list("pk", flat=True):
        # With the wrong FIELD_KEYS nothing could be opened: better no upgrade than values left behind.
        keys.open_key(key_id)
    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, SealedField):
                _bind_column(model, field)


def _bind_column(model: Any, field: SealedField) -> None:
    rows = model._base_manager.annotate(stored=Cast(F(field.name), models.TextField())).exclude(stored=None)
    listed = rows.values_list("pk", "organisation_id", "stored")
    for pk, organisation_id, stored in listed.iterator(chunk_size=ROWS_AT_ONCE):
        if after := _bound(organisation_id, stored, field.place(organisation_id, pk)):
            rows.filter(pk=pk, stored=stored).update(**{field.name: mark_sealed(after)})


def _bound(organisation_id: UUID, stored: str, place: str) -> str | None:
    """None for what is bound already, and for what nobody can read any more: it stays as it is."""
    try:
        return encryption.seal_text(organisation_id, encryption.unseal_text(stored), place=place)
    except (KeyLost, SealBroken):
        return None


class Migration(migrations.Migration):
    dependencies = [
        ("vault", "0001_initial"),
        ("medical_records", "0001_initial"),
        ("speech", "0001_initial"),
    ]

    operations = [migrations.RunPython(bind, migrations.RunPython.noop)]

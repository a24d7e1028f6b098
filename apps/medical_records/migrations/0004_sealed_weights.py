from typing import Any

import apps.vault.fields
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Cast

from apps.vault import encryption


def seal_weights(apps_then: Any, schema_editor: Any) -> None:
    """As text, bytes stand there in hexadecimal digits behind a mark."""
    model = apps_then.get_model("medical_records", "Catalogue")
    field = model._meta.get_field("weights")
    rows = model.objects.annotate(stored=Cast(F("weights"), models.TextField()))
    plain = rows.filter(stored__startswith="\\x")
    for pk, organisation_id, stored in plain.values_list("pk", "organisation_id", "stored"):
        text = field.plain_of(bytes.fromhex(stored[2:]))
        after = encryption.seal_text(organisation_id, text, place=field.place(organisation_id, pk))
        rows.filter(pk=pk).update(weights=apps.vault.fields.mark_sealed(after))


class Migration(migrations.Migration):
    dependencies = [("medical_records", "0003_index_two_characters")]

    operations = [
        migrations.AlterField(
            model_name="catalogue", name="weights", field=apps.vault.fields.SealedBytesField(null=True)
        ),
        migrations.RunPython(seal_weights, migrations.RunPython.noop),
    ]

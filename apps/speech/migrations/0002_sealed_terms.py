from typing import Any

import apps.vault.fields
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Cast

from apps.vault import encryption


def seal_terms(apps_then: Any, schema_editor: Any) -> None:
    model = apps_then.get_model("speech", "SpeechPreferences")
    field = model._meta.get_field("terms")
    rows = model.objects.annotate(stored=Cast(F("terms"), models.TextField()))
    for pk, organisation_id, terms in rows.values_list("pk", "organisation_id", "stored"):
        text = encryption.seal_text(organisation_id, terms, place=field.place(organisation_id, pk))
        rows.filter(pk=pk, stored=terms).update(terms=apps.vault.fields.mark_sealed(text))


class Migration(migrations.Migration):
    dependencies = [("speech", "0001_initial"), ("vault", "0002_bind_seals")]

    operations = [
        migrations.AlterField(
            model_name="speechpreferences",
            name="terms",
            field=apps.vault.fields.SealedTextField(
                blank=True,
                help_text="Names of people, products, medicines. They are written as they stand here when they are heard.",
                max_length=600,
                verbose_name="names and terms",
            ),
        ),
        migrations.RunPython(seal_terms, migrations.RunPython.noop),
    ]

from django.db import migrations

import apps.vault.fields


class Migration(migrations.Migration):
    dependencies = [
        ('medical_records', '0003_encounter_key'),
    ]

    operations = [
        migrations.AddField(
            model_name='medicalrecord',
            name='return_note',
            field=apps.vault.fields.SealedTextField(blank=True, null=True),
        ),
    ]

import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0005_changed_passages"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="second_readings",
            field=models.JSONField(
                blank=True,
                db_default=django.db.models.expressions.Value([], models.JSONField()),
                default=list,
                editable=False,
            ),
        ),
        migrations.AddField(
            model_name="passage",
            name="joined_texts",
            field=models.JSONField(
                blank=True,
                db_default=django.db.models.expressions.Value([], models.JSONField()),
                default=list,
            ),
        ),
    ]

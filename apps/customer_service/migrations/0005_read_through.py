from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("customer_service", "0004_desk"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="read_through",
            field=models.PositiveIntegerField(
                default=0, help_text="The last turn that somebody of staff has seen."
            ),
        ),
    ]

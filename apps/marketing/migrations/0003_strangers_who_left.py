from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketing", "0002_order_values")]

    operations = [
        migrations.AddIndex(
            model_name="exposure",
            index=models.Index(
                condition=models.Q(("person", None), ("unsubscribed_at__isnull", False)),
                fields=["organisation", "subject"],
                name="exposure_of_stranger_who_left",
            ),
        ),
    ]

import apps.jobs.webhook_events
import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0005_audit_anchored_event'),
    ]

    operations = [
        migrations.AlterField(
            model_name='webhook',
            name='events',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=apps.jobs.webhook_events.choices, max_length=60), size=None, verbose_name='events'),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='event',
            field=models.CharField(choices=apps.jobs.webhook_events.choices, max_length=60),
        ),
    ]

from django.db import migrations, models

DETECTORS = [
    ("new_template", "new in the last week"),
    ("rate", "unusual count"),
    ("level", "level change"),
    ("heartbeat", "missing regular message"),
    ("session", "unusual session"),
    ("parameter", "unusual value"),
    ("metric", "metric off trend"),
    ("alert_line", "reports a failure"),
]


class Migration(migrations.Migration):
    dependencies = [("log_analysis", "0002_unread_batches")]

    operations = [
        migrations.AddField(
            model_name="loganomaly",
            name="compared_sessions",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="loganomaly",
            name="session_view",
            field=models.CharField(
                blank=True,
                choices=[
                    ("new_event", "a step not seen before"),
                    ("counts", "how often its steps occurred"),
                    ("step", "one step out of place"),
                    ("order", "order of its steps"),
                    ("duration", "how long it took"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="loganomaly",
            name="detector",
            field=models.CharField(choices=DETECTORS, max_length=12),
        ),
        migrations.AlterField(
            model_name="anomalysuppression",
            name="detector",
            field=models.CharField(choices=DETECTORS, max_length=12),
        ),
    ]

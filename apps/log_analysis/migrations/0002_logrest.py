from django.db import migrations, models

DETECTORS = [
    ("new_template", "not seen in the week before"),
    ("rate", "more or fewer than usual"),
    ("level", "another level than before"),
    ("heartbeat", "a regular message is missing"),
    ("session", "steps in an unusual order"),
    ("parameter", "an unusual value"),
    ("metric", "a measured series leaves its course"),
    ("alert_line", "says that something failed"),
]


class Migration(migrations.Migration):
    dependencies = [("log_analysis", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name=name,
            name="detector",
            field=models.CharField(choices=DETECTORS, max_length=12),
        )
        for name in ("loganomaly", "anomalysuppression")
    ]

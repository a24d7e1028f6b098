import django.db.models.deletion
from django.db import migrations, models

import apps.core.models
import apps.vault.fields

ROWS_AT_ONCE = 200


def seal(state, schema_editor):
    """Row by row: a sealed field needs the row that says whose key it takes."""
    job = state.get_model("jobs", "Job")
    recordings = state.get_model("speech", "Recording").objects
    for recording in recordings.only("organisation_id", "job_id", "title", "file_name").iterator(ROWS_AT_ONCE):
        recording.sealed_title, recording.sealed_file_name = recording.title, recording.file_name
        recording.save(update_fields=["sealed_title", "sealed_file_name"])
        # It held the title.
        job.objects.filter(pk=recording.job_id).update(subject=f"recording:{recording.pk}")
    for transcript in state.get_model("speech", "Transcript").objects.iterator(ROWS_AT_ONCE):
        transcript.sealed_segments = transcript.segments
        transcript.save(update_fields=["sealed_segments"])


def sealed_instead(model, name, field, **options):
    """Steps before and after `seal`."""
    sealed = f"sealed_{name}"
    before = [migrations.AddField(model, sealed, field(null=True))]
    after = [
        migrations.RemoveField(model, name),
        migrations.RenameField(model, sealed, name),
        # A default would have to be sealed for rows that lack a value. There are none.
        migrations.AlterField(model, name, field()),
        migrations.AlterField(model, name, field(**options)),
    ]
    return before, after


TEXT, JSON = apps.vault.fields.SealedTextField, apps.vault.fields.SealedJSONField
FIELDS = [
    sealed_instead("recording", "title", TEXT, max_length=200, verbose_name="title"),
    sealed_instead("recording", "file_name", TEXT, blank=True, max_length=200),
    sealed_instead("transcript", "segments", JSON, default=list),
]


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0002_webhooks_and_schedules"),
        ("speech", "0001_initial"),
        ("vault", "0001_initial"),
    ]

    operations = [
        *(step for before, _after in FIELDS for step in before),
        migrations.RunPython(seal),
        *(step for _before, after in FIELDS for step in after),
        migrations.AddField("recording", "is_followed", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="HeardStretch",
            fields=[
                ("id", models.UUIDField(default=apps.core.models.new_id, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("until", models.FloatField()),
                ("language", models.CharField(blank=True, max_length=10)),
                ("segments", apps.vault.fields.SealedJSONField(default=list)),
                ("organisation", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organisation")),
                ("recording", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="heard_stretches", to="speech.recording")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("recording", "number"), name="heard_stretch_once")],
            },
        ),
    ]

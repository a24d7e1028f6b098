import apps.core.models
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0004_from_desks'),
        ('inference', '0002_storage_quota'),
        ('jobs', '0006_from_desks'),
    ]

    operations = [
        migrations.CreateModel(
            name='EvaluationQuestion',
            fields=[
                ('id', models.UUIDField(default=apps.core.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('desk', models.CharField(editable=False, max_length=50)),
                ('question_set', models.CharField(max_length=50)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('text', models.TextField(max_length=2000, verbose_name='question')),
                ('expected', models.JSONField(default=dict)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='EvaluationRun',
            fields=[
                ('id', models.UUIDField(default=apps.core.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('desk', models.CharField(editable=False, max_length=50)),
                ('question_set', models.CharField(max_length=50)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('label', models.CharField(max_length=120, verbose_name='title')),
                ('is_draft', models.BooleanField(default=False, help_text='With changes that are not live yet.')),
                ('options', models.JSONField(default=dict)),
                ('model', models.CharField(blank=True, help_text='The one that answered.', max_length=200)),
                ('prompt_hash', models.CharField(blank=True, max_length=64)),
                ('passed', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('endpoint', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='inference.endpoint', verbose_name='model')),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='jobs.job')),
                ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.membership')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='EvaluationAnswer',
            fields=[
                ('id', models.UUIDField(default=apps.core.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('question_text', models.TextField()),
                ('text', models.TextField(blank=True)),
                ('details', models.JSONField(default=dict)),
                ('is_passed', models.BooleanField()),
                ('problems', models.JSONField(default=list, help_text='[{code, detail}]')),
                ('seconds', models.FloatField(default=0.0)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('question', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='answers', to='evaluation.evaluationquestion')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='evaluation.evaluationrun')),
            ],
        ),
        migrations.AddIndex(
            model_name='evaluationquestion',
            index=models.Index(fields=['organisation', 'desk', 'question_set'], name='evaluation_question_set'),
        ),
        migrations.AddIndex(
            model_name='evaluationrun',
            index=models.Index(fields=['organisation', 'desk', 'question_set'], name='evaluation_run_set'),
        ),
        migrations.AddConstraint(
            model_name='evaluationanswer',
            constraint=models.UniqueConstraint(fields=('run', 'question'), name='one_answer_per_question_and_run'),
        ),
    ]

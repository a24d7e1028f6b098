from django.utils.translation import gettext_lazy as _

from apps.files.models import UNFINISHED_DAYS
from apps.jobs import lifecycle
from apps.log_analysis import pipeline
from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.sources import services as sources
from apps.log_analysis.sources import unread_batches
from apps.log_analysis.sources.models import LogFile, UnreadBatch
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule

retention_rules.register(
    RetentionRule(
        "log_records",
        _("Log records"),
        _("Log analysis"),
        sweep=pipeline.drop_old_records,
        decided_at="log_analysis:log_sources",
    ),
    RetentionRule(
        "unread_batches",
        _("Log batches kept aside"),
        _("Log analysis"),
        days=14,
        rows=UnreadBatch.objects.select_related("source"),
        since="kept_at",
        erase_row=unread_batches.remove,
    ),
    RetentionRule(
        "record_questions",
        _("Log questions in plain words"),
        _("Log analysis"),
        days=1,
        rows=RecordQuestion.objects.all(),
        since="created_at",
        erase=lifecycle.erase_with_jobs,
    ),
    RetentionRule(
        "log_uploads",
        _("Unfinished uploads of log files"),
        _("Log analysis"),
        days=UNFINISHED_DAYS,
        rows=LogFile.objects.unfinished(),
        until="expires_at",
        erase_row=sources.give_up_file,
        erased_action="log_file.given_up",
    ),
)

from django.utils.translation import gettext_lazy as _

from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.questions.services import KEEP
from apps.log_analysis.sources import unread_batches
from apps.log_analysis.sources.models import UnreadBatch
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule

retention_rules.register(
    RetentionRule("log_records", _("Log records"), _("Log analysis"), decided_at="log_analysis:log_sources"),
    RetentionRule(
        "unread_batches",
        _("Log batches kept aside"),
        _("Log analysis"),
        days=unread_batches.KEEP.days,
        rows=UnreadBatch.objects.within,
        since="kept_at",
        decided_at="log_analysis:log_sources",
    ),
    RetentionRule(
        "record_questions",
        _("Log questions in plain words"),
        _("Log analysis"),
        days=KEEP.days,
        rows=RecordQuestion.objects.within,
        since="created_at",
    ),
)

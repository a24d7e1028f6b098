from django.utils.translation import gettext_lazy as _

from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.questions.services import KEEP
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule

retention_rules.register(
    RetentionRule("log_records", _("Log records"), _("Log analysis"), decided_at="log_analysis:log_sources"),
    RetentionRule(
        "record_questions",
        _("Log questions in plain words"),
        _("Log analysis"),
        days=KEEP.days,
        rows=RecordQuestion.objects.within,
        since="created_at",
    ),
)

from django.utils.translation import gettext_lazy as _

from apps.marketing.experiments.models import MarketingEvent
from apps.marketing.experiments.retention import KEEP_FOR
from apps.marketing.profiles.models import SegmentQuestion
from apps.marketing.profiles.questions import KEEP
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule

retention_rules.register(
    RetentionRule(
        "marketing_events",
        _("Experiment events (counts are kept)"),
        _("Marketing"),
        days=KEEP_FOR.days,
        rows=MarketingEvent.objects.within,
        since="received_at",
    ),
    RetentionRule(
        "segment_questions",
        _("Segments described in words"),
        _("Marketing"),
        days=KEEP.days,
        rows=SegmentQuestion.objects.within,
        since="created_at",
    ),
)

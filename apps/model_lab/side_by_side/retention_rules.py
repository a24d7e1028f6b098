from django.utils.translation import gettext_lazy as _

from apps.model_lab.side_by_side.models import ModelComparison
from apps.model_lab.side_by_side.services import erase_comparisons
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule

retention_rules.register(
    RetentionRule(
        "model_comparisons",
        _("Questions asked side by side, with their answers; votes are kept without both"),
        _("Model lab"),
        days=180,
        rows=ModelComparison.objects.all(),
        since="created_at",
        erase=lambda _organisation, comparisons: erase_comparisons(comparisons),
    )
)

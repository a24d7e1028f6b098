from django.utils.translation import gettext_lazy as _

from apps.jobs import lifecycle
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule
from apps.workbench.desk import APPS
from apps.workbench.models import AppRun

retention_rules.register(
    RetentionRule(
        "app_runs",
        _("Runs of apps, with what went in and came out"),
        APPS,
        days=180,
        rows=AppRun.objects.all(),
        since="created_at",
        erase=lifecycle.erase_with_jobs,
    )
)

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from apps.jobs import lifecycle
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule
from apps.workbench.desk import APPS
from apps.workbench.models import AppRun, AppVersion

_has_runs = Exists(AppRun.objects.filter(version=OuterRef("pk")))

retention_rules.register(
    RetentionRule(
        "app_runs",
        _("Runs of apps, with what went in and came out"),
        APPS,
        days=180,
        rows=AppRun.objects.all(),
        since="created_at",
        erase=lifecycle.erase_with_jobs,
    ),
    RetentionRule(
        "tried_drafts",
        _("Tried drafts of apps, once their runs are erased"),
        APPS,
        days=180,
        # A run is read by its text, so the text goes after the last of them.
        rows=AppVersion.objects.filter(~_has_runs, state=AppVersion.State.TRIED),
        since="saved_at",
    ),
)

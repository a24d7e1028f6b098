from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.workbench.desk import APPS
from apps.workbench.models import (
    App,
    AppEvaluation,
    AppRun,
    AppSchedule,
    AppVersion,
    RunFile,
    StepRun,
    WorkbenchSettings,
)

register(
    Table(App, APPS, "name created_at", is_named=True),
    Table(AppVersion, _("App versions"), "app number state saved_at", "saved_by"),
    Table(AppRun, _("App runs"), "app version created_at", "member api_key job"),
    tab=APPS,
)
register(
    Table(StepRun, _("Step runs"), "run place kind state began_at ended_at"),
    Table(RunFile, _("Files of runs"), "run"),
    Table(AppEvaluation, _("Evaluations of apps"), "created_at", "version member"),
    Table(AppSchedule, _("Schedules of apps"), "", "app schedule"),
    Table(WorkbenchSettings, _("Publishing of apps"), "needs_second_person"),
)

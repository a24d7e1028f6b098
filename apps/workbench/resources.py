"""The desk's lists: apps, and the runs of whoever looks."""

from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.resources.declaration import RowList
from apps.workbench import selectors
from apps.workbench.desk import APPS as TITLE
from apps.workbench.models import App, AppRun, StepRun

APPS = RowList(
    model=App,
    plural="apps",
    visible_rows=selectors.visible_apps,
    title=TITLE,
    lead=_("Small programs made of steps, each with a form of its own."),
    columns={
        "title": ListColumn(_("Name"), badge="draft_text"),
        "description": _("Description"),
        "published.number": _("Version"),
    },
    read="workbench.use",
    page="workbench:app",
    new_page="workbench:new_app",
    new_label=_("New app"),
    icon="star",
    empty_title=_("No apps yet"),
    empty_text=_("Add one that comes with the platform, or create one of your own."),
    list_template="workbench/apps.html",
)
APP_RUNS = RowList(
    model=AppRun,
    plural="app_runs",
    visible_rows=selectors.run_list,
    title=_("My runs"),
    lead=_("Only you see your runs. They are deleted after 180 days."),
    columns={
        "__str__": _("App"),
        "version.number": _("Version"),
        "job.state": ListColumn(_("State"), part="workbench/run_state.html"),
        "created_at": _("Started"),
    },
    read="workbench.use",
    page="workbench:app_run",
    refresh_on="moved",
    icon="star",
    empty_title=_("No runs yet"),
    empty_text=_("What you run appears here with its results."),
    empty_page=(_("Choose an app"), "workbench:apps"),
)
WAITING_STEPS = RowList(
    model=StepRun,
    plural="waiting_steps",
    visible_rows=selectors.waiting_steps,
    title=_("Waiting for me"),
    lead=_("Runs of apps that go on once you have decided."),
    columns={"run": _("App"), "asks": _("Message"), "began_at": _("Since")},
    read="workbench.use",
    page="workbench:waiting_step",
    icon="user",
    empty_title=_("Nothing is waiting for you"),
    empty_text=_("Where an app asks you to approve or fill in something, you find it here."),
)

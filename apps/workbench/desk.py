from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.desks import Desk, FileTaker, KeyPreset, Page, Tab
from domain.documents import content

APPS = pgettext_lazy("programs of an organisation", "Apps")

DESK = Desk(
    app="apps.workbench",
    label=APPS,
    url_prefix="apps/",
    permissions={
        "workbench.use": _("Use apps"),
        "workbench.edit": _("Create and edit apps"),
        "workbench.publish": _("Publish apps"),
    },
    role_permissions={
        "admin": ("workbench.use", "workbench.edit", "workbench.publish"),
        "marketer": ("workbench.use", "workbench.edit"),
        "operator": ("workbench.use",),
        "analyst": ("workbench.use",),
    },
    takes=(
        FileTaker(
            title=_("Picture to read"),
            text=_("Runs the app “Read a picture”: text and tables, each marked on the picture."),
            formats=_("pictures to read (.jpg, .png, .webp, .tif, .bmp, .gif)"),
            icon="eye",
            permissions=("workbench.use",),
            media_types=tuple(content.PICTURES),
            uploads="api:picture-list",
            opens="workbench:app_run",
            works_for="apps.workbench.pictures.can_read",
        ),
    ),
    jobs=("execution", "evaluation", "proposals", "app_schedules"),
    key_presets=(KeyPreset("apps", _("Running apps"), ("workbench.use", "jobs.view")),),
    prompt_readers={"": "workbench.edit"},  # none is recorded: all prompts are locked
    resource_tabs=(
        Tab(
            APPS,
            (
                Page(APPS, "workbench:apps", "workbench.use"),
                Page(_("My runs"), "workbench:app_runs", "workbench.use"),
                Page(_("Waiting for me"), "workbench:waiting_steps", "workbench.use"),
                Page(_("Analytics"), "workbench:figures", "workbench.edit"),
                Page(_("Publishing"), "workbench:settings", "organisation.manage"),
            ),
        ),
    ),
    webhook_events={
        "app.sent": _("an app sends something"),
        "app_run.finished": _("a run of an app has its results"),
    },
    audit_sentences={
        "app.created": _("Created an app"),
        "app.changed": _("Changed the draft of an app"),
        "app.draft_discarded": _("Discarded the draft of an app"),
        "app.published": _("Published an app"),
        "app.evaluated": _("Started the evaluation of an app"),
        "app.evaluation_stopped": _("Stopped the evaluation of an app"),
        "app.rolled_back": _("Went back to an earlier version of an app"),
        "app.account_chosen": _("Let an app read documents with a member's rights"),
        "app.account_taken_back": _("Took back the rights with which an app read documents"),
        "app.exported": _("Exported an app as a file"),
        "app.deleted": _("Deleted an app"),
        "workbench_settings.changed": _("Changed how apps are published"),
        "app_run.started": _("Ran an app"),
        "app_run.edited": _("Accepted changes that an app suggested"),
        "app_run.exported": _("Exported the result of a run"),
        "app_run.decided": _("Decided where a run of an app waited"),
        "app_run.tried": _("Tried the draft of an app"),
        "app_run.deleted": _("Deleted a run of an app"),
    },
    audit_details={
        "app": _("App"),
        "version": _("Version"),
        "approved": _("Approved"),
        "collections": _("Collections"),
    },
    api_enum_names={
        "AppVersionStateEnum": "apps.workbench.models.AppVersion.State",
        "AppRunStateEnum": "apps.workbench.models.AppRun.STATES",
    },
)

from django.utils.translation import gettext_lazy as _

from apps.core.desks import Desk, MenuPage, OnboardingStep, PeriodicTask, Role, Tab

WRITE = ("marketing.use", "marketing.manage")
ALL = (*WRITE, "marketing.approve")
PEOPLE = "marketing.people"

DESK = Desk(
    app="apps.marketing",
    label=_("Marketing"),
    url_prefix="marketing/",
    permissions={
        "marketing.use": _("Write briefs and marketing copy, and export it"),
        "marketing.manage": _("Change the limits and hints of channels"),
        "marketing.approve": _("Approve marketing copy, or send it back"),
        PEOPLE: _("See and change the people who are written to, with their addresses, and segments of them"),
    },
    role_permissions={"admin": (*ALL, PEOPLE), "marketer": (*WRITE, PEOPLE)},
    roles=(
        Role(
            "copy_approver",
            _("copy approver"),
            _("Reads briefs and marketing copy, changes it, approves it or sends it back."),
            ("marketing.use", "marketing.approve", "jobs.view", "inference.use"),
        ),
    ),
    menu=(MenuPage(_("Marketing"), "star", "marketing:briefs", "marketing.use", shortcut="p"),),
    tabs=(
        Tab(_("Briefs"), "marketing:briefs", "marketing.use"),
        Tab(_("Marketing copy"), "marketing:copy_variants", "marketing.use"),
        Tab(_("Video scripts"), "marketing:video_scripts", "marketing.use"),
        Tab(_("People"), "marketing:people", PEOPLE),
        Tab(_("Segments"), "marketing:segments", PEOPLE),
        Tab(_("Channels"), "marketing:channel_overrides", "marketing.use"),
        Tab(_("Analytics"), "marketing:figures", "marketing.use"),
    ),
    onboarding=(
        OnboardingStep(
            _("Write a brief"),
            _(
                "A product and its facts become copy for each channel, held to the channel's rules and to the facts."
            ),
            _("New brief"),
            "marketing:new_brief",
            "marketing.use",
        ),
    ),
    audit_sentences={
        "brief.created": _("Wrote a brief"),
        "brief.changed": _("Changed a brief"),
        "brief.deleted": _("Deleted a brief with its copy"),
        "brief.imported": _("Imported facts into a brief"),
        "brief_fact.confirmed": _("Confirmed a fact of a brief"),
        "brief_fact.deleted": _("Took a fact out of a brief"),
        "brief_source.created": _("Had facts or a brand voice read for a brief"),
        "channel_override.created": _("Changed the limits of a channel"),
        "channel_override.changed": _("Changed the limits of a channel again"),
        "channel_override.deleted": _("Took a channel back to its built-in limits"),
        "copy_request.created": _("Had marketing copy written"),
        "copy_variant.created": _("Wrote marketing copy by hand"),
        "copy_variant.changed": _("Changed marketing copy"),
        "copy_variant.approved": _("Approved marketing copy"),
        "copy_variant.returned": _("Sent marketing copy back"),
        "copy_variant.deleted": _("Deleted marketing copy"),
        "copy_variant.exported": _("Exported marketing copy"),
        # People and segments.
        "person.created": _("Added a person"),
        "person.changed": _("Changed what is known of a person"),
        "person.erased": _("Erased a person with all that was held about them"),
        "person.report_exported": _("Exported what is held about a person"),
        "person.unsubscribed": _("Took a person off a channel, as the person asked"),
        "people.stored": _("Stored people through the API"),
        "people_import.begun": _("Began to upload a table of people"),
        "people_import.started": _("Started an import of people"),
        "people_import.finished": _("Imported people"),
        "people_import.deleted": _("Deleted an import; the people stayed"),
        "people_import.given_up": _("Deleted a table of people that nobody imported"),
        "segment.created": _("Made a segment"),
        "segment.changed": _("Changed a segment"),
        "segment.deleted": _("Deleted a segment"),
        "copy_variant.translated": _("Had marketing copy translated"),
        "video_script.created": _("Had a video script written"),
        "video_script.changed": _("Changed a video script"),
        "video_script.deleted": _("Deleted a video script"),
        "video_script.exported": _("Exported a video script"),
    },
    schedule=(
        # People and segments.
        PeriodicTask("apps.marketing.tasks.refresh_due_people", 60),
        PeriodicTask("apps.marketing.tasks.drop_old_people_work", 3600),
    ),
    api_enum_names={
        "IndustryEnum": "apps.marketing.briefs.models.Industry",
        "BriefSourceKindEnum": "apps.marketing.briefs.models.BriefSource.SourceType",
        "CopyVariantStatusEnum": "apps.marketing.copywriting.models.CopyVariant.Status",
        "VideoScriptStatusEnum": "apps.marketing.video_scripts.models.VideoScript.Status",
    },
    layers=(
        "urls : api_urls : apps",
        "job_subjects : personal_records",
        "pages",
        "report",
        "response",
        "tasks",
        "campaigns",
        "recommendation",
        "experiments",
        "profiles",
        "video_scripts",
        "copywriting",
        "briefs",
        "channels",
        "job_types",
    ),
)

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.desks import Desk, FileTaker, KeyPreset, OnboardingStep, Page, PeriodicTask, Role, Room, Tab
from apps.marketing.channels.names import channel_name

WRITE = ("marketing.use", "marketing.manage", "marketing.events")
ALL = (*WRITE, "marketing.approve")
PEOPLE, SEND = "marketing.people", "marketing.send"

DESK = Desk(
    app="apps.marketing",
    label=_("Marketing"),
    url_prefix="",
    permissions={
        "marketing.use": _("Write briefs and marketing copy, and export it"),
        "marketing.manage": _("Manage channel limits and hints"),
        "marketing.events": _("Report how people responded to messages"),
        "marketing.approve": _("Approve or return marketing copy and campaigns"),
        SEND: _("Start, pause and cancel campaigns, and export their messages"),
        PEOPLE: _("View and edit people, their addresses and segments"),
    },
    role_permissions={"admin": (*ALL, PEOPLE, SEND), "marketer": (*WRITE, PEOPLE, SEND)},
    roles=(
        Role(
            "copy_approver",
            _("copy approver"),
            _("Reviews briefs and marketing copy: edits, approves or returns it."),
            ("marketing.use", "marketing.approve", "jobs.view", "inference.use"),
        ),
    ),
    key_presets=(KeyPreset("marketing-events", _("Marketing events"), ("marketing.events",)),),
    prompt_readers={"": "marketing.use", "profiles": PEOPLE},
    room=Room(
        _("Marketing"),
        "megaphone",
        (
            Tab(
                pgettext_lazy("tab", "Content"),
                (
                    Page(_("Briefs"), "marketing:briefs", "marketing.use", shortcut="p"),
                    Page(_("Marketing copy"), "marketing:copy_variants", "marketing.use"),
                    Page(_("Video scripts"), "marketing:video_scripts", "marketing.use"),
                ),
            ),
            Tab(
                _("Customers"),
                (
                    Page(_("People"), "marketing:people", PEOPLE),
                    Page(_("Segments"), "marketing:segments", PEOPLE),
                ),
            ),
            Tab(
                _("Campaigns"),
                (
                    Page(_("Campaigns"), "marketing:campaigns", "marketing.use"),
                    Page(_("Calendar"), "marketing:campaign_calendar", "marketing.use"),
                    Page(_("Recommendation"), "marketing:recommendation", "marketing.use"),
                ),
            ),
            Tab(
                pgettext_lazy("tab", "Results"),
                (
                    Page(_("Analytics"), "marketing:figures", "marketing.use"),
                    Page(_("Experiments"), "marketing:experiments", "marketing.use"),
                ),
            ),
            Page(_("Text formats"), "marketing:channel_overrides", "marketing.use"),
        ),
        hue=4,
        actions=(
            Page(_("New brief"), "marketing:new_brief", "marketing.use"),
            Page(_("New campaign"), "marketing:new_campaign", "marketing.use"),
            Page(_("New experiment"), "marketing:new_experiment", "marketing.use"),
        ),
    ),
    onboarding=(
        OnboardingStep(
            _("Create a brief"),
            _(
                "Turn a product and its facts into copy for each channel, checked against the "
                "channel's rules and the facts."
            ),
            _("New brief"),
            "marketing:new_brief",
            "marketing.use",
        ),
    ),
    takes=(
        FileTaker(
            title=_("Table of people"),
            text=_("Shows its columns for you to map. Nothing is saved before you confirm."),
            formats=_("tables of people (.csv)"),
            icon="team",
            permissions=(PEOPLE,),
            media_types=("text/csv",),
            uploads="api:people-import-list",
            opens="marketing:people_import",
            recognises="apps.marketing.profiles.people_files.is_people_table",
        ),
    ),
    audit_words={"channel": channel_name},
    audit_sentences={
        "order_settings.changed": _("Changed the limits of orders"),
        "order_key.shown": _("Looked at the key that signs orders"),
        "order_key.replaced": _("Replaced the key that signs orders"),
        "brief.created": _("Created a brief"),
        "brief.changed": _("Changed a brief"),
        "brief.deleted": _("Deleted a brief and its copy"),
        "brief.exported": _("Exported the list of briefs"),
        "brief.imported": _("Imported facts into a brief"),
        "brief_fact.confirmed": _("Confirmed a fact of a brief"),
        "brief_fact.deleted": _("Removed a fact from a brief"),
        "brief_source.created": _("Extracted facts or a brand voice for a brief"),
        "channel_override.created": _("Customised a channel's limits"),
        "channel_override.changed": _("Updated a channel's limits"),
        "channel_override.deleted": _("Reset a channel to its built-in limits"),
        "channel_override.exported": _("Exported the limits of channels"),
        "copy_request.created": _("Generated marketing copy"),
        "copy_variant.created": _("Wrote marketing copy manually"),
        "copy_variant.changed": _("Changed marketing copy"),
        "copy_variant.approved": _("Approved marketing copy"),
        "copy_variant.returned": _("Returned marketing copy"),
        "copy_variant.deleted": _("Deleted marketing copy"),
        "copy_variant.exported": _("Exported marketing copy"),
        # People and segments.
        "person.created": _("Added a person"),
        "person.changed": _("Changed a person's details"),
        "person.erased": _("Erased a person and all their data"),
        "person.report_exported": _("Exported a person's data"),
        "person.unsubscribed": _("Opted a person out of a channel"),
        "people.stored": _("Added people through the API"),
        "people_import.begun": _("Started uploading a table of people"),
        "people_import.started": _("Started an import of people"),
        "people_import.finished": _("Imported people"),
        "people_import.rejections_exported": _("Exported the rejected rows of an import"),
        "people_import.deleted": _("Deleted an import and kept its people"),
        "people_import.given_up": _("Deleted an unimported table of people"),
        "people_clustering.created": _("Clustered people"),
        "segment.created": _("Created a segment"),
        "segment.changed": _("Changed a segment"),
        "segment.deleted": _("Deleted a segment"),
        "copy_variant.translated": _("Translated marketing copy"),
        "video_script.created": _("Generated a video script"),
        "video_script.changed": _("Changed a video script"),
        "video_script.deleted": _("Deleted a video script"),
        "video_script.read_aloud": _("Started reading a video script aloud"),
        "video_script.exported": _("Exported a video script"),
        "experiment.created": _("Created an experiment"),
        "experiment.started": _("Started an experiment"),
        "experiment.stopped": _("Stopped an experiment"),
        "experiment.winner_taken": _("Picked the winner of an experiment"),
        "experiment.deleted": _("Deleted an unstarted experiment"),
        "marketing_event.imported": _("Imported message responses"),
        # Recommendation.
        "policy_estimate.created": _("Estimated policies of an experiment"),
        "policy_estimate.applied": _("Put an experiment policy live"),
        "policy_estimate.taken_back": _("Withdrew an experiment policy"),
        # Campaigns.
        "campaign.created": _("Created a campaign"),
        "campaign.changed": _("Changed a campaign"),
        "campaign.moved": _("Rescheduled a campaign"),
        "campaign.deleted": _("Deleted a campaign"),
        "campaign.submitted": _("Submitted a campaign for approval"),
        "campaign.approved": _("Approved a campaign"),
        "campaign.returned": _("Returned a campaign"),
        "campaign.started": _("Started a campaign"),
        "campaign.resumed": _("Resumed a campaign"),
        "campaign.paused": _("Paused a campaign"),
        "campaign.cancelled": _("Cancelled a campaign"),
        "campaign.sent_again": _("Resent campaign messages"),
        "campaign.exported": _("Exported campaign messages with addresses"),
    },
    webhook_events={
        "experiment.decided": _("an experiment has ended or has a winner"),
        "campaign.messages": _("campaign messages are waiting for your sending system"),
    },
    schedule=(
        # People and segments.
        PeriodicTask("apps.marketing.tasks.refresh_due_people", 60),
        PeriodicTask("apps.marketing.tasks.drop_old_people_work", 3600),
        PeriodicTask("apps.marketing.tasks.judge_experiments", 60.0),
        PeriodicTask("apps.marketing.tasks.drop_old_events", 86400.0),
        # Campaigns.
        PeriodicTask("apps.marketing.tasks.start_due_campaigns", 15.0),
        PeriodicTask("apps.marketing.tasks.release_lost_requests", 3600.0),
    ),
    api_enum_names={
        "IndustryEnum": "apps.marketing.briefs.models.Industry",
        "BriefSourceKindEnum": "apps.marketing.briefs.models.BriefSource.SourceType",
        "CopyVariantStatusEnum": "apps.marketing.copywriting.models.CopyVariant.Status",
        "VideoScriptStatusEnum": "apps.marketing.video_scripts.models.VideoScript.Status",
        "CampaignStatusEnum": "apps.marketing.campaigns.models.Campaign.Status",
        "ExperimentMetricEnum": "apps.marketing.experiments.models.Experiment.Metric",
        "ExperimentStatusEnum": "apps.marketing.experiments.models.Experiment.Status",
        "MarketingEventKindEnum": "apps.marketing.experiments.models.MarketingEvent.EventType",
    },
    layers=(
        "urls : api_urls : apps",
        "job_subjects : personal_records : findable",
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

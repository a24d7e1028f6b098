from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.desks import Desk, FileTaker, KeyPreset, OnboardingStep, Page, PeriodicTask, Role, Room, Tab

VIEW = "conversations.view"

DESK = Desk(
    app="apps.customer_service",
    label=_("Customer service"),
    # The staff's pages are under conversations/, the visitors' under c/, widget/ and hooks/.
    url_prefix="",
    permissions={
        "conversations.view": _("View conversations with visitors"),
        "conversations.reply": _("Reply to visitors"),
        "conversations.manage": _("Manage channels"),
    },
    role_permissions={
        "admin": ("conversations.view", "conversations.reply", "conversations.manage"),
        "analyst": ("conversations.view",),
    },
    roles=(
        Role(
            "agent",
            _("customer service agent"),
            _("Answers visitors, maintains documents and makes recordings."),
            (
                "conversations.view",
                "conversations.reply",
                "jobs.view",
                "jobs.manage",
                "inference.use",
                "knowledge.view",
                "knowledge.edit",
                "recordings.view",
                "recordings.edit",
            ),
        ),
    ),
    key_presets=(
        KeyPreset(
            "website-chat", _("Website chat"), ("conversations.view", "conversations.reply", "jobs.view")
        ),
    ),
    prompt_readers={"": "conversations.view"},
    room=Room(
        _("Customer service"),
        "chat",
        (
            Tab(
                _("Conversations"),
                (
                    Page(_("Inbox"), "customer_service:conversations", VIEW, shortcut="c"),
                    Page(_("Queue"), "customer_service:queue", VIEW),
                ),
            ),
            Tab(
                pgettext_lazy("tab", "Answers"),
                (
                    Page(_("Saved answers"), "customer_service:curated_answers", VIEW),
                    Page(_("Canned replies"), "customer_service:canned_replies", VIEW),
                    Page(_("Intents"), "customer_service:intents", VIEW),
                    Page(_("Lookups"), "customer_service:lookup_tools", VIEW),
                ),
            ),
            Page(_("Channels"), "customer_service:channels", VIEW),
            Tab(
                pgettext_lazy("tab", "Results"),
                (
                    Page(_("Analytics"), "customer_service:figures", VIEW),
                    Page(_("Unanswered questions"), "customer_service:unanswered", VIEW),
                    Page(_("Evaluation"), "customer_service:evaluation:questions", VIEW),
                ),
            ),
            Page(_("Agents"), "customer_service:agents", VIEW),
            Tab(
                _("Desk settings"),
                (
                    Page(_("Desk settings"), "customer_service:desk_settings", "conversations.manage"),
                    Page(_("Tags"), "customer_service:tags", VIEW),
                ),
            ),
        ),
        hue=3,
        actions=(Page(_("New channel"), "customer_service:new_channel", "conversations.manage"),),
    ),
    onboarding=(
        OnboardingStep(
            _("Create a channel"),
            _("A channel is a chat page on your site with its own greeting and knowledge."),
            _("Open channels"),
            "customer_service:channels",
            "conversations.manage",
        ),
    ),
    takes=(
        FileTaker(
            title=_("Table of saved answers"),
            text=_(
                "Visitors who ask one of its questions get the answer beside it. All rows are imported or none."
            ),
            formats=_("tables of saved answers (.csv)"),
            icon="quote",
            permissions=("conversations.view", "conversations.manage"),
            media_types=("text/csv",),
            uploads="api:curated-answer-import-table",
            opens="customer_service:curated_answers",
            recognises="apps.customer_service.saved_answers.tables.is_question_table",
        ),
    ),
    webhook_events={
        "conversation.started": _("a conversation started"),
        "conversation.message": _("a visitor, the assistant or staff sent a message"),
        "conversation.handed_off": _("a conversation is waiting for staff"),
        "conversation.resolved": _("a conversation was resolved"),
        "conversation.reopened": _("a resolved conversation was reopened"),
        "conversation.rated": _("a visitor rated a conversation"),
    },
    audit_sentences={
        "channel.saved": _("Saved a channel"),
        "channel.archived": _("Archived a channel"),
        "channel.restored": _("Restored a channel"),
        "channel.erasure_requested": _("Requested erasure of a channel"),
        "channel.erased": _("Erased a channel"),
        "channel.secret_rotated": _("Replaced a channel's secret"),
        "channel.secret_shown": _("Viewed a channel's secret"),
        "channel.instructions_applied": _("Updated a channel's instructions"),
        "conversations.erased": _("Erased old conversations"),
        "visitor.erased": _("Erased a visitor"),
        "visitor.report_exported": _("Exported a visitor's data"),
        "contact.changed": _("Changed a contact"),
        "note.deleted": _("Deleted an internal note"),
        "tag.created": _("Created a tag"),
        "tag.changed": _("Renamed a tag"),
        "tag.deleted": _("Deleted a tag"),
        "tag.exported": _("Exported tags"),
        "tag.merged": _("Merged two tags"),
        "canned_reply.created": _("Created a canned reply"),
        "canned_reply.changed": _("Changed a canned reply"),
        "canned_reply.deleted": _("Deleted a canned reply"),
        "canned_reply.exported": _("Exported canned replies"),
        "canned_reply.imported": _("Imported canned replies"),
        "agent.changed": _("Changed agent settings"),
        "desk_settings.changed": _("Changed the desk settings"),
        "mail_account.created": _("Added a mailbox"),
        "mail_account.changed": _("Changed a mailbox"),
        "messenger_account.created": _("Added a messenger account"),
        "messenger_account.changed": _("Changed a messenger account"),
        "curated_answer.created": _("Created a saved answer"),
        "curated_answer.changed": _("Changed a saved answer"),
        "curated_answer.deleted": _("Deleted a saved answer"),
        "curated_answer.exported": _("Exported saved answers"),
        "lookup_tool.created": _("Created a lookup"),
        "lookup_tool.changed": _("Changed a lookup"),
        "lookup_tool.deleted": _("Deleted a lookup"),
        "intent.saved": _("Saved an intent"),
        "intent.deleted": _("Deleted an intent"),
        "classifier.trained": _("Trained on the examples"),
        "classifier.restored": _("Restored an earlier learned version"),
        "understanding.corrected": _("Corrected a message's classification"),
        "sentiment_example.created": _("Added a sentiment example"),
        "sentiment_example.changed": _("Changed a sentiment example"),
        "sentiment_example.deleted": _("Deleted a sentiment example"),
        "sentiment_example.exported": _("Exported sentiment examples"),
        "question.dismissed": _("Dismissed an unanswered question"),
    },
    audit_details={
        "channel": _("Channel"),
        "into": _("Into"),
        "shortcut": _("Shortcut"),
        "skills": _("Skills"),
        "examples": _("Examples"),
        "conversations": _("Conversations"),
    },
    audit_filters={"sentiment": _("Sentiment")},
    schedule=(
        # Not behind a long document: staff look at these.
        PeriodicTask("apps.customer_service.tasks.understand_messages", 2, queue="interactive"),
        PeriodicTask("apps.customer_service.tasks.tend_queues", 10, queue="interactive"),
        PeriodicTask("apps.customer_service.tasks.deliver_outgoing_messages", 2, queue="interactive"),
        PeriodicTask("apps.customer_service.tasks.read_due_mailboxes", 5, queue="interactive"),
        PeriodicTask("apps.customer_service.tasks.resolve_silent_conversations", 300),
        PeriodicTask("apps.customer_service.tasks.erase_outdated_conversations", 600),
        PeriodicTask("apps.customer_service.tasks.erase_requested_channels", 60),
        PeriodicTask("apps.customer_service.tasks.request_clusterings", 3600),
        PeriodicTask("apps.customer_service.tasks.remove_unsent_attachments", 3600),
    ),
    api_enum_names={
        "ReasonEnum": "apps.customer_service.handoff.models.Handoff.Reason",
        "ConversationStateEnum": "apps.customer_service.models.Conversation.State",
        "AttachmentKindEnum": "apps.customer_service.models.Attachment.Kind",
        "ChannelKindEnum": "apps.customer_service.models.Channel.Kind",
    },
    request_actor="apps.customer_service.chat.tokens.visitor_actor",
    # What a visitor wrote is stored, understood, handed over, answered, looked at.
    layers=(
        "urls : api_urls",
        "tasks",
        "(analytics) : (regression) : (copilot) : (inbox)",
        "(delivery)",
        "(mail) : (messengers)",
        "answering",
        "(saved_answers) : (tools)",
        "chat",
        "handoff",
        "understanding",
        "staff",
        "channels",
        "privacy",
        "conversations",
    ),
)

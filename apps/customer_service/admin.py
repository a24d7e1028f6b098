"""What visitors write is theirs and the shop's: here stands only that they wrote, where, and what became of it."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.admin_tables import Table, register
from apps.customer_service import models as desk

register(
    Table(
        desk.Conversation,
        _("Conversations"),
        "channel state answered_by message_count created_at last_activity_at",
        "language assigned_to handled_by answer_job resolution resolved_at had_person reopen_count is_urgent",
    ),
    Table(
        desk.Message,
        _("Messages"),
        "conversation ordinal author action source created_at",
        "member job is_unanswered",
    ),
    Table(
        desk.Handoff,
        _("Handoffs"),
        "conversation reason state is_urgent created_at accepted_at ended_at",
        "accepted_by due_at",
    ),
    Table(desk.Rating, _("Ratings"), "conversation score created_at"),
    Table(desk.Contact, _("Contacts"), "is_verified created_at"),
    Table(desk.Note, _("Notes"), "conversation member created_at"),
    Table(desk.Attachment, _("Attachments"), "conversation kind content_type size created_at", "message job"),
    tab=_("Conversations"),
)
register(
    Table(
        desk.SavedAnswer,
        _("Saved answers"),
        "language is_enabled expires_at created_at",
        "owner changed_at",
    ),
    Table(desk.CannedReply, _("Canned replies"), "shortcut language", search=("shortcut",), is_named=True),
    Table(
        desk.Intent, _("Intents"), "name skill is_out_of_scope created_at", search=("name",), is_named=True
    ),
    Table(
        desk.LookupTool,
        _("Tools"),
        "name label method url is_enabled",
        "timeout_seconds created_at",
        search=("name", "label"),
        is_named=True,
    ),
    tab=pgettext_lazy("tab", "Answers"),
)
register(
    Table(
        desk.Channel,
        _("Channels"),
        "name kind language is_enabled created_at archived_at",
        "tone is_answered_by_bot accepts_files erase_requested_at",
        search=("name",),
        is_named=True,
    ),
    Table(
        desk.MailAccount,
        _("Mailboxes"),
        "channel imap_host smtp_host failures polled_at",
        "is_encrypted folder",
    ),
    Table(desk.MailMessage, _("Mails"), "account outcome sender_check size created_at", "conversation"),
    Table(desk.MessengerAccount, _("Messenger bots"), "channel bot_name connected_at", is_named=True),
    tab=_("Channels"),
)
register(
    Table(desk.Agent, _("Agents"), "member is_available capacity assigned_at", is_named=True),
    tab=_("Agents"),
)
register(
    Table(desk.DeskSettings, _("Desk settings"), "time_zone assignment currency", "conversations_kept_days"),
    Table(desk.Tag, _("Tags"), "name", search=("name",), is_named=True),
    tab=_("Desk settings"),
)
register(
    Table(desk.Citation, _("Citations"), "message number"),
    Table(
        desk.OutgoingMessage, _("Outgoing messages"), "message state attempts created_at", "next_attempt_at"
    ),
    Table(desk.SavedAnswerQuestion, _("Questions of saved answers"), "saved_answer embedding_model"),
    Table(desk.LookupCall, _("Tool calls"), "tool conversation status milliseconds created_at"),
    Table(desk.IntentExample, _("Examples of intents"), "intent"),
    Table(desk.SentimentExample, _("Examples of sentiment"), "sentiment created_at"),
    Table(
        desk.ClassifierVersion,
        _("Classifiers"),
        "purpose number accuracy is_active created_at",
        "embedding_model examples_count train_seconds threshold",
    ),
    Table(
        desk.MessageUnderstanding,
        _("Classified messages"),
        "message intent_source sentiment is_urgent language created_at",
    ),
    Table(desk.DismissedQuestion, _("Dismissed questions"), "member created_at"),
)

from itertools import chain

from django.urls import include, path

from apps.accounts.act_declaration import act_routes
from apps.analytics.pages import urls as report_urls
from apps.customer_service.analytics.report import REPORT
from apps.customer_service.channels import acts as channels_acts
from apps.customer_service.channels import pages as channels
from apps.customer_service.chat import pages as chat
from apps.customer_service.conversations import acts as conversations_acts
from apps.customer_service.copilot import pages as copilot
from apps.customer_service.delivery import acts as delivery_acts
from apps.customer_service.handoff import acts as handoff_acts
from apps.customer_service.handoff import pages as handoff
from apps.customer_service.inbox import acts as inbox_acts
from apps.customer_service.inbox import pages as inbox
from apps.customer_service.inbox.resources import CANNED_REPLIES, TAGS
from apps.customer_service.mail import acts as mail_acts
from apps.customer_service.mail import pages as mail
from apps.customer_service.messengers import acts as messengers_acts
from apps.customer_service.messengers import pages as messengers
from apps.customer_service.messengers import webhook_receivers
from apps.customer_service.presence import pages as presence
from apps.customer_service.privacy import acts as privacy_acts
from apps.customer_service.regression.evaluation_adapter import ADAPTER
from apps.customer_service.saved_answers import acts as saved_answers_acts
from apps.customer_service.saved_answers import pages as saved_answers
from apps.customer_service.staff import pages as staff
from apps.customer_service.staff.forms import DeskSettingsForm
from apps.customer_service.staff.settings import DESK_SETTINGS
from apps.customer_service.tools import acts as tools_acts
from apps.customer_service.tools import pages as tools
from apps.customer_service.tools.resources import LOOKUP_TOOLS
from apps.customer_service.unanswered_questions import acts as unanswered_acts
from apps.customer_service.unanswered_questions import pages as unanswered
from apps.customer_service.understanding import acts as understanding_acts
from apps.customer_service.understanding import pages as understanding
from apps.customer_service.understanding.resources import SENTIMENT_EXAMPLES
from apps.evaluation import urls as evaluation
from apps.resources.pages import list_route, routes

app_name = "customer_service"
ACTS = (
    channels_acts,
    conversations_acts,
    delivery_acts,
    handoff_acts,
    inbox_acts,
    mail_acts,
    messengers_acts,
    privacy_acts,
    saved_answers_acts,
    tools_acts,
    unanswered_acts,
    understanding_acts,
)
urlpatterns = [
    # What visitors and messengers reach
    path("c/<slug:slug>/", chat.chat, name="chat"),
    path("c/files/<str:signed>/", chat.visitor_attachment, name="visitor_attachment"),
    path("widget/<slug:slug>.js", chat.widget, name="widget"),
    path(
        "hooks/<slug:kind>/<uuid:messenger_account_id>/",
        webhook_receivers.messenger_hook,
        name="messenger_hook",
    ),
    # The inbox
    path("conversations/", inbox.conversations, name="conversations"),
    path("conversations/live/", inbox.live_updates, name="live"),
    path("conversations/new-mail/", mail.new_mail, name="new_mail"),
    path("conversations/<uuid:conversation_id>/", inbox.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/presence/", presence.be_present, name="presence"),
    path("conversations/<uuid:conversation_id>/reply/", inbox.reply, name="reply"),
    path("conversations/<uuid:conversation_id>/copilot/", copilot.copilot, name="copilot"),
    path("conversations/<uuid:conversation_id>/contact/", inbox.contact, name="contact"),
    path(
        "conversations/<uuid:conversation_id>/who/",
        inbox.CONVERSATION_ACCESS.page(),
        name="who_sees_conversation",
    ),
    path(
        "conversations/<uuid:conversation_id>/visitor-report/",
        inbox.visitor_report,
        name="visitor_report",
    ),
    path(
        "conversations/<uuid:conversation_id>/canned-replies/",
        inbox.offered_replies,
        name="offered_replies",
    ),
    *routes(TAGS, "conversations/tags/", without=("tag",)),
    path("conversations/tags/<uuid:tag_id>/", inbox.tag, name="tag"),
    *routes(CANNED_REPLIES, "conversations/canned-replies/"),
    path("conversations/attachments/<uuid:attachment_id>/", chat.attachment, name="attachment"),
    # Handing over
    path("conversations/queue/", handoff.queue, name="queue"),
    path(
        "conversations/settings/",
        DESK_SETTINGS.page("customer_service/staff/desk_settings.html", DeskSettingsForm),
        name="desk_settings",
    ),
    path("conversations/agents/", staff.agents, name="agents"),
    path("conversations/agents/me/", staff.set_availability, name="set_availability"),
    path("conversations/agents/<uuid:membership_id>/", staff.agent, name="agent"),
    # Channels
    path("conversations/channels/", channels.channels, name="channels"),
    path("conversations/channels/new/", channels.new_channel, name="new_channel"),
    path("conversations/channels/<uuid:channel_id>/", channels.channel, name="channel"),
    path("conversations/channels/new/mail/", mail.new_mail_channel, name="new_mail_channel"),
    path(
        "conversations/channels/new/<slug:kind>/",
        messengers.new_messenger_channel,
        name="new_messenger_channel",
    ),
    path("conversations/channels/<uuid:channel_id>/mail/", mail.mail_account, name="mail_account"),
    path(
        "conversations/channels/<uuid:channel_id>/mail/check/",
        mail.check_mail_account,
        name="check_mail_account",
    ),
    path(
        "conversations/channels/<uuid:channel_id>/messenger/",
        messengers.messenger_account,
        name="messenger_account",
    ),
    path("conversations/channels/<uuid:channel_id>/secret/", channels.channel_secret, name="channel_secret"),
    path(
        "conversations/channels/<uuid:channel_id>/preview/", channels.channel_preview, name="channel_preview"
    ),
    # Understanding
    path("conversations/intents/", understanding.intent_list, name="intents"),
    path("conversations/intents/new/", understanding.create_intent, name="create_intent"),
    *routes(SENTIMENT_EXAMPLES, "conversations/intents/sentiment/"),
    path("conversations/messages/<uuid:message_id>/", understanding.correction, name="correction"),
    path("conversations/intents/<uuid:intent_id>/", understanding.change_intent, name="intent"),
    # What answers are made of
    path("conversations/saved-answers/", saved_answers.saved_answers, name="saved_answers"),
    path("conversations/saved-answers/new/", saved_answers.create_saved_answer, name="create_saved_answer"),
    path("conversations/saved-answers/try/", saved_answers.try_question, name="try_question"),
    path(
        "conversations/saved-answers/export/", saved_answers.export_saved_answers, name="export_saved_answers"
    ),
    path(
        "conversations/saved-answers/import/", saved_answers.import_saved_answers, name="import_saved_answers"
    ),
    path(
        "conversations/saved-answers/<uuid:saved_answer_id>/",
        saved_answers.change_saved_answer,
        name="saved_answer",
    ),
    list_route(LOOKUP_TOOLS, "conversations/lookups/"),
    path("conversations/lookups/new/", tools.create_lookup_tool, name="create_lookup_tool"),
    path("conversations/lookups/<uuid:lookup_tool_id>/", tools.lookup_tool, name="lookup_tool"),
    path("conversations/lookups/<uuid:lookup_tool_id>/try/", tools.try_lookup_tool, name="try_lookup_tool"),
    # Figures and regression sets
    *report_urls(REPORT, "conversations/figures/"),
    path("conversations/figures/unanswered/", unanswered.unanswered_questions, name="unanswered"),
    path("conversations/regression/", include(evaluation.patterns(ADAPTER))),
    *chain.from_iterable(map(act_routes, ACTS)),
]

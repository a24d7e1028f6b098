from django.urls import path

from apps.customer_service.views import (
    agents,
    attachments,
    channels,
    chat,
    connectors,
    conversations,
    copilot,
    curated,
    desk_settings,
    figures,
    handoffs,
    hooks,
    inbox,
    intents,
    live,
    lookups,
    regression,
    understanding,
)

app_name = "customer_service"
urlpatterns = [
    # What visitors and messengers reach
    path("c/<slug:slug>/", chat.chat, name="chat"),
    path("c/files/<str:signed>/", attachments.visitor_attachment, name="visitor_attachment"),
    path("widget/<slug:slug>.js", chat.widget, name="widget"),
    path("hooks/<slug:kind>/<uuid:messenger_account_id>/", hooks.messenger_hook, name="messenger_hook"),
    # The inbox
    path("conversations/", conversations.conversations, name="conversations"),
    path("conversations/live/", live.live, name="live"),
    path("conversations/new-mail/", connectors.new_mail, name="new_mail"),
    path("conversations/<uuid:conversation_id>/", conversations.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/presence/", live.be_present, name="presence"),
    path("conversations/<uuid:conversation_id>/reply/", conversations.reply, name="reply"),
    path("conversations/<uuid:conversation_id>/copilot/", copilot.copilot, name="copilot"),
    path(
        "conversations/<uuid:conversation_id>/notes/<uuid:note_id>/delete/",
        inbox.delete_note,
        name="delete_note",
    ),
    path("conversations/<uuid:conversation_id>/tags/", inbox.add_tag, name="add_tag"),
    path(
        "conversations/<uuid:conversation_id>/tags/<uuid:tag_id>/remove/", inbox.remove_tag, name="remove_tag"
    ),
    path("conversations/<uuid:conversation_id>/contact/", inbox.contact, name="contact"),
    path("conversations/<uuid:conversation_id>/erase-visitor/", inbox.erase_visitor, name="erase_visitor"),
    path("conversations/<uuid:conversation_id>/visitor-report/", inbox.visitor_report, name="visitor_report"),
    path(
        "conversations/<uuid:conversation_id>/canned-replies/", inbox.offered_replies, name="offered_replies"
    ),
    path("conversations/tags/", inbox.tags, name="tags"),
    path("conversations/tags/<uuid:tag_id>/", inbox.tag, name="tag"),
    path("conversations/tags/<uuid:tag_id>/merge/", inbox.merge_tag, name="merge_tag"),
    path("conversations/tags/<uuid:tag_id>/delete/", inbox.delete_tag, name="delete_tag"),
    path("conversations/canned-replies/", inbox.canned_reply_list, name="canned_replies"),
    path("conversations/canned-replies/new/", inbox.new_canned_reply, name="new_canned_reply"),
    path("conversations/canned-replies/<uuid:canned_reply_id>/", inbox.canned_reply, name="canned_reply"),
    path(
        "conversations/canned-replies/<uuid:canned_reply_id>/delete/",
        inbox.delete_canned_reply,
        name="delete_canned_reply",
    ),
    path(
        "conversations/outgoing/<uuid:outgoing_message_id>/resend/",
        connectors.resend,
        name="resend_message",
    ),
    path("conversations/attachments/<uuid:attachment_id>/", attachments.attachment, name="attachment"),
    # Handing over
    path("conversations/<uuid:conversation_id>/take/", handoffs.take, name="take"),
    path("conversations/<uuid:conversation_id>/hand-off/", handoffs.hand_off, name="hand_off"),
    path("conversations/<uuid:conversation_id>/assign/", handoffs.assign, name="assign"),
    path("conversations/queue/", handoffs.queue, name="queue"),
    path("conversations/settings/", desk_settings.desk_settings, name="desk_settings"),
    path("conversations/agents/", agents.agents, name="agents"),
    path("conversations/agents/me/", agents.set_availability, name="set_availability"),
    path("conversations/agents/<uuid:membership_id>/", agents.agent, name="agent"),
    # Channels
    path("conversations/channels/", channels.channels, name="channels"),
    path("conversations/channels/new/", channels.new_channel, name="new_channel"),
    path("conversations/channels/<uuid:channel_id>/", channels.channel, name="channel"),
    path("conversations/channels/new/mail/", connectors.new_mail_channel, name="new_mail_channel"),
    path(
        "conversations/channels/new/telegram/", connectors.new_telegram_channel, name="new_telegram_channel"
    ),
    path("conversations/channels/<uuid:channel_id>/mail/", connectors.mail_account, name="mail_account"),
    path(
        "conversations/channels/<uuid:channel_id>/mail/check/",
        connectors.check_mail_account,
        name="check_mail_account",
    ),
    path(
        "conversations/channels/<uuid:channel_id>/telegram/",
        connectors.telegram_account,
        name="telegram_account",
    ),
    path(
        "conversations/channels/<uuid:channel_id>/telegram/connect/",
        connectors.connect_telegram,
        name="connect_telegram",
    ),
    path("conversations/mails/<uuid:mail_message_id>/take/", connectors.take_mail, name="take_mail"),
    path("conversations/channels/<uuid:channel_id>/secret/", channels.channel_secret, name="channel_secret"),
    path(
        "conversations/channels/<uuid:channel_id>/archive/", channels.archive_channel, name="archive_channel"
    ),
    path(
        "conversations/channels/<uuid:channel_id>/restore/", channels.restore_channel, name="restore_channel"
    ),
    path("conversations/channels/<uuid:channel_id>/erase/", channels.erase_channel, name="erase_channel"),
    path(
        "conversations/channels/<uuid:channel_id>/preview/", channels.channel_preview, name="channel_preview"
    ),
    # Understanding
    path("conversations/intents/", intents.intent_list, name="intents"),
    path("conversations/intents/new/", intents.create_intent, name="create_intent"),
    path("conversations/intents/train/", intents.train_intents, name="train_intents"),
    path("conversations/intents/sentiment/", understanding.sentiment_examples, name="sentiment_examples"),
    path(
        "conversations/intents/sentiment/<uuid:sentiment_example_id>/delete/",
        understanding.delete_sentiment_example,
        name="delete_sentiment_example",
    ),
    path("conversations/messages/<uuid:turn_id>/", understanding.correction, name="correction"),
    path("conversations/intents/<uuid:intent_id>/", intents.change_intent, name="intent"),
    path("conversations/intents/<uuid:intent_id>/delete/", intents.delete_intent, name="delete_intent"),
    path(
        "conversations/intents/versions/<uuid:classifier_version_id>/restore/",
        intents.restore_classifier,
        name="restore_classifier",
    ),
    # What answers are made of
    path("conversations/curated/", curated.curated_answers, name="curated_answers"),
    path("conversations/curated/new/", curated.create_curated_answer, name="create_curated_answer"),
    path("conversations/curated/try/", curated.try_question, name="try_question"),
    path("conversations/curated/export/", curated.export_curated_answers, name="export_curated_answers"),
    path("conversations/curated/import/", curated.import_curated_answers, name="import_curated_answers"),
    path(
        "conversations/curated/<uuid:curated_answer_id>/",
        curated.change_curated_answer,
        name="curated_answer",
    ),
    path(
        "conversations/curated/<uuid:curated_answer_id>/delete/",
        curated.delete_curated_answer,
        name="delete_curated_answer",
    ),
    path("conversations/lookups/", lookups.lookup_tools, name="lookup_tools"),
    path("conversations/lookups/new/", lookups.create_lookup_tool, name="create_lookup_tool"),
    path("conversations/lookups/<uuid:lookup_tool_id>/", lookups.lookup_tool, name="lookup_tool"),
    path(
        "conversations/lookups/<uuid:lookup_tool_id>/delete/",
        lookups.delete_lookup_tool,
        name="delete_lookup_tool",
    ),
    path("conversations/lookups/<uuid:lookup_tool_id>/try/", lookups.try_lookup_tool, name="try_lookup_tool"),
    # Figures and regression sets
    path("conversations/figures/", figures.figures, name="figures"),
    path("conversations/figures/export/<slug:file_type>/", figures.export_figures, name="export_figures"),
    path(
        "conversations/figures/conversations/<slug:file_type>/",
        figures.export_conversations,
        name="export_conversations",
    ),
    path("conversations/figures/unanswered/", figures.unanswered_questions, name="unanswered"),
    path("conversations/figures/unanswered/group/", figures.cluster_unanswered, name="cluster_unanswered"),
    path("conversations/figures/unanswered/dismiss/", figures.dismiss_question, name="dismiss_question"),
    path("conversations/regression/", regression.regression, name="regression"),
    path("conversations/regression/questions/new/", regression.new_question, name="new_regression_question"),
    path("conversations/regression/questions/import/", regression.import_questions, name="import_questions"),
    path("conversations/regression/questions/export/", regression.export_questions, name="export_questions"),
    path(
        "conversations/regression/questions/<uuid:regression_question_id>/",
        regression.question,
        name="regression_question",
    ),
    path(
        "conversations/regression/questions/<uuid:regression_question_id>/delete/",
        regression.delete_question,
        name="delete_regression_question",
    ),
    path(
        "conversations/regression/channels/<uuid:channel_id>/run/",
        regression.new_run,
        name="new_regression_run",
    ),
    path("conversations/regression/runs/<uuid:regression_run_id>/", regression.run, name="regression_run"),
    path(
        "conversations/regression/runs/<uuid:regression_run_id>/compare/",
        regression.compare_runs,
        name="compare_regression_runs",
    ),
    path(
        "conversations/regression/runs/<uuid:regression_run_id>/apply/",
        regression.apply_run,
        name="apply_regression_run",
    ),
    path(
        "conversations/regression/runs/<uuid:regression_run_id>/cancel/",
        regression.cancel_run,
        name="cancel_regression_run",
    ),
    path(
        "conversations/regression/runs/<uuid:regression_run_id>/continue/",
        regression.continue_run,
        name="continue_regression_run",
    ),
    # Last: any other word after a conversation is something done with it
    path("conversations/<uuid:conversation_id>/<slug:action>/", conversations.act, name="act"),
]

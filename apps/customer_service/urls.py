from django.urls import path

from apps.customer_service.views import channels, chat, connectors, conversations, hooks, intents

app_name = "customer_service"
urlpatterns = [
    path("c/<slug:slug>/", chat.chat, name="chat"),
    path("conversations/", conversations.conversations, name="conversations"),
    path("conversations/<uuid:conversation_id>/", conversations.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/reply/", conversations.reply, name="reply"),
    path("conversations/<uuid:conversation_id>/<slug:action>/", conversations.act, name="act"),
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
    path(
        "conversations/outgoing/<uuid:outgoing_message_id>/resend/",
        connectors.resend,
        name="resend_message",
    ),
    path("hooks/<slug:kind>/<uuid:messenger_account_id>/", hooks.messenger_hook, name="messenger_hook"),
    path("conversations/intents/", intents.intent_list, name="intents"),
    path("conversations/intents/new/", intents.create_intent, name="create_intent"),
    path("conversations/intents/train/", intents.train_intents, name="train_intents"),
    path("conversations/intents/<uuid:intent_id>/", intents.change_intent, name="intent"),
    path("conversations/intents/<uuid:intent_id>/delete/", intents.delete_intent, name="delete_intent"),
    path(
        "conversations/intents/versions/<uuid:classifier_version_id>/restore/",
        intents.restore_classifier,
        name="restore_classifier",
    ),
]

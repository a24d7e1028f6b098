from django.urls import path

from apps.customer_service.views import (
    agents,
    attachments,
    channels,
    chat,
    conversations,
    desk_settings,
    handoffs,
    intents,
)

app_name = "customer_service"
urlpatterns = [
    path("c/<slug:slug>/", chat.chat, name="chat"),
    path("c/files/<str:signed>/", attachments.visitor_attachment, name="visitor_attachment"),
    path("widget/<slug:slug>.js", chat.widget, name="widget"),
    path("conversations/", conversations.conversations, name="conversations"),
    path("conversations/<uuid:conversation_id>/", conversations.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/reply/", conversations.reply, name="reply"),
    path("conversations/<uuid:conversation_id>/take/", handoffs.take, name="take"),
    path("conversations/<uuid:conversation_id>/hand-off/", handoffs.hand_off, name="hand_off"),
    path("conversations/<uuid:conversation_id>/assign/", handoffs.assign, name="assign"),
    path("conversations/<uuid:conversation_id>/<slug:action>/", conversations.act, name="act"),
    path("conversations/queue/", handoffs.queue, name="queue"),
    path("conversations/settings/", desk_settings.desk_settings, name="desk_settings"),
    path("conversations/agents/", agents.agents, name="agents"),
    path("conversations/agents/me/", agents.set_availability, name="set_availability"),
    path("conversations/agents/<uuid:membership_id>/", agents.agent, name="agent"),
    path("conversations/channels/", channels.channels, name="channels"),
    path("conversations/channels/new/", channels.new_channel, name="new_channel"),
    path("conversations/channels/<uuid:channel_id>/", channels.channel, name="channel"),
    path("conversations/channels/<uuid:channel_id>/secret/", channels.channel_secret, name="channel_secret"),
    path(
        "conversations/channels/<uuid:channel_id>/preview/", channels.channel_preview, name="channel_preview"
    ),
    path("conversations/attachments/<uuid:attachment_id>/", attachments.attachment, name="attachment"),
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

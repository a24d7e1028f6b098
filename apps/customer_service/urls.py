from django.urls import path

from apps.customer_service.views import (
    agents,
    channels,
    chat,
    conversations,
    desk_settings,
    handoffs,
    inbox,
    intents,
    live,
)

app_name = "customer_service"
urlpatterns = [
    path("c/<slug:slug>/", chat.chat, name="chat"),
    path("conversations/", conversations.conversations, name="conversations"),
    path("conversations/live/", live.live, name="live"),
    path("conversations/<uuid:conversation_id>/", conversations.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/presence/", live.be_present, name="presence"),
    path("conversations/<uuid:conversation_id>/reply/", conversations.reply, name="reply"),
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
    path(
        "conversations/<uuid:conversation_id>/canned-replies/", inbox.offered_replies, name="offered_replies"
    ),
    path("conversations/attachments/<uuid:attachment_id>/", inbox.attachment, name="attachment"),
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

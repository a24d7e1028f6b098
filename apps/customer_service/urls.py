from django.urls import path

from apps.customer_service.views import (
    agents,
    channels,
    chat,
    conversations,
    desk_settings,
    handoffs,
    intents,
)
from apps.customer_service.views import channels, chat, conversations, curated, intents, lookups

app_name = "customer_service"
urlpatterns = [
    path("c/<slug:slug>/", chat.chat, name="chat"),
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
]

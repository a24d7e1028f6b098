from django.urls import path

from apps.customer_service import intent_views, views

app_name = "customer_service"
urlpatterns = [
    path("c/<slug:slug>/", views.chat, name="chat"),
    path("conversations/", views.conversations, name="conversations"),
    path("conversations/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("conversations/<uuid:conversation_id>/reply/", views.reply, name="reply"),
    path("conversations/<uuid:conversation_id>/<slug:action>/", views.act, name="act"),
    path("conversations/channels/", views.channels, name="channels"),
    path("conversations/channels/new/", views.new_channel, name="new_channel"),
    path("conversations/channels/<uuid:channel_id>/", views.channel, name="channel"),
    path("conversations/intents/", intent_views.intent_list, name="intents"),
    path("conversations/intents/new/", intent_views.create_intent, name="create_intent"),
    path("conversations/intents/train/", intent_views.train_intents, name="train_intents"),
    path("conversations/intents/<uuid:intent_id>/", intent_views.change_intent, name="intent"),
    path("conversations/intents/<uuid:intent_id>/delete/", intent_views.delete_intent, name="delete_intent"),
    path(
        "conversations/intents/versions/<uuid:classifier_version_id>/restore/",
        intent_views.restore_classifier,
        name="restore_classifier",
    ),
]

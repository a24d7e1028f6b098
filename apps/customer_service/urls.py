from django.urls import path

from apps.customer_service import views

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
]

from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.assistant import acts, pages

app_name = "assistant"
urlpatterns = [
    path("", pages.chats, name="chats"),
    path("find/", pages.find, name="find"),
    path("live/", pages.live_updates, name="live_updates"),
    path("<uuid:chat_id>/", pages.chat, name="chat"),
    path("shared/<uuid:chat_id>/", pages.shared, name="shared"),
    *act_routes(acts),
]

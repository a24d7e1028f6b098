"""Under /api/v1/."""

from rest_framework.routers import SimpleRouter

from apps.assistant import api

router = SimpleRouter()
router.register("chats", api.ChatViewSet, basename="chat")
router.register(r"chats/(?P<chat_id>[0-9a-f-]{36})/messages", api.ChatMessageViewSet, basename="chat-message")
urlpatterns = router.urls

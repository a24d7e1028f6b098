"""Under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.customer_service.api import (
    agents,
    connectors,
    conversations,
    copilot,
    curated,
    figures,
    handoffs,
    inbox,
    intents,
    live,
    lookups,
    regression,
    understanding,
    visitors,
)

router = SimpleRouter()
router.register("channels", conversations.ChannelViewSet, basename="channel")
router.register("conversations", conversations.ConversationViewSet, basename="conversation")
router.register("tags", inbox.TagViewSet, basename="tag")
router.register("canned-replies", inbox.CannedReplyViewSet, basename="canned-reply")
router.register("contacts", inbox.ContactViewSet, basename="contact")
router.register(f"{inbox.OF_A_CONVERSATION}/notes", inbox.NoteViewSet, basename="note")
router.register(f"{inbox.OF_A_CONVERSATION}/tags", inbox.ConversationTagViewSet, basename="conversation-tag")
router.register("conversations", handoffs.ConversationHandoffViewSet, basename="conversation-handoff")
router.register("handoffs", handoffs.HandoffViewSet, basename="handoff")
router.register("agents", agents.AgentViewSet, basename="agent")
router.register("intents", intents.IntentViewSet, basename="intent")
router.register("intent-versions", intents.ClassifierVersionViewSet, basename="classifier-version")
router.register("curated-answers", curated.CuratedAnswerViewSet, basename="curated-answer")
router.register("lookup-tools", lookups.LookupToolViewSet, basename="lookup-tool")
router.register("sentiment-examples", understanding.SentimentExampleViewSet, basename="sentiment-example")
router.register("mail-accounts", connectors.MailAccountViewSet, basename="mail-account")
router.register("mail-messages", connectors.MailMessageViewSet, basename="mail-message")
router.register("messenger-accounts", connectors.MessengerAccountViewSet, basename="messenger-account")
router.register("outgoing-messages", connectors.OutgoingMessageViewSet, basename="outgoing-message")
router.register("visitor/conversations", visitors.VisitorConversationViewSet, basename="visitor-conversation")
router.register("regression-questions", regression.RegressionQuestionViewSet, basename="regression-question")
router.register("regression-runs", regression.RegressionRunViewSet, basename="regression-run")

urlpatterns = [
    *router.urls,
    path("customer-service/figures/", figures.FiguresView.as_view(), name="figures"),
    path("customer-service/unanswered/", figures.UnansweredView.as_view(), name="unanswered"),
    path("customer-service/unanswered/dismiss/", figures.DismissalView.as_view(), name="dismiss-question"),
    path("desk-settings/", agents.DeskSettingsView.as_view(), name="desk-settings"),
    path(
        "conversations/<uuid:conversation_id>/copilot/",
        copilot.CopilotViewSet.as_view({"post": "create"}),
        name="copilot",
    ),
    path(
        "messages/<uuid:turn_id>/understanding/",
        understanding.UnderstandingViewSet.as_view({"patch": "partial_update"}),
        name="message-understanding",
    ),
    path("conversations/live/", live.conversations_live, name="conversations-live"),
    path(
        "visitor/conversations/",
        visitors.VisitorConversationsView.as_view(),
        name="visitor-conversations",
    ),
    path(
        "visitor/conversations/<uuid:conversation_id>/events/",
        visitors.visitor_events,
        name="visitor-events",
    ),
    path(
        "visitor/conversations/<uuid:conversation_id>/attachments/<uuid:attachment_id>/events/",
        visitors.voice_events,
        name="visitor-voice-events",
    ),
    path("visitor/identity/", visitors.VisitorIdentityView.as_view(), name="visitor-identity"),
]

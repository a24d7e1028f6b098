"""Under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.customer_service.analytics import api as analytics
from apps.customer_service.chat import api as chat
from apps.customer_service.contacts import api as contacts
from apps.customer_service.conversations import api as conversations
from apps.customer_service.copilot import api as copilot
from apps.customer_service.delivery import api as delivery
from apps.customer_service.handoff import api as handoff
from apps.customer_service.inbox import api as inbox
from apps.customer_service.mail import api as mail
from apps.customer_service.messengers import api as messengers
from apps.customer_service.regression import api as regression
from apps.customer_service.saved_answers import api as saved_answers
from apps.customer_service.staff import api as staff
from apps.customer_service.staff.settings import DESK_SETTINGS
from apps.customer_service.tools import api as tools
from apps.customer_service.unanswered_questions import api as unanswered
from apps.customer_service.understanding import api as understanding

router = SimpleRouter()
router.register("channels", conversations.ChannelViewSet, basename="channel")
router.register("conversations", conversations.ConversationViewSet, basename="conversation")
router.register("tags", inbox.TagViewSet, basename="tag")
router.register("canned-replies", inbox.CannedReplyViewSet, basename="canned-reply")
router.register("contacts", contacts.ContactViewSet, basename="contact")
router.register(f"{inbox.OF_A_CONVERSATION}/notes", inbox.NoteViewSet, basename="note")
router.register(f"{inbox.OF_A_CONVERSATION}/tags", inbox.ConversationTagViewSet, basename="conversation-tag")
router.register("conversations", handoff.ConversationHandoffViewSet, basename="conversation-handoff")
router.register("handoffs", handoff.HandoffViewSet, basename="handoff")
router.register("agents", staff.AgentViewSet, basename="agent")
router.register("intents", understanding.IntentViewSet, basename="intent")
router.register("intent-versions", understanding.ClassifierVersionViewSet, basename="classifier-version")
router.register("curated-answers", saved_answers.SavedAnswerViewSet, basename="saved-answer")
router.register("lookup-tools", tools.LookupToolViewSet, basename="lookup-tool")
router.register("sentiment-examples", understanding.SentimentExampleViewSet, basename="sentiment-example")
router.register("mail-accounts", mail.MailAccountViewSet, basename="mail-account")
router.register("mail-messages", mail.MailMessageViewSet, basename="mail-message")
router.register("messenger-accounts", messengers.MessengerAccountViewSet, basename="messenger-account")
router.register("outgoing-messages", delivery.OutgoingMessageViewSet, basename="outgoing-message")
router.register("visitor/conversations", chat.VisitorConversationViewSet, basename="visitor-conversation")
router.register("regression-questions", regression.RegressionQuestionViewSet, basename="regression-question")
router.register("regression-runs", regression.RegressionRunViewSet, basename="regression-run")

urlpatterns = [
    *router.urls,
    path("customer-service/figures/", analytics.FiguresView.as_view(), name="figures"),
    path("customer-service/unanswered/", unanswered.UnansweredView.as_view(), name="unanswered"),
    path("customer-service/unanswered/dismiss/", unanswered.DismissalView.as_view(), name="dismiss-question"),
    path("desk-settings/", DESK_SETTINGS.api_view(staff.DeskSettingsSerializer), name="desk-settings"),
    path(
        "conversations/<uuid:conversation_id>/copilot/",
        copilot.CopilotViewSet.as_view({"post": "create"}),
        name="copilot",
    ),
    path(
        # The parameter is called so in the API's published description.
        "messages/<uuid:turn_id>/understanding/",
        understanding.UnderstandingViewSet.as_view({"patch": "partial_update"}),
        name="message-understanding",
    ),
    path("conversations/live/", inbox.conversations_live, name="conversations-live"),
    path(
        "visitor/conversations/",
        chat.VisitorConversationsView.as_view(),
        name="visitor-conversations",
    ),
    path(
        "visitor/conversations/<uuid:conversation_id>/events/",
        chat.visitor_events,
        name="visitor-events",
    ),
    path(
        "visitor/conversations/<uuid:conversation_id>/attachments/<uuid:attachment_id>/events/",
        chat.voice_events,
        name="visitor-voice-events",
    ),
    path("visitor/identity/", chat.VisitorIdentityView.as_view(), name="visitor-identity"),
]

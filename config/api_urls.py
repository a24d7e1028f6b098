from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from apps.accounts import api as accounts
from apps.audit import api as audit
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
from apps.inference import api as inference
from apps.jobs import api as jobs
from apps.jobs import schedule_api as schedules
from apps.jobs import webhook_api as webhooks
from apps.knowledge import api as knowledge
from apps.medical_records.api import catalogues as medical_catalogues
from apps.medical_records.api import encounters as medical_encounters
from apps.medical_records.api import exports as record_exports
from apps.medical_records.api import figures as medical_figures
from apps.medical_records.api import patients as medical_patients
from apps.medical_records.api import preferences as medical_preferences
from apps.medical_records.api import privacy as medical_privacy
from apps.medical_records.api import record_templates as medical_templates
from apps.medical_records.api import records as medical_records
from apps.speech import api as speech

router = SimpleRouter()
router.register("medical/catalogues", medical_catalogues.CatalogueViewSet, basename="catalogue")
router.register("jobs", jobs.JobViewSet, basename="job")
router.register("schedules", schedules.ScheduleViewSet, basename="schedule")
router.register("webhooks", webhooks.WebhookViewSet, basename="webhook")
router.register("webhook-deliveries", webhooks.WebhookDeliveryViewSet, basename="webhook-delivery")
router.register("members", accounts.MemberViewSet, basename="member")
router.register("invitations", accounts.InvitationViewSet, basename="invitation")
router.register("confirmations", accounts.ConfirmationViewSet, basename="confirmation")
router.register("api-keys", accounts.ApiKeyViewSet, basename="api-key")
router.register("audit", audit.AuditViewSet, basename="audit-entry")
router.register("inference/endpoints", inference.EndpointViewSet, basename="endpoint")
router.register("inference/calls", inference.InferenceCallViewSet, basename="inference-call")
router.register("inference/quotas", inference.QuotaViewSet, basename="quota")
router.register("collections", knowledge.CollectionViewSet, basename="collection")
router.register("documents", knowledge.DocumentViewSet, basename="document")
router.register("recordings", speech.RecordingViewSet, basename="recording")
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
router.register("medical/patients", medical_patients.PatientViewSet, basename="patient")
router.register("medical/departments", medical_patients.DepartmentViewSet, basename="department")
router.register("medical/templates", medical_templates.RecordTemplateViewSet, basename="record-template")
router.register("medical/encounters", medical_encounters.EncounterViewSet, basename="encounter")
router.register("medical/records", medical_records.MedicalRecordViewSet, basename="medical-record")

urlpatterns = [
    *router.urls,
    path(
        "medical/patients/<uuid:patient_id>/relations/",
        medical_patients.CareRelationViewSet.as_view({"get": "list", "post": "create"}),
        name="care-relations",
    ),
    path(
        "medical/patients/<uuid:patient_id>/relations/<uuid:care_relation_id>/",
        medical_patients.CareRelationViewSet.as_view({"delete": "destroy"}),
        name="care-relation",
    ),
    path(
        "medical/encounters/<uuid:encounter_id>/events/",
        medical_encounters.encounter_events,
        name="encounter-events",
    ),
    path("customer-service/figures/", figures.FiguresView.as_view(), name="figures"),
    path("customer-service/unanswered/", figures.UnansweredView.as_view(), name="unanswered"),
    path("customer-service/unanswered/dismiss/", figures.DismissalView.as_view(), name="dismiss-question"),
    path("medical/figures/", medical_figures.FiguresView.as_view(), name="medical-figures"),
    path(
        "medical/patients/<uuid:patient_id>/access/",
        medical_privacy.AccessReportView.as_view(),
        name="access-report",
    ),
    path(
        "medical/patients/<uuid:patient_id>/report/",
        medical_privacy.PatientReportView.as_view(),
        name="medical-patient-report",
    ),
    path(
        "medical/patients/<uuid:patient_id>/erase/",
        medical_privacy.ErasureView.as_view(),
        name="erase-patient",
    ),
    path(
        "medical/records/<uuid:medical_record_id>/export/",
        record_exports.ExportView.as_view(),
        name="medical-record-export",
    ),
    path(
        "medical/preferences/",
        medical_preferences.MedicalPreferencesView.as_view(),
        name="medical-preferences",
    ),
    path("me/", accounts.MeView.as_view(), name="me"),
    path("organisation/", accounts.OrganisationView.as_view(), name="organisation"),
    path("organisation/sign-in-rules/", accounts.SignInRulesView.as_view(), name="sign-in-rules"),
    path("desk-settings/", agents.DeskSettingsView.as_view(), name="desk-settings"),
    path("search/", knowledge.SearchView.as_view(), name="search"),
    path("speech-preferences/", speech.SpeechPreferencesView.as_view(), name="speech-preferences"),
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
    path("jobs/<uuid:job_id>/events/", jobs.job_events, name="job-events"),
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

documentation = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("redoc/", SpectacularRedocView.as_view(url_name="api-schema"), name="api-redoc"),
]

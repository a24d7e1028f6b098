from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from apps.accounts import api as accounts
from apps.analytics import api as analytics
from apps.audit import api as audit
from apps.core import desks
from apps.dashboards.mailed_reports import api as mailed_reports
from apps.dashboards.rollups.settings import ANALYTICS_SETTINGS
from apps.dashboards.system import api as system
from apps.dashboards.value import api as value
from apps.dashboards.value.totals import ASSUMPTIONS as VALUE_ASSUMPTIONS
from apps.inference import api as inference
from apps.jobs import api as jobs
from apps.jobs import schedule_api as schedules
from apps.jobs import webhook_api as webhooks
from apps.knowledge import api as knowledge
from apps.speech import api as speech

router = SimpleRouter()
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
router.register("passages", knowledge.PassageViewSet, basename="passage")
router.register("recordings", speech.RecordingViewSet, basename="recording")
router.register("mailed-reports", mailed_reports.MailedReportViewSet, basename="mailed-report")

urlpatterns = [
    *router.urls,
    path("me/", accounts.MeView.as_view(), name="me"),
    path("organisation/", accounts.OrganisationView.as_view(), name="organisation"),
    path("organisation/sign-in-rules/", accounts.SignInRulesView.as_view(), name="sign-in-rules"),
    path("analytics/", analytics.DashboardView.as_view(), name="analytics"),
    path("analytics/value/", value.ValueView.as_view(), name="analytics-value"),
    path("analytics/value/assumptions/", VALUE_ASSUMPTIONS.api_view(), name="value-assumptions"),
    path("analytics/system/", system.SystemView.as_view(), name="analytics-system"),
    path("analytics/settings/", ANALYTICS_SETTINGS.api_view(), name="analytics-settings"),
    path("analytics/<slug:report>/series/", analytics.SeriesView.as_view(), name="analytics-series"),
    path("search/", knowledge.SearchView.as_view(), name="search"),
    path("dictations/", speech.DictationView.as_view(), name="dictations"),
    path("speech-preferences/", speech.SpeechPreferencesView.as_view(), name="speech-preferences"),
    path("jobs/<uuid:job_id>/events/", jobs.job_events, name="job-events"),
    *(path("", include(module)) for desk in desks.all_desks() for module in desk.modules("api_urls")),
]

documentation = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("redoc/", SpectacularRedocView.as_view(url_name="api-schema"), name="api-redoc"),
]

"""Under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.log_analysis import api
from apps.log_analysis.alerting.api import AlertChannelViewSet
from apps.log_analysis.detection.settings import DETECTION_SETTINGS
from apps.log_analysis.incidents import api as incidents
from apps.log_analysis.incidents.change_marker_api import ChangeMarkerViewSet
from apps.log_analysis.questions.api import RecordQuestionViewSet
from apps.log_analysis.records import api as records
from apps.log_analysis.sources.api import LogFileViewSet, UnreadBatchViewSet
from apps.log_analysis.sources.intake_api import LogBatchView, OpenTelemetryLogsView
from apps.log_analysis.templates import api as templates

router = SimpleRouter()
router.register("logs/incidents", incidents.IncidentViewSet, basename="incident")
router.register("logs/anomalies", incidents.LogAnomalyViewSet, basename="log-anomaly")
router.register("logs/sources", api.LogSourceViewSet, basename="log-source")
router.register("logs/files", LogFileViewSet, basename="log-file")
router.register("logs/unread-batches", UnreadBatchViewSet, basename="unread-batch")
router.register("logs/changes", ChangeMarkerViewSet, basename="change-marker")
router.register("logs/alert-channels", AlertChannelViewSet, basename="alert-channel")
router.register("logs/questions", RecordQuestionViewSet, basename="record-question")
router.register("logs/templates", templates.LogTemplateViewSet, basename="log-template")

urlpatterns = [
    *router.urls,
    path("logs/sources/<uuid:log_source_id>/records/", LogBatchView.as_view(), name="log-records-intake"),
    path(
        "logs/sources/<uuid:log_source_id>/records/<int:arrival>/reveal/",
        records.RevealedRecordView.as_view(),
        name="log-record-reveal",
    ),
    # Exporters put /v1/logs behind their endpoint.
    path(
        "logs/sources/<uuid:log_source_id>/v1/logs", OpenTelemetryLogsView.as_view(), name="log-otlp-intake"
    ),
    path("logs/settings/", DETECTION_SETTINGS.api_view(), name="log-settings"),
    path("logs/search/", records.RecordSearchView.as_view(), name="log-search"),
    path("logs/histogram/", records.RecordHistogramView.as_view(), name="log-histogram"),
    path("logs/counts/", records.RecordCountsView.as_view(), name="log-counts"),
    path("logs/template-counts/", records.TemplateCountsView.as_view(), name="log-template-counts"),
]

from django.urls import URLPattern, URLResolver, path

from apps.accounts.act_declaration import act_routes
from apps.analytics.pages import urls as report_urls
from apps.log_analysis import acts as desk_acts
from apps.log_analysis.alerting import acts as alerting_acts
from apps.log_analysis.alerting import pages as alerting
from apps.log_analysis.alerting.resources import ALERT_CHANNELS
from apps.log_analysis.detection.forms import DetectionSettingsForm
from apps.log_analysis.detection.settings import DETECTION_SETTINGS
from apps.log_analysis.incidents import acts as incident_acts
from apps.log_analysis.incidents import pages as incidents
from apps.log_analysis.incidents.change_markers import CHANGE_MARKERS
from apps.log_analysis.questions import acts as question_acts
from apps.log_analysis.questions import pages as questions
from apps.log_analysis.records import pages as records
from apps.log_analysis.report import REPORT
from apps.log_analysis.sources import acts as source_acts
from apps.log_analysis.sources import pages as sources
from apps.log_analysis.sources.resources import SOURCES
from apps.log_analysis.templates import acts as template_acts
from apps.log_analysis.templates import pages as templates
from apps.resources.pages import routes

app_name = "log_analysis"
urlpatterns: list[URLPattern | URLResolver] = [
    # Incidents.
    path("", incidents.incidents, name="incidents"),
    path("incidents/<uuid:incident_id>/", incidents.incident, name="incident"),
    path("incidents/<uuid:incident_id>/who/", incidents.INCIDENT_ACCESS.page(), name="who_sees_incident"),
    path("incidents/<uuid:incident_id>/cause/", incidents.incident_cause, name="incident_cause"),
    path(
        "incidents/<uuid:incident_id>/post-mortem.md",
        incidents.incident_post_mortem,
        {"file_format": "md"},
        name="incident_post_mortem",
    ),
    path(
        "incidents/<uuid:incident_id>/post-mortem.pdf",
        incidents.incident_post_mortem,
        {"file_format": "pdf"},
        name="incident_post_mortem_pdf",
    ),
    *act_routes(incident_acts),
    # Records and templates.
    path("records/", records.records, name="records"),
    *act_routes(question_acts),
    path("records/questions/<uuid:record_question_id>/", questions.record_question, name="record_question"),
    path(
        "records/questions/<uuid:record_question_id>/reading/",
        questions.record_question_reading,
        name="record_question_reading",
    ),
    path("records/histogram/", records.record_histogram, name="record_histogram"),
    path("records/export/<slug:file_type>/", records.export_records, name="export_records"),
    path("records/heat-map/", records.heat_map_page, name="heat_map"),
    path("records/counts/", records.record_counts, name="record_counts"),
    path("records/compare/", records.window_comparison, name="window_comparison"),
    path("records/live/", records.live_tail, name="live_tail"),
    path("records/live/records/", records.live_records, name="live_records"),
    path("records/<uuid:log_source_id>/<int:arrival>/", records.record, name="record"),
    path("templates/", templates.log_templates, name="log_templates"),
    path("templates/<uuid:log_template_id>/", templates.log_template, name="log_template"),
    *act_routes(template_acts),
    # Sources, changes, alerts, settings.
    *routes(SOURCES, "sources/", without=["log_source", "new_log_source"]),
    path("sources/upload/", sources.upload_log_file, name="upload_log_file"),
    path("sources/new/", sources.new_log_source, name="new_log_source"),
    path("sources/<uuid:log_source_id>/", sources.log_source, name="log_source"),
    path("sources/<uuid:log_source_id>/who/", sources.SOURCE_ACCESS.page(), name="who_sees_log_source"),
    path("files/<uuid:log_file_id>/", sources.log_file, name="log_file"),
    *act_routes(source_acts),
    *act_routes(desk_acts),
    *routes(CHANGE_MARKERS, "changes/"),
    *routes(ALERT_CHANNELS, "alerts/", without=["alert_channel"]),
    path("alerts/<uuid:alert_channel_id>/", alerting.alert_channel, name="alert_channel"),
    *act_routes(alerting_acts),
    *report_urls(REPORT),
    path(
        "settings/",
        DETECTION_SETTINGS.page("log_analysis/settings.html", DetectionSettingsForm),
        name="settings",
    ),
]

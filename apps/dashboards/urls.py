from django.urls import URLPattern, URLResolver, path

from apps.accounts.act_declaration import act_routes
from apps.dashboards.mailed_reports import acts as mailed_report_acts
from apps.dashboards.mailed_reports import pages as mailed_reports
from apps.dashboards.mailed_reports.resources import MAILED_REPORTS
from apps.dashboards.system import pages as system
from apps.dashboards.usage import pages as usage
from apps.dashboards.value import pages as value
from apps.dashboards.value.totals import ASSUMPTIONS
from apps.resources.pages import routes

app_name = "dashboards"
# Of mailed reports: what is sent and when it is made stands on the form, too.
HAND_WRITTEN = ("new_mailed_report", "mailed_report", "delete_mailed_report")
urlpatterns: list[URLPattern | URLResolver] = [
    path("", usage.jobs, name="jobs"),
    path("jobs/export/<slug:table>/<slug:file_type>/", usage.export_jobs, name="export_jobs"),
    path("models/", usage.models, name="models"),
    path("models/export/<slug:table>/<slug:file_type>/", usage.export_models, name="export_models"),
    path("desks/", usage.desk_metrics, name="desks"),
    path("settings/", usage.settings, name="settings"),
    path("system/", system.system, name="system"),
    path("value/", value.value, name="value"),
    path(
        "value/assumptions/",
        ASSUMPTIONS.page("dashboards/value/assumptions.html"),
        name="value_assumptions",
    ),
    path("value/export/<slug:table>/<slug:file_type>/", value.export_value, name="export_value"),
    *routes(MAILED_REPORTS, "reports/", without=HAND_WRITTEN),
    path("reports/new/", mailed_reports.new_mailed_report, name="new_mailed_report"),
    path("reports/<uuid:mailed_report_id>/", mailed_reports.mailed_report, name="mailed_report"),
    *act_routes(mailed_report_acts),
    path(
        "reports/<uuid:mailed_report_id>/preview/",
        mailed_reports.preview_mailed_report,
        name="preview_mailed_report",
    ),
]

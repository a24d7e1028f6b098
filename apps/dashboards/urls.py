from django.urls import URLPattern, URLResolver, path

from apps.dashboards.usage import pages as usage

app_name = "dashboards"
urlpatterns: list[URLPattern | URLResolver] = [
    # Jobs, models, desks
    path("", usage.jobs, name="jobs"),
    path("jobs/export/<slug:table>/<slug:file_type>/", usage.export_jobs, name="export_jobs"),
    path("models/", usage.models, name="models"),
    path("models/export/<slug:table>/<slug:file_type>/", usage.export_models, name="export_models"),
    path("desks/", usage.desk_metrics, name="desks"),
    path("settings/", usage.settings, name="settings"),
]

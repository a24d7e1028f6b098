"""Pages of the admin, for whoever runs the installation: each view is behind `operators_only`."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboards.system import pages as system
from apps.dashboards.usage import admin_pages as usage

app_name = "admin_dashboards"
urlpatterns: list[URLPattern | URLResolver] = [
    path("jobs/", usage.jobs, name="jobs"),
    path("models/", usage.models, name="models"),
    path("system/", system.operators_system, name="system"),
]

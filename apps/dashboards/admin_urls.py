"""Pages of the admin, for whoever runs the installation: each view is behind `operators_only`."""

from django.urls import URLPattern, URLResolver, path

from apps.dashboards.system import pages as system

app_name = "admin_dashboards"
urlpatterns: list[URLPattern | URLResolver] = [
    path("system/", system.operators_system, name="system"),
]

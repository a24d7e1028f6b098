"""Pages of the admin, for whoever runs the installation: each view is behind `operators_only`."""

from django.urls import URLPattern, URLResolver, path

from apps.operations.backups import pages as backups

app_name = "admin_operations"
urlpatterns: list[URLPattern | URLResolver] = [
    path("backups/", backups.backups, name="backups"),
    path("backups/ask/", backups.ask_for_backup, name="ask_for_backup"),
]

"""Pages of the admin, for whoever runs the installation: each view is behind `operators_only`."""

from django.urls import URLPattern, URLResolver

app_name = "admin_operations"
urlpatterns: list[URLPattern | URLResolver] = []

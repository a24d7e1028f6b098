from django.urls import URLPattern, URLResolver, path

from apps.dashboards.system import pages as system

app_name = "dashboards"
urlpatterns: list[URLPattern | URLResolver] = [
    path("system/", system.system, name="system"),
]

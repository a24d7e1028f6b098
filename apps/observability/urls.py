from django.urls import path

from apps.observability import pages

app_name = "observability"
urlpatterns = [
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
    path("metrics", pages.prometheus, name="metrics"),
]

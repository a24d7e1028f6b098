from django.urls import path

from apps.privacy import pages

app_name = "privacy"

urlpatterns = [
    path("retention/", pages.retention_page, name="retention"),
    path("retention/change/", pages.change_retention, name="change_retention"),
]

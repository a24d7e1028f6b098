from django.urls import path

from apps.privacy import views

app_name = "privacy"

urlpatterns = [
    path("retention/", views.retention_page, name="retention"),
    path("retention/change/", views.change_retention, name="change_retention"),
]

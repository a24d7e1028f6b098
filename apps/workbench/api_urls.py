"""Under /api/v1/."""

from django.urls import path

from apps.workbench import api

urlpatterns = [
    path("apps/", api.AppsView.as_view(), name="apps"),
    path("apps/<slug:app_name>/runs/", api.AppRunsView.as_view(), name="app-runs"),
    path("apps/<slug:app_name>/runs/<uuid:app_run_id>/", api.AppRunView.as_view(), name="app-run"),
]

from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.inference import acts, trial_pages, views
from apps.inference.resources import QUOTAS
from apps.resources.pages import routes

app_name = "inference"
urlpatterns = [
    path("", views.usage, name="usage"),
    path("calls/", views.calls, name="calls"),
    path("calls/export/", views.export_calls, name="export_calls"),
    path("endpoints/new/", views.create_endpoint, name="create_endpoint"),
    path("endpoints/<uuid:endpoint_id>/", views.endpoint, name="endpoint"),
    path("endpoints/<uuid:endpoint_id>/change/", views.change_endpoint, name="change_endpoint"),
    path("endpoints/<uuid:endpoint_id>/try/", trial_pages.try_endpoint, name="try_endpoint"),
    *act_routes(acts),
    path("trials/stop/", trial_pages.stop_trial, name="stop_trial"),
    *routes(QUOTAS, "quotas/", without=("usage",)),
]

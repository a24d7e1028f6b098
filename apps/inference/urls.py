from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.inference import acts, pages, trial_pages
from apps.inference.resources import QUOTAS
from apps.resources.pages import routes

app_name = "inference"
urlpatterns = [
    path("", pages.usage, name="usage"),
    path("calls/", pages.calls, name="calls"),
    path("calls/export/", pages.export_calls, name="export_calls"),
    path("endpoints/new/", pages.create_endpoint, name="create_endpoint"),
    path("endpoints/<uuid:endpoint_id>/", pages.endpoint, name="endpoint"),
    path("endpoints/<uuid:endpoint_id>/change/", pages.change_endpoint, name="change_endpoint"),
    path("endpoints/<uuid:endpoint_id>/model-change/", pages.model_change, name="model_change"),
    path("endpoints/<uuid:endpoint_id>/try/", trial_pages.try_endpoint, name="try_endpoint"),
    *act_routes(acts),
    path("trials/stop/", trial_pages.stop_trial, name="stop_trial"),
    *routes(QUOTAS, "quotas/", without=("usage",)),
]

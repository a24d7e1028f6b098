from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.workbench import acts, editing_pages, pages

app_name = "workbench"
urlpatterns = [
    path("", pages.apps, name="apps"),
    path("new/", editing_pages.new_app, name="new_app"),
    path("runs/", pages.app_runs, name="app_runs"),
    path("runs/<uuid:app_run_id>/", pages.app_run, name="app_run"),
    path("<uuid:app_id>/", pages.app, name="app"),
    path("<uuid:app_id>/edit/", editing_pages.edit_app, name="edit_app"),
    *act_routes(acts),
]

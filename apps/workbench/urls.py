from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.analytics.pages import urls as report_urls
from apps.workbench import acts, decision_pages, editing_pages, pages, version_pages
from apps.workbench.publishing import SETTINGS
from apps.workbench.report import REPORT

app_name = "workbench"
urlpatterns = [
    path("", pages.apps, name="apps"),
    path("new/", editing_pages.new_app, name="new_app"),
    path("runs/", pages.app_runs, name="app_runs"),
    path("runs/<uuid:app_run_id>/", pages.app_run, name="app_run"),
    path("runs/<uuid:app_run_id>/moves/", pages.app_run_moves, name="app_run_moves"),
    path("runs/<uuid:app_run_id>/file/<slug:file_type>/", pages.export_app_run, name="export_app_run"),
    path("waiting/", decision_pages.waiting_steps, name="waiting_steps"),
    path("waiting/<uuid:step_run_id>/", decision_pages.waiting_step, name="waiting_step"),
    path("<uuid:app_id>/", pages.app, name="app"),
    path("<uuid:app_id>/edit/", editing_pages.edit_app, name="edit_app"),
    path("<uuid:app_id>/account/", version_pages.reading_account, name="reading_account"),
    path("settings/", SETTINGS.page("workbench/settings.html"), name="settings"),
    path("import/", version_pages.import_app, name="import_app"),
    path("<uuid:app_id>/file/", version_pages.app_file, name="app_file"),
    path("<uuid:app_id>/trial/", version_pages.try_draft, name="try_draft"),
    path("runs/<uuid:app_run_id>/schedule/", version_pages.schedule_run, name="schedule_run"),
    path("runs/<uuid:app_run_id>/keep/", version_pages.keep_case, name="keep_case"),
    path("evaluations/<uuid:app_evaluation_id>/", version_pages.app_evaluation, name="app_evaluation"),
    *report_urls(REPORT),
    *act_routes(acts),
]

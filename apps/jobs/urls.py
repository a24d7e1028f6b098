from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.jobs import acts, schedule_views, views, webhook_views
from apps.jobs.resources import WEBHOOKS
from apps.resources.pages import routes

app_name = "jobs"
urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("export/", views.export_jobs, name="export_jobs"),
    path("change/", views.change_jobs, name="change_jobs"),
    path("moves/", views.job_moves, name="job_moves"),
    path("schedules/", schedule_views.schedules, name="schedules"),
    path("schedules/<uuid:schedule_id>/", schedule_views.schedule, name="schedule"),
    *routes(WEBHOOKS, "webhooks/", without=("new_webhook", "webhook")),
    path("webhooks/new/", webhook_views.new_webhook, name="new_webhook"),
    path("webhooks/<uuid:webhook_id>/", webhook_views.webhook, name="webhook"),
    path(
        "webhooks/<uuid:webhook_id>/secret/",
        webhook_views.rotate_webhook_secret,
        name="rotate_webhook_secret",
    ),
    path(
        "webhooks/<uuid:webhook_id>/replay/",
        webhook_views.replay_failed_deliveries,
        name="replay_failed_deliveries",
    ),
    *act_routes(acts),
    path("<uuid:job_id>/", views.job, name="job"),
    path("<uuid:job_id>/repeat/", schedule_views.repeat_job, name="repeat_job"),
]

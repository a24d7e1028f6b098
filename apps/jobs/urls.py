from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.jobs import acts, pages, schedule_pages, webhook_pages
from apps.jobs.resources import SCHEDULES, WEBHOOKS
from apps.resources.pages import list_route, routes

app_name = "jobs"
urlpatterns = [
    path("", pages.jobs, name="jobs"),
    path("export/", pages.export_jobs, name="export_jobs"),
    path("change/", pages.change_jobs, name="change_jobs"),
    path("moves/", pages.job_moves, name="job_moves"),
    list_route(SCHEDULES, "schedules/"),
    path("schedules/<uuid:schedule_id>/", schedule_pages.schedule, name="schedule"),
    *routes(WEBHOOKS, "webhooks/", without=("new_webhook", "webhook")),
    path("webhooks/new/", webhook_pages.new_webhook, name="new_webhook"),
    path("webhooks/<uuid:webhook_id>/", webhook_pages.webhook, name="webhook"),
    path(
        "webhooks/<uuid:webhook_id>/secret/",
        webhook_pages.rotate_webhook_secret,
        name="rotate_webhook_secret",
    ),
    *act_routes(acts),
    path("<uuid:job_id>/", pages.job, name="job"),
    path("<uuid:job_id>/repeat/", schedule_pages.repeat_job, name="repeat_job"),
]

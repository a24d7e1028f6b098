"""Pages of the admin, for whoever runs the installation: each view is behind `operators_only`."""

from django.urls import URLPattern, URLResolver, path

from apps.accounts.act_declaration import act_routes
from apps.operations import operator_acts
from apps.operations.announcements import pages as announcements
from apps.operations.backups import pages as backups
from apps.operations.deletion import pages as deletion
from apps.operations.queues import pages as queues
from apps.operations.switches import pages as switches

app_name = "admin_operations"
urlpatterns: list[URLPattern | URLResolver] = [
    *act_routes(operator_acts),
    path("queues/", queues.queues, name="queues"),
    path("queues/<slug:queue>/purge/", queues.purge, name="purge_queue"),
    path("dead-letters/", queues.dead_letters, name="dead_letters"),
    path("jobs/", queues.jobs, name="jobs"),
    path("switches/", switches.operators_switches, name="switches"),
    path("announcements/", announcements.announcements, name="announcements"),
    path("announcements/<uuid:announcement_id>/", announcements.announcement, name="announcement"),
    path("jobs/change/", queues.change_jobs, name="change_operator_jobs"),
    path("backups/", backups.backups, name="backups"),
    path("organisations/", deletion.organisations, name="organisations"),
    path("organisations/<uuid:organisation_id>/", deletion.organisation, name="organisation"),
]

"""Pages of the admin, for whoever runs the installation: each view is behind `operators_only`."""

from django.urls import URLPattern, URLResolver, path

from apps.operations.announcements import pages as announcements
from apps.operations.backups import pages as backups
from apps.operations.deletion import pages as deletion
from apps.operations.queues import pages as queues
from apps.operations.switches import pages as switches

app_name = "admin_operations"
urlpatterns: list[URLPattern | URLResolver] = [
    path("queues/", queues.queues, name="queues"),
    path("queues/<slug:queue>/mode/", queues.change_mode, name="change_queue_mode"),
    path("queues/<slug:queue>/requeue/", queues.requeue_stuck, name="requeue_stuck"),
    path("queues/<slug:queue>/purge/", queues.purge, name="purge_queue"),
    path("dead-letters/", queues.dead_letters, name="dead_letters"),
    path("dead-letters/retry/", queues.retry_dead_letters, name="retry_dead_letters"),
    path("jobs/", queues.jobs, name="jobs"),
    path("switches/", switches.operators_switches, name="switches"),
    path("switches/change/", switches.change_operators_switch, name="change_switch"),
    path("announcements/", announcements.announcements, name="announcements"),
    path("announcements/<uuid:announcement_id>/", announcements.announcement, name="announcement"),
    path(
        "announcements/<uuid:announcement_id>/delete/",
        announcements.delete_announcement,
        name="delete_announcement",
    ),
    path("jobs/change/", queues.change_jobs, name="change_operator_jobs"),
    path("backups/", backups.backups, name="backups"),
    path("backups/ask/", backups.ask_for_backup, name="ask_for_backup"),
    path("organisations/", deletion.organisations, name="organisations"),
    path("organisations/<uuid:organisation_id>/", deletion.organisation, name="organisation"),
    path(
        "organisations/<uuid:organisation_id>/export/",
        deletion.export_organisation,
        name="export_organisation",
    ),
    path(
        "organisations/<uuid:organisation_id>/take-back/", deletion.take_back, name="take_organisation_back"
    ),
]

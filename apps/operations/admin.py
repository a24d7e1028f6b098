"""What operators and managers of an organisation have set. Texts of announcements stay with their readers."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.accounts.models import Switch
from apps.accounts.switches import EVERYTHING
from apps.operations import models as operations
from apps.operations.switches.selectors import switch_names

register(
    Table(
        Switch,
        _("Switches"),
        "name created_at",
        codes={"name": lambda: {**switch_names(), EVERYTHING: _("everything: the organisation is closed")}},
    ),
    Table(operations.Announcement, _("Announcements"), "tone begins_at ends_at created_at"),
    Table(operations.BackupPlan, _("Backup schedule"), "cadence weekday hour keep seen_at", is_named=True),
    Table(
        operations.BackupRun,
        _("Backups and drills"),
        "kind state is_scheduled asked_at ended_at",
        "started_at",
    ),
    Table(
        operations.OrganisationDeletion,
        _("Deleted organisations"),
        "organisation_id state requested_by requested_at due_at ended_at",
        "is_export_waived rows_count trail_sequence trail_hash",
        is_named=True,
    ),
    Table(operations.OrganisationExport, _("Exports of organisations"), "job bytes unreadable created_at"),
    tab=_("Operations"),
)
register(
    Table(operations.AnnouncementDismissal, _("Dismissed announcements"), "announcement user"),
)

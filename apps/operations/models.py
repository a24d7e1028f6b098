from apps.operations.announcements.models import Announcement, AnnouncementDismissal
from apps.operations.backups.models import BackupPlan, BackupRun
from apps.operations.deletion.models import OrganisationDeletion, OrganisationExport

__all__ = [
    "Announcement",
    "AnnouncementDismissal",
    "BackupPlan",
    "BackupRun",
    "OrganisationDeletion",
    "OrganisationExport",
]

from apps.operations.announcements.models import Announcement, AnnouncementDismissal
from apps.operations.backups.models import BackupPlan, BackupRun

__all__ = ["Announcement", "AnnouncementDismissal", "BackupPlan", "BackupRun"]

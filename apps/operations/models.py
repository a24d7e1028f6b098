from apps.operations.announcements.models import Announcement, AnnouncementDismissal

__all__ = ["Announcement", "AnnouncementDismissal"]

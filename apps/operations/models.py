from apps.operations.backups.models import BackupPlan, BackupRun

__all__ = ["BackupPlan", "BackupRun"]

from apps.dashboards.rollups.models import AnalyticsSettings, CallHour, ChangedHour, JobHour

__all__ = ["AnalyticsSettings", "CallHour", "ChangedHour", "JobHour"]

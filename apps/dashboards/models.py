from apps.dashboards.rollups.models import (
    AnalyticsSettings,
    CallDay,
    CallHour,
    ChangedDay,
    ChangedHour,
    DayClock,
    JobDay,
    JobHour,
)

__all__ = [
    "AnalyticsSettings",
    "CallDay",
    "CallHour",
    "ChangedDay",
    "ChangedHour",
    "DayClock",
    "JobDay",
    "JobHour",
]

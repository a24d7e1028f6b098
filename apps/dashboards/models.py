from apps.dashboards.mailed_reports.models import MailedReport, ReportDelivery
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
from apps.dashboards.value.models import ValueAssumptions

__all__ = [
    "AnalyticsSettings",
    "CallDay",
    "CallHour",
    "ChangedDay",
    "ChangedHour",
    "DayClock",
    "JobDay",
    "JobHour",
    "MailedReport",
    "ReportDelivery",
    "ValueAssumptions",
]

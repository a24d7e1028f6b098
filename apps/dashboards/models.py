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
from apps.dashboards.versions.models import InstalledVersion

__all__ = [
    "AnalyticsSettings",
    "CallDay",
    "CallHour",
    "ChangedDay",
    "ChangedHour",
    "DayClock",
    "InstalledVersion",
    "JobDay",
    "JobHour",
    "MailedReport",
    "ReportDelivery",
    "ValueAssumptions",
]

from apps.accounts.organisation_settings import OrganisationSettings
from apps.log_analysis.detection.models import DetectionSettings

DETECTION_SETTINGS = OrganisationSettings(
    DetectionSettings,
    fields=("false_alarms_per_day", "max_incidents_per_day"),
    action="log_settings.changed",
    may_view="logs.view",
    may_change="logs.manage",
)

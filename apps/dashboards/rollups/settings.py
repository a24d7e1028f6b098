from apps.accounts.organisation_settings import OrganisationSettings
from apps.dashboards.rollups.models import AnalyticsSettings

ANALYTICS_SETTINGS = OrganisationSettings(
    AnalyticsSettings,
    fields=("time_zone", "currency"),
    action="analytics_settings.changed",
    may_view="analytics.view",
    may_change="organisation.manage",
)

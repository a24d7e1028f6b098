from uuid import UUID

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.log_analysis.detection.models import AnomalySuppression, DetectionSettings, LogAnomaly
from apps.log_analysis.sources.models import LogSource


def settings_of(organisation_id: UUID) -> DetectionSettings:
    """The organisation's own, or an unsaved row with the defaults."""
    own = DetectionSettings.objects.within(organisation_id).first()
    return own or DetectionSettings(organisation_id=organisation_id)


def suppressed(source: LogSource) -> set[tuple[str, UUID | None]]:
    rows = AnomalySuppression.objects.within(source.organisation_id).filter(source=source)
    return set(rows.values_list("detector", "template"))


def anomaly_list(organisation: Organisation) -> OrganisationQuerySet[LogAnomaly]:
    return (
        LogAnomaly.objects.within(organisation).select_related("source", "template").order_by("-started_at")
    )

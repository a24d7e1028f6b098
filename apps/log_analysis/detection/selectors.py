from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.log_analysis.detection.models import AnomalySuppression, DetectionSettings, LogAnomaly
from apps.log_analysis.sources.models import LogSource


def settings_of(organisation_id: UUID) -> DetectionSettings:
    """The organisation's own, or an unsaved row with the defaults."""
    own = DetectionSettings.objects.within(organisation_id).first()
    return own or DetectionSettings(organisation_id=organisation_id)


def alarms_per_day(source: LogSource) -> float:
    """A source's share of the organisation's budget: those from which something comes have the same."""
    week_ago = timezone.now() - timedelta(days=7)
    rows = LogSource.objects.within(source.organisation_id).exclude(pk=source.pk)
    others = rows.receiving().filter(last_record_at__gte=week_ago).count()
    return settings_of(source.organisation_id).false_alarms_per_day / (1 + others)


def suppressions(source: LogSource) -> set[tuple[str, UUID | None]]:
    rows = AnomalySuppression.objects.within(source.organisation_id).filter(source=source)
    return set(rows.values_list("detector", "template"))


def anomaly_list(organisation: Organisation) -> OrganisationQuerySet[LogAnomaly]:
    return (
        LogAnomaly.objects.within(organisation).select_related("source", "template").order_by("-started_at")
    )

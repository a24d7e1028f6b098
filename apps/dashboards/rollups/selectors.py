"""Counts by hour, as querysets that `apps.analytics.reports.measure` works on (`moment="hour"`).

They are at most a minute older than the rows. Sums are exact; of durations see `quantiles`.
"""

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.dashboards.rollups.models import CallHour, JobHour


def job_hours(organisation: Organisation | None) -> OrganisationQuerySet[JobHour]:
    """Without an organisation those of all, for whoever runs the installation."""
    return JobHour.objects.within(organisation) if organisation else JobHour.objects.all()


def call_hours(organisation: Organisation | None) -> OrganisationQuerySet[CallHour]:
    return CallHour.objects.within(organisation) if organisation else CallHour.objects.all()

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from apps.accounts import switches
from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.log_analysis.alerting.models import AlertChannel, IncidentAlert
from apps.log_analysis.incidents.models import Incident, IncidentQuerySet

# Longer than a channel's patience, a quiet time and the longest pause together: from a clock that was ahead.
MAX_WAIT = timedelta(days=30)


def channel_list(organisation: Organisation) -> OrganisationQuerySet[AlertChannel]:
    return AlertChannel.objects.within(organisation).order_by("name")


def alert_list(organisation: Organisation) -> OrganisationQuerySet[IncidentAlert]:
    """What was told through channels, or waits to be, newest first."""
    return IncidentAlert.objects.within(organisation).select_related("incident").order_by("-id")


def untold_incidents(channel: AlertChannel, *, since: datetime) -> IncidentQuerySet:
    """Open incidents that are grave enough for the channel and have no row for it; none from before there was one, unless
    a clock that was ahead made the channel.
    """
    begin = since if channel.created_at > timezone.now() else max(since, channel.created_at)
    rows = Incident.objects.within(channel.organisation_id).open()
    grave = rows.filter(severity__gte=channel.min_severity, created_at__gte=begin)
    return grave.exclude(alerts__channel=channel)


def due_alerts(now: datetime) -> OrganisationQuerySet[IncidentAlert]:
    """Alerts of all organisations that are due, oldest first; also those that waited for the end of a quiet time and
    are critical now, and those that wait longer than any does.
    """
    is_due = (
        Q(due_at__lte=now)
        | Q(due_at__gt=now + MAX_WAIT)
        | Q(attempts=0, incident__severity=Incident.Severity.CRITICAL)
    )
    rows = IncidentAlert.objects.filter(is_due, state=IncidentAlert.State.PENDING)
    rows = switches.of_open(rows)
    rows = rows.select_related("organisation", "channel", "incident")
    return rows.defer("channel__address", "channel__signing_secret").order_by("due_at")

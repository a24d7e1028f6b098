"""Telling people of incidents: once for each incident and channel, as soon as the channel may be disturbed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext

from apps.accounts import switches
from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import ServiceUnavailable
from apps.core.rounds import Round, tend_each
from apps.log_analysis.alerting import alert_texts, delivery, selectors
from apps.log_analysis.alerting.alert_texts import AlertText
from apps.log_analysis.alerting.delivery import Failure
from apps.log_analysis.alerting.models import AlertChannel, IncidentAlert
from apps.log_analysis.incidents.models import Incident

# Six attempts over some eighty minutes.
RETRY_SECONDS = (15, 60, 300, 900, 3600)
MAX_ATTEMPTS = len(RETRY_SECONDS) + 1
# So long nobody else takes an alert that a worker has begun to send: longer than a batch of silent receivers.
CLAIM_SECONDS = 600
BATCH_ROWS = 30
# Of what is older when a channel first hears of it nobody is woken any more.
MAX_AGE = timedelta(days=1)


def tell_incidents() -> int:
    """Finds what is to be told and sends what is due, for all organisations. Answers how many were sent or tried."""
    queue_alerts()
    return send_due()


def queue_alerts() -> None:
    """A row for each open incident and each channel that it is grave enough for."""
    now = timezone.now()

    def queue_for(channel: AlertChannel) -> None:
        alerts = [
            IncidentAlert(
                organisation_id=channel.organisation_id,
                incident=incident,
                channel=channel,
                due_at=earliest_time(channel, incident, now=now),
            )
            for incident in selectors.untold_incidents(channel, since=now - MAX_AGE)
        ]
        # Two workers that find the same incident make one row: the constraint says so.
        IncidentAlert.objects.bulk_create(alerts, ignore_conflicts=True)

    channels = switches.of_open(AlertChannel.objects.filter(is_enabled=True)).defer(
        "address", "signing_secret"
    )
    tend_each(channels, queue_for, name="alert channels")


def send_due() -> int:
    """Sends what is due, oldest first; what another worker has taken is left alone."""
    now = timezone.now()
    this_round = Round("alerts")
    prepared = [
        (alert, text)
        for alert in selectors.due_alerts(now)[:BATCH_ROWS]
        if (text := _prepare(alert, this_round, now=now))
    ]
    if not connection.in_atomic_block:
        # Receivers may take their time; others need the connection meanwhile.
        connection.close()
    failures = delivery.send_all([(alert.channel, text) for alert, text in prepared])
    for (alert, _text), failure in zip(prepared, failures, strict=True):
        with this_round.item():
            _settle(alert, failure)
    this_round.end()
    return len(prepared)


@requires_permission("logs.manage")
def send_test(actor: Actor, channel: AlertChannel) -> None:
    """Sends a message that says that it is a test, whatever the hour. Raises ServiceUnavailable with the reason."""
    [failure] = delivery.send_all([(channel, alert_texts.sample_text(channel))])
    details = {"name": channel.name, "is_accepted": failure is None}
    audit.record(actor, action="alert_channel.tested", target=channel, details=details)
    if failure is not None:
        message = gettext("Test failed: %(reason)s") % {"reason": failure.reason}
        raise ServiceUnavailable(message, code="alert_refused")


def earliest_time(channel: AlertChannel, incident: Incident, *, now: datetime) -> datetime:
    """After the channel's minutes of patience, and behind its quiet hours unless the incident is critical.

    One of the future, from a clock that was ahead, has waited long enough.
    """
    is_of_future = incident.created_at > now + selectors.MAX_WAIT
    patience_ends = incident.created_at + timedelta(minutes=channel.escalate_minutes)
    moment = now if is_of_future else max(now, patience_ends)
    if incident.severity == Incident.Severity.CRITICAL:
        return moment
    return end_of_quiet(channel, moment)


def end_of_quiet(channel: AlertChannel, moment: datetime) -> datetime:
    """The moment itself, or the end of the channel's quiet hours where it lies in them; they may span midnight."""
    begin, end = channel.quiet_from, channel.quiet_until
    if begin is None or end is None or begin == end:
        return moment
    local = moment.astimezone(ZoneInfo(channel.time_zone))
    hour = local.time()
    is_quiet = begin <= hour < end if begin < end else hour >= begin or hour < end
    if not is_quiet:
        return moment
    ends_at = datetime.combine(local.date(), end, local.tzinfo)
    if ends_at <= local:
        ends_at = datetime.combine(local.date() + timedelta(days=1), end, local.tzinfo)
    return ends_at.astimezone(UTC)


def _prepare(alert: IncidentAlert, this_round: Round, *, now: datetime) -> AlertText | None:
    """None where it does not leave now. What nobody foresaw counts as an attempt that failed, and is shown."""
    is_claimed = False
    with this_round.item():
        if not _is_sendable(alert, now=now):
            return None
        is_claimed = _claim(alert, now=now)
        # Opened here: what cannot be opened any more concerns its own channel alone.
        alert.channel.refresh_from_db(fields=["address", "signing_secret"])
        return alert_texts.incident_text(alert.incident, alert.channel) if is_claimed else None
    if is_claimed or _claim(alert, now=now):
        _settle(alert, Failure(type(this_round.failures[-1]).__name__))
    return None


def _is_sendable(alert: IncidentAlert, *, now: datetime) -> bool:
    """Drops what nobody has to be told any more, and moves what has to wait: rows may have changed since."""
    incident, channel = alert.incident, alert.channel
    is_open = incident.status in (Incident.Status.OPEN, Incident.Status.INVESTIGATING)
    is_taken = incident.owner_id is not None or incident.status != Incident.Status.OPEN
    row = IncidentAlert.objects.filter(pk=alert.pk, state=IncidentAlert.State.PENDING, due_at=alert.due_at)
    if not (is_open and channel.is_enabled) or (channel.escalate_minutes and is_taken):
        row.update(state=IncidentAlert.State.DROPPED)
        return False
    earliest = earliest_time(channel, incident, now=now)
    if earliest > now:
        row.update(due_at=earliest)
        return False
    return True


def _claim(alert: IncidentAlert, *, now: datetime) -> bool:
    """Moves the next attempt into the future, so nobody else finds it and a killed worker strands nothing."""
    own_row = IncidentAlert.objects.filter(
        pk=alert.pk, state=IncidentAlert.State.PENDING, due_at=alert.due_at
    )
    alert.due_at = now + timedelta(seconds=CLAIM_SECONDS)
    alert.attempts += 1
    return bool(own_row.update(due_at=alert.due_at, attempts=F("attempts") + 1))


def _settle(alert: IncidentAlert, failure: Failure | None) -> None:
    """Only while it is still ours: another worker takes an alert over whose sender was gone for too long."""
    row = IncidentAlert.objects.filter(pk=alert.pk, state=IncidentAlert.State.PENDING, due_at=alert.due_at)
    now = timezone.now()
    if failure is None:
        row.update(state=IncidentAlert.State.SENT, sent_at=now, last_error="")
    elif failure.is_final or alert.attempts >= MAX_ATTEMPTS:
        row.update(state=IncidentAlert.State.FAILED, last_error=failure.reason)
    else:
        pause = timedelta(seconds=RETRY_SECONDS[alert.attempts - 1])
        row.update(due_at=now + pause, last_error=failure.reason)

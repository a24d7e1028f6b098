"""Which incidents are told where, when, how often, and what is done when a receiver does not take it."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.core.errors import ServiceUnavailable
from apps.log_analysis.alerting import services
from apps.log_analysis.alerting.models import IncidentAlert
from apps.log_analysis.incidents.models import Incident
from tests.log_analysis.alerting.conftest import MakeChannel, MakeIncident
from tests.loopback_server import LoopbackServer, Reply

pytestmark = pytest.mark.django_db
Severity = Incident.Severity


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Noon in Shanghai."""
    with time_machine.travel(datetime(2026, 11, 27, 4, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def states() -> list[str]:
    return list(IncidentAlert.objects.order_by("id").values_list("state", flat=True))


def test_an_incident_is_told_once_to_each_channel(
    channel: MakeChannel, incident: MakeIncident, receiver: LoopbackServer
) -> None:
    for kind in ("webhook", "wecom", "dingtalk", "feishu", "slack"):
        channel(kind)
    incident()

    assert services.tell_incidents() == 5
    assert services.tell_incidents() == 0

    assert states() == ["sent"] * 5
    assert sorted(request["path"].partition("?")[0] for request in receiver.requests) == [
        "/dingtalk",
        "/feishu",
        "/slack",
        "/webhook",
        "/wecom",
    ]


def test_what_is_less_grave_than_a_channel_wants_is_not_told_until_it_grows(
    channel: MakeChannel, incident: MakeIncident
) -> None:
    channel(min_severity=Severity.HIGH)
    found = incident(severity=Severity.MEDIUM)

    assert services.tell_incidents() == 0

    Incident.objects.filter(pk=found.pk).update(severity=Severity.HIGH)
    assert services.tell_incidents() == 1


def test_resolved_dismissed_old_and_foreign_incidents_are_not_told(
    channel: MakeChannel, incident: MakeIncident, bob_actor: Actor
) -> None:
    channel()
    incident(status=Incident.Status.RESOLVED)
    incident(status=Incident.Status.DISMISSED)
    incident(created_at=timezone.now() - timedelta(days=3))
    Incident.objects.create(
        organisation=bob_actor.organisation,
        title="x",
        severity=Severity.CRITICAL,
        started_at=timezone.now(),
        ended_at=timezone.now(),
    )

    assert services.tell_incidents() == 0
    assert states() == []


def test_a_channel_hears_nothing_of_before_it_was_there(channel: MakeChannel, incident: MakeIncident) -> None:
    found = incident(created_at=timezone.now() - timedelta(hours=1))
    channel(created_at=timezone.now())

    services.tell_incidents()

    assert not IncidentAlert.objects.filter(incident=found).exists()


def test_quiet_hours_hold_back_all_but_critical_ones_until_they_end(
    channel: MakeChannel, incident: MakeIncident, clock: time_machine.Traveller
) -> None:
    row = channel(quiet_from=time(11, 0), quiet_until=time(13, 30))
    incident()
    incident(severity=Severity.CRITICAL)

    assert services.tell_incidents() == 1
    waiting = IncidentAlert.objects.get(state="pending")
    assert waiting.due_at == datetime(2026, 11, 27, 5, 30, tzinfo=UTC)

    clock.shift(timedelta(minutes=91))
    assert services.tell_incidents() == 1
    assert row.alerts.filter(state="sent").count() == 2


def test_what_becomes_critical_in_quiet_hours_is_told_at_once(
    channel: MakeChannel, incident: MakeIncident, clock: time_machine.Traveller
) -> None:
    channel(quiet_from=time(11, 0), quiet_until=time(13, 30))
    found = incident()
    assert services.tell_incidents() == 0

    Incident.objects.filter(pk=found.pk).update(severity=Severity.CRITICAL)

    assert services.tell_incidents() == 1


@pytest.mark.parametrize("minutes", [0, 30])
def test_what_waits_since_a_clock_that_was_a_year_ahead_is_told(
    channel: MakeChannel, incident: MakeIncident, clock: time_machine.Traveller, minutes: int
) -> None:
    clock.shift(timedelta(days=365))
    channel(
        created_at=timezone.now(), quiet_from=time(11, 0), quiet_until=time(13, 30), escalate_minutes=minutes
    )
    incident(created_at=timezone.now())
    assert services.tell_incidents() == 0

    clock.shift(timedelta(hours=2) - timedelta(days=365))
    assert services.tell_incidents() == 1
    incident()
    clock.shift(timedelta(minutes=minutes))
    assert services.tell_incidents() == 1


@pytest.mark.parametrize(
    ("local", "expected"),
    [((21, 59), None), ((22, 0), (7, 0)), ((23, 30), (7, 0)), ((3, 0), (7, 0)), ((7, 0), None)],
)
def test_quiet_hours_may_span_midnight(
    channel: MakeChannel, local: tuple[int, int], expected: tuple[int, int] | None
) -> None:
    row = channel(quiet_from=time(22, 0), quiet_until=time(7, 0))
    moment = datetime(2026, 11, 27, *local, tzinfo=UTC) - timedelta(hours=8)

    ends_at = services.end_of_quiet(row, moment)

    if expected is None:
        assert ends_at == moment
    else:
        assert (ends_at + timedelta(hours=8)).time() == time(*expected)
        assert timedelta(0) < ends_at - moment < timedelta(hours=9, minutes=1)


def test_escalation_waits_and_is_dropped_when_somebody_took_it(
    channel: MakeChannel, incident: MakeIncident, clock: time_machine.Traveller, alice_actor: Actor
) -> None:
    channel(escalate_minutes=15)
    left = incident(created_at=timezone.now())
    taken = incident(created_at=timezone.now())
    assert services.tell_incidents() == 0

    owner = Membership.objects.get(pk=alice_actor.member.pk)  # type: ignore[union-attr]
    Incident.objects.filter(pk=taken.pk).update(owner=owner)
    clock.shift(timedelta(minutes=15))

    assert services.tell_incidents() == 1
    told = dict(IncidentAlert.objects.values_list("incident", "state"))
    assert told == {left.pk: "sent", taken.pk: "dropped"}


def test_a_receiver_that_is_down_is_tried_again_and_given_up_in_the_end(
    channel: MakeChannel, incident: MakeIncident, receiver: LoopbackServer, clock: time_machine.Traveller
) -> None:
    channel()
    incident()
    receiver.replies["/webhook?key=k"] = Reply(b"no", status=500)

    for seconds in services.RETRY_SECONDS:
        assert services.tell_incidents() == 1
        assert services.tell_incidents() == 0, "not before its pause is over"
        clock.shift(timedelta(seconds=seconds))
    assert services.tell_incidents() == 1

    alert = IncidentAlert.objects.get()
    assert (alert.state, alert.attempts, alert.last_error) == ("failed", 6, "HTTP 500 no")


def test_a_refusal_that_lasts_is_tried_once(
    channel: MakeChannel, incident: MakeIncident, receiver: LoopbackServer
) -> None:
    channel()
    incident()
    receiver.replies["/webhook?key=k"] = Reply(b"gone", status=410)

    services.tell_incidents()

    assert states() == ["failed"]


def test_an_address_in_the_servers_own_network_is_not_reached(
    channel: MakeChannel, incident: MakeIncident, receiver: LoopbackServer, settings: Any
) -> None:
    settings.PRIVATE_NETWORKS = ()
    channel()
    incident()

    services.tell_incidents()

    assert receiver.requests == []
    assert states() == ["pending"]


def test_mail_goes_out_in_words(channel: MakeChannel, incident: MakeIncident) -> None:
    channel("mail", address="ops@tea.example")
    found = incident()

    services.tell_incidents()

    [message] = mail.outbox
    assert message.to == ["ops@tea.example"]
    assert f"/logs/incidents/{found.pk}/" in message.body
    assert states() == ["sent"]


def test_without_a_mail_server_the_channel_says_so(
    channel: MakeChannel, incident: MakeIncident, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "apps.core.mail.LogBackend"
    channel("mail", address="ops@tea.example")
    incident()

    services.tell_incidents()

    assert "EMAIL_URL" in IncidentAlert.objects.get(state="failed").last_error


def test_a_test_that_is_refused_says_why(
    channel: MakeChannel, receiver: LoopbackServer, alice_actor: Actor
) -> None:
    receiver.replies["/wecom?key=k"] = Reply(b'{"errcode":93000,"errmsg":"invalid webhook url"}')

    with pytest.raises(ServiceUnavailable, match="invalid webhook url"):
        services.send_test(alice_actor, channel("wecom"))


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [("time_zone", "Mars/Olympus", "ZoneInfoNotFoundError"), ("address", "gAAAAno", "InvalidToken")],
)
def test_a_channel_that_is_broken_keeps_no_other_waiting(
    column: str,
    value: str,
    reason: str,
    channel: MakeChannel,
    incident: MakeIncident,
    receiver: LoopbackServer,
) -> None:
    bad, good = channel("webhook", quiet_from=time(22), quiet_until=time(7)), channel("slack")
    incident()
    services.queue_alerts()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE log_analysis_alertchannel SET {column} = %s WHERE id = %s", [value, bad.pk])

    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False) as clock:
        for _ in range(2 * services.MAX_ATTEMPTS + 2):
            with suppress(ExceptionGroup):
                services.tell_incidents()
            with suppress(ExceptionGroup):
                services.send_due()
            clock.shift(timedelta(hours=12))

    assert [request["path"].partition("?")[0] for request in receiver.requests] == ["/slack"]
    alert = IncidentAlert.objects.get(channel=bad)
    assert (alert.state, alert.last_error) == ("failed", reason)
    assert IncidentAlert.objects.get(channel=good).state == "sent"

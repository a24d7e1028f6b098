"""Anomalies become incidents, grow into them, and leave them again."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.log_analysis.detection.models import DetectionSettings, Detector, LogAnomaly
from apps.log_analysis.incidents import services
from apps.log_analysis.incidents.models import ChangeMarker, Incident
from apps.log_analysis.templates.models import LogTemplate
from domain.logs.incidents import group_signals
from tests.log_analysis.incidents.conftest import EVENING, Anomalies, group, grouped, microseconds

pytestmark = pytest.mark.django_db


def test_what_follows_a_deploy_blames_it_and_cites_the_first_record(incident: Incident) -> None:
    assert incident.services == ["checkout", "gateway"]
    assert incident.cause == (
        "checkout 2.4.1 happened 3 minutes before the first sign [1]: "
        "connection pool exhausted after 30 s (reports a failure)."
    )
    assert [(each["number"], each["service"]) for each in incident.citations] == [
        (1, "checkout"),
        (2, "gateway"),
    ]
    assert incident.next_steps[0] == "Check what checkout 2.4.1 changed, or roll it back."


def test_the_cause_is_in_the_language_of_the_house(
    alice_actor: Actor, anomaly: Anomalies, deploy: ChangeMarker
) -> None:
    alice_actor.organisation.output_language = "zh-hans"
    alice_actor.organisation.save(update_fields=["output_language"])
    anomaly()

    assert (
        grouped(alice_actor).cause
        == "首个迹象 [1] 出现前 3 分钟有变更 checkout 2.4.1：pool exhausted（出现报错）。"
    )


def test_the_first_sign_is_told_as_its_record_reads(alice_actor: Actor, anomaly: Anomalies) -> None:
    first = anomaly("login of <*> was cut")
    first.evidence = [first.evidence[0] | {"text": "18:00 [web] login of ‹email·3f9a1c20d4› was cut"}]
    first.save()

    assert grouped(alice_actor).cause == "The first sign was: login of … was cut (reports a failure) [1]."


def test_a_name_that_somebody_gave_the_template_goes_first(alice_actor: Actor, anomaly: Anomalies) -> None:
    template = anomaly("pool exhausted after <*> s").template
    assert template
    LogTemplate.objects.filter(pk=template.pk).update(name="The pool is empty")

    assert grouped(alice_actor).title == "The pool is empty, 12 records"


def test_an_incident_that_grows_keeps_what_people_decided_and_its_beginning(
    alice_actor: Actor, incident: Incident, anomaly: Anomalies
) -> None:
    services.change_incident(
        alice_actor, incident, status="investigating", severity=4, owner=alice_actor.member, solution=""
    )
    anomaly("pool still exhausted", at=2, ended_at=EVENING + timedelta(minutes=99))
    group(alice_actor)
    late = anomaly("retry storm", at=100, ended_at=EVENING + timedelta(minutes=101))

    services.group(alice_actor, since=microseconds(late.started_at), until=microseconds(late.ended_at))

    grown = Incident.objects.get()
    assert (grown.pk, grown.status, grown.severity) == (incident.pk, "investigating", 4)
    assert (grown.started_at, grown.ended_at) == (EVENING, EVENING + timedelta(minutes=101))


def test_what_a_person_decides_while_signals_are_grouped_stays(
    alice_actor: Actor, incident: Incident, anomaly: Anomalies, monkeypatch: pytest.MonkeyPatch
) -> None:
    anomaly("pool still exhausted", at=2)

    def resolve_meanwhile(*arguments: Any) -> Any:
        seen = Incident.objects.get(pk=incident.pk)
        services.change_incident(
            alice_actor, seen, status="resolved", severity=4, owner=alice_actor.member, solution="More room"
        )
        return group_signals(*arguments)

    monkeypatch.setattr(services, "group_signals", resolve_meanwhile)
    group(alice_actor)

    row = Incident.objects.get(pk=incident.pk)
    assert (row.status, row.severity, row.owner, row.solution) == (
        "resolved", 4, alice_actor.member, "More room",
    )  # fmt: skip
    assert row.records_count > incident.records_count


def test_a_page_that_was_opened_before_takes_nothing_back_that_was_found_since(
    alice_actor: Actor, incident: Incident, anomaly: Anomalies
) -> None:
    seen = Incident.objects.get(pk=incident.pk)
    anomaly("pool still exhausted", at=2)
    group(alice_actor)
    grown = Incident.objects.get(pk=incident.pk)

    services.change_incident(alice_actor, seen, status="investigating", severity=2, owner=None)

    row = Incident.objects.get(pk=incident.pk)
    assert (row.status, row.records_count) == ("investigating", grown.records_count)
    assert row.records_count > incident.records_count


def test_two_that_turn_out_to_be_one_are_one(alice_actor: Actor, anomaly: Anomalies) -> None:
    anomaly("disk full", at=0)
    anomaly("cache cold", at=30)
    assert group(alice_actor) == 2
    anomaly("disk filling", at=1, ended_at=EVENING + timedelta(minutes=29))

    assert group(alice_actor) == 0

    assert Incident.objects.get().anomalies.count() == 3


def test_the_same_again_is_one_incident_until_somebody_closes_it(
    alice_actor: Actor, anomaly: Anomalies
) -> None:
    anomaly("disk full", at=0)
    anomaly("disk full of <*>", at=30)
    assert group(alice_actor) == 1
    services.change_incident(alice_actor, Incident.objects.get(), status="resolved", severity=2, owner=None)

    anomaly("disk full", at=60, ended_at=EVENING + timedelta(minutes=61))

    assert group(alice_actor) == 1
    assert Incident.objects.open().get().anomalies.count() == 1


def test_a_log_out_is_no_incident(alice_actor: Actor, anomaly: Anomalies) -> None:
    lonely = anomaly("disconnected by user <*>", records_count=1)
    lonely.evidence = [lonely.evidence[0] | {"level": ""}]
    lonely.save()

    assert group(alice_actor) == 0
    assert LogAnomaly.objects.get().incident is None


def test_what_a_model_wrote_keeps_the_records_that_it_cites(
    alice_actor: Actor, incident: Incident, anomaly: Anomalies
) -> None:
    Incident.objects.filter(pk=incident.pk).update(is_cause_from_model=True)
    anomaly("cache cold", at=-0.5)

    grown = grouped(alice_actor)

    assert grown.citations == incident.citations
    assert grown.cause == incident.cause


def test_what_ranks_behind_the_limit_stays_with_the_anomalies(alice_actor: Actor, anomaly: Anomalies) -> None:
    for place in range(12):
        anomaly(f"fault {place}", at=20 * place - 120, service=f"service-{place}")

    assert group(alice_actor) == 10
    assert LogAnomaly.objects.filter(incident=None).count() == 2


def test_the_limit_is_that_of_a_day_however_often_records_come(
    alice_actor: Actor, anomaly: Anomalies
) -> None:
    DetectionSettings.objects.create(organisation=alice_actor.organisation, max_incidents_per_day=2)
    for place in range(3):
        anomaly(f"fault {place}", at=90 * place - 400, service=f"service-{place}", surprise=5 + place)
        moment = microseconds(EVENING + timedelta(minutes=90 * place - 400))
        services.group(alice_actor, since=moment, until=moment)

    # The third ranks higher than the first, which nobody has dealt with.
    assert {each.services[0] for each in Incident.objects.all()} == {"service-1", "service-2"}
    Incident.objects.update(owner=alice_actor.member)
    late = EVENING - timedelta(minutes=130)
    anomaly("worst", at=-130, service="service-4", surprise=12)
    assert services.group(alice_actor, since=microseconds(late), until=microseconds(late)) == 0
    next_day = EVENING + timedelta(days=1)
    anomaly("next day", at=24 * 60, service="service-5")
    assert services.group(alice_actor, since=microseconds(next_day), until=microseconds(next_day)) == 1


def test_an_incident_goes_with_its_only_anomaly(alice_actor: Actor, anomaly: Anomalies) -> None:
    lonely = anomaly("nightly job is slow", detector=Detector.RATE)
    grouped(alice_actor)

    services.suppress_anomaly(alice_actor, lonely, reason="it always is")

    assert not Incident.objects.exists()
    assert AuditEntry.objects.filter(action="log_anomaly.suppressed").exists()


def test_an_incident_that_somebody_wrote_on_is_dismissed_instead(
    alice_actor: Actor, anomaly: Anomalies
) -> None:
    lonely = anomaly("nightly job is slow")
    services.add_note(alice_actor, grouped(alice_actor), text="Looks like the backup.")

    services.suppress_anomaly(alice_actor, lonely)

    kept = Incident.objects.get()
    assert (kept.status, kept.notes.count()) == ("dismissed", 1)


def test_the_rest_of_an_incident_is_grouped_anew(
    alice_actor: Actor, incident: Incident, deploy: ChangeMarker
) -> None:
    first = incident.anomalies.get(service="checkout")

    services.suppress_anomaly(alice_actor, first)

    left = Incident.objects.get()
    assert (left.pk, left.services, left.records_count) == (incident.pk, ["gateway"], 12)
    assert left.score < incident.score


def test_one_that_falls_apart_becomes_two(alice_actor: Actor, anomaly: Anomalies) -> None:
    anomaly("disk full", at=0)
    bridge = anomaly("slow", at=1, ended_at=EVENING + timedelta(minutes=29))
    anomaly("certificate expired", at=30)
    grouped(alice_actor)
    assert Incident.objects.count() == 1

    services.suppress_anomaly(alice_actor, bridge)

    assert Incident.objects.count() == 2
    assert {each.anomalies.count() for each in Incident.objects.all()} == {1}


def test_another_house_has_its_own_incidents(bob_actor: Actor, incident: Incident) -> None:
    assert group(bob_actor) == 0
    assert not Incident.objects.within(bob_actor.organisation).exists()

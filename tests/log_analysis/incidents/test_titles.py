"""An incident is called by what it means: who or what, what happened, how often; in the language of the house."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.log_analysis.alerting import alert_texts
from apps.log_analysis.alerting.models import AlertChannel
from apps.log_analysis.detection.models import Detector, LogAnomaly
from apps.log_analysis.incidents import services
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.incidents.titles import FAMILY_NAMES, words_of
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate
from domain.logs.event_families import families
from tests.log_analysis.conftest import Upload
from tests.log_analysis.incidents.conftest import Anomalies, grouped, microseconds
from tests.log_analysis.stored_lines import line, store

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def sign_in(second: int, address: str) -> str:
    return line(
        second, "INFO", f"Failed password for root from {address} port {40_000 + second} ssh2", "sshd"
    )


def attack(second: int, *, others: int = 20) -> list[str]:
    one = [sign_in(second + place, "203.0.113.7") for place in range(40)]
    return one + [sign_in(second + 40 + place, f"198.51.100.{1 + place}") for place in range(others)]


def incident_of(actor: Actor, source: LogSource, words: str, **changes: object) -> Incident:
    """What becomes of an anomaly of the template that holds the words, which lasted ten minutes."""
    template = LogTemplate.objects.get(source=source, text__contains=words)
    values: dict[str, object] = {
        "detector": Detector.RATE,
        "service": "sshd",
        "started_at": MORNING + timedelta(minutes=20),
        "ended_at": MORNING + timedelta(minutes=30),
        "surprise": 6,
        "records_count": template.records_count,
    }
    values |= {"template": template} | changes
    LogAnomaly.objects.create(organisation=source.organisation, source=source, **values)
    since, until = MORNING, MORNING + timedelta(hours=1)
    services.group(actor, since=microseconds(since), until=microseconds(until))
    return Incident.objects.within(source.organisation).get()


@pytest.mark.parametrize(
    ("language", "title", "sentence"),
    [
        (
            "en",
            "203.0.113.7: brute force on sshd, 40 failed",
            "203.0.113.7 appears in 40 of 60 such records [1].",
        ),
        ("zh-hans", "203.0.113.7：暴力破解 sshd，失败 40 次", "60 条同类记录中有 40 条含 203.0.113.7 [1]。"),
    ],
)
def test_the_address_of_most_failed_sign_ins_is_the_headline_and_cited(
    alice_actor: Actor, source: LogSource, language: str, title: str, sentence: str
) -> None:
    alice_actor.organisation.output_language = language
    alice_actor.organisation.save(update_fields=["output_language"])
    store(source, attack(1_200))

    incident = incident_of(alice_actor, source, "Failed password")

    assert incident.title == title
    assert incident.cause.endswith(sentence)
    assert "203.0.113.7" in incident.citations[0]["text"]


@pytest.mark.slow
def test_the_list_and_the_page_lead_to_the_search_for_the_value_and_an_alert_does_not_tell_it(
    alice_browser: Client, alice_actor: Actor, source: LogSource
) -> None:
    store(source, attack(1_200))
    incident = incident_of(alice_actor, source, "Failed password")
    link = f"/logs/records/?text=203.0.113.7&amp;source={source.pk}"

    for path in ("/logs/", f"/logs/incidents/{incident.pk}/"):
        shown = alice_browser.get(path, headers={"Accept-Language": "en"}).content.decode()
        assert link in shown
        assert "Search for 203.0.113.7: 40 of 60 records" in shown
    assert "203.0.113.7" in alice_browser.get(link.replace("&amp;", "&")).content.decode()

    channel = AlertChannel(organisation=alice_actor.organisation, kind="webhook", time_zone="UTC")
    told = alert_texts.incident_text(incident, channel)
    assert ("What happened", "failed sign-ins") in told.facts
    assert "203.0.113.7" not in told.as_plain


def test_a_value_is_written_as_in_the_records(alice_actor: Actor, source: LogSource) -> None:
    orders = ["abc00000-0000-4000-8000-000000000001"] * 15 + ["abc00000-0000-4000-8000-000000000002"] * 5
    store(
        source,
        [line(1_200 + place, "ERROR", f"order {key} timed out", "sshd") for place, key in enumerate(orders)],
    )

    title = incident_of(alice_actor, source, "timed out").title

    assert title == f"{orders[0]}: time-outs, 15 records: “order … timed out”"


def test_more_of_everything_grave_is_named_by_what_most_of_it_says_and_holds(
    alice_actor: Actor, source: LogSource
) -> None:
    def answered(second: int, level: str, upstream: str, status: int) -> str:
        return line(second, level, f"GET from {upstream} answered {status}", "proxy")

    usual = [answered(1_200 + place, "INFO", f"10.20.3.{place % 3 + 15}", 200) for place in range(30)]
    failed = [answered(1_260 + place, "ERROR", "10.20.3.17", 502) for place in range(15)]
    store(source, [*usual, *failed])

    incident = incident_of(alice_actor, source, "answered", template=None)

    assert incident.title.startswith("10.20.3.17: unusual count, 15 records: “GET from …")
    assert incident.severity == Incident.Severity.MEDIUM


def test_an_attack_is_counted_to_its_end_though_only_its_first_minute_was_raised(
    alice_actor: Actor, source: LogSource
) -> None:
    store(source, [sign_in(1_200 + 20 * place, "203.0.113.7") for place in range(90)])

    incident = incident_of(
        alice_actor, source, "Failed password", ended_at=MORNING + timedelta(minutes=21), records_count=12
    )

    assert incident.title == "203.0.113.7: brute force on sshd, 90 failed"


def test_a_server_that_fails_for_some_minutes_is_an_incident_and_one_failed_request_is_none(
    alice_actor: Actor, upload: Upload
) -> None:
    def request(second: int) -> str:
        moment, upstream = MORNING + timedelta(seconds=second), second // 20 % 3
        status = 502 if second == 600 or (upstream == 2 and 2_400 <= second < 3_000) else 200
        told = f'10.0.0.{second % 7} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "GET /tea/{second} HTTP/1.1" {status}'
        return f"{told} 512 upstream=10.20.3.{15 + upstream}:80"

    upload("\n".join(map(request, range(0, 3_600, 20))).encode(), "access.log")

    (incident,) = Incident.objects.within(alice_actor.organisation)
    assert incident.title.startswith("10.20.3.17: reports a failure, 10 records")
    assert incident.started_at == MORNING + timedelta(minutes=40)


def test_whoever_made_a_rate_unusual_is_counted_to_the_end_and_others_are_not(
    alice_actor: Actor, source: LogSource
) -> None:
    def ask(second: int, address: str) -> str:
        return line(second, "INFO", f"lookup of page {second} for {address} took 3 ms")

    probes = [ask(1200 + second, "203.0.113.66") for second in range(200)]
    others = [ask(second, f"198.51.100.{second % 40}") for second in range(0, 1200, 30)]
    later = [ask(second, f"198.51.100.{second % 40}") for second in range(1410, 1800, 30)]
    store(source, [*others, *probes, *later])

    started_at, ended_at = MORNING + timedelta(minutes=20), MORNING + timedelta(minutes=21)
    incident = incident_of(alice_actor, source, "lookup", started_at=started_at, ended_at=ended_at)

    assert incident.title.startswith("203.0.113.66: unusual count, 200 records"), incident.title
    assert "203.0.113.66 appears in 200 of 200 such records" in incident.cause


def test_many_addresses_are_counted(alice_actor: Actor, source: LogSource) -> None:
    store(source, [sign_in(1_200 + place, f"198.51.100.{place}") for place in range(30)])

    title = incident_of(alice_actor, source, "Failed password").title

    assert title == "Brute force on sshd from 30 addresses, 30 failed"


def test_sign_ins_that_failed_as_usual_before_and_after_an_attack_are_not_counted_to_it(
    alice_actor: Actor, source: LogSource
) -> None:
    usual = [sign_in(second, f"192.0.2.{second % 97}") for second in range(0, 3_600, 360)]
    store(
        source, sorted([*usual, *(sign_in(1_210 + 2 * place, f"198.51.100.{place}") for place in range(50))])
    )

    started_at, ended_at = MORNING + timedelta(minutes=20), MORNING + timedelta(minutes=21)
    title = incident_of(alice_actor, source, "Failed", started_at=started_at, ended_at=ended_at).title

    assert title == "Brute force on sshd from 50 addresses, 50 failed"


def test_links_that_went_down_are_told_by_that_and_not_by_their_coming_up(
    alice_actor: Actor, source: LogSource
) -> None:
    def changed(second: int, state: str) -> str:
        return line(second, "INFO", f"Interface {second % 7}, changed state to {state}", "sshd")

    downs = [changed(1_200 + 10 * place, "down") for place in range(20)]
    ups = [changed(1_195 + 10 * place, "up") for place in range(24)]
    store(source, sorted([*downs, *ups]))
    start = MORNING + timedelta(minutes=19)
    record = {"source": str(source.pk), "arrival": 1, "line": 1, "time": microseconds(start), "text": ups[0]}
    LogAnomaly.objects.create(
        organisation=source.organisation,
        source=source,
        detector=Detector.RATE,
        template=LogTemplate.objects.get(text__contains="to up"),
        service="sshd",
        started_at=start,
        ended_at=MORNING + timedelta(minutes=30),
        surprise=9,
        records_count=24,
        evidence=[record | {"level": "", "service": "sshd", "trace": ""}],
    )

    incident = incident_of(alice_actor, source, "to down")

    words = "Interface …, changed state to down"
    assert incident.title == f"Connections refused or lost, 20 records: “{words}”"
    assert "state to down" in incident.cause
    assert all("state to up" not in each["text"] for each in incident.citations)
    assert incident.records_count == 44


def test_an_address_that_was_as_frequent_the_day_before_is_no_headline(
    alice_actor: Actor, source: LogSource
) -> None:
    usual = [sign_in(place, "203.0.113.7" if place % 5 else "198.51.100.1") for place in range(0, 600, 2)]
    refused = [
        line(1_200 + place, "ERROR", f"connection to db refused for 203.0.113.{7 + place % 2 * 2}", "shop")
        for place in range(20)
    ]
    store(source, usual + refused)

    incident = incident_of(alice_actor, source, "refused", service="shop")

    assert (
        incident.title
        == "203.0.113.9: connections refused or lost, 10 records: “connection to db refused for …”"
    )


def test_what_no_family_knows_is_called_by_what_is_odd_and_its_words(
    alice_actor: Actor, source: LogSource
) -> None:
    store(
        source,
        [line(1_200 + place, "INFO", f"cart {place} of a guest is empty", "sshd") for place in range(9)],
    )

    assert (
        incident_of(alice_actor, source, "cart").title
        == "Unusual count, 9 records: “cart … of a guest is empty”"
    )


def test_without_its_records_an_incident_is_called_by_its_anomalies(
    alice_actor: Actor, anomaly: Anomalies
) -> None:
    anomaly("pool exhausted after <*> s")

    assert grouped(alice_actor).title == "Limits reached, 12 records: “pool exhausted after … s”"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("authentication failure; logname= uid=<*> euid=<*> tty=ssh rhost=<*>", "authentication failure"),
        ("Connection broken for id <*>, my id = <*>, error =", "Connection broken for id …"),
        ("ciod: Error loading <*>: invalid program image, No such file", "ciod: Error loading …"),
        ("logname= uid=<*> euid=<*>", ""),
        ("authorisation at acquirer=nordbank gave no answer", "authorisation at nordbank gave no answer"),
        ("webhook signature of merchant=M<*> rejected: digest", "webhook signature of M… rejected"),
        ("billing.service: Main process exited, code=<*>", "billing.service: Main process exited"),
        ("[<*>] shop@shop ERROR:  deadlock detected", "shop@shop ERROR: deadlock detected"),
        ("The device, <*>, has a bad block.", "The device, …, has a bad block"),
        ("Interface <*>, changed state to down", "Interface …, changed state to down"),
        ("failed uid=<*> euid=<*> tty=ssh", "failed"),
        ("<*> <*>", ""),
        ("<*>:Got exception while serving <*>", "Got exception while serving …"),
        ("connection from <*> (<*>) at <*>", "connection from … at …"),
        ('{"time":"<*>","remote_addr":"<*>","status":<*>}', ""),
    ],
)
def test_words_of_a_template_are_its_first_clause_without_settings(template: str, words: str) -> None:
    assert words_of(template) == words


def test_each_family_has_a_name() -> None:
    assert set(FAMILY_NAMES) == set(families())

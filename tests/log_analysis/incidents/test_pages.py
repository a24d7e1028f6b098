"""The start page and the page of an incident: empty, full, filtered; in English and Chinese; for those who may."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.inference.models import Purpose
from apps.log_analysis.detection.models import Detector
from apps.log_analysis.incidents import selectors, services
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.incidents.timeline import timeline
from apps.log_analysis.templates.models import Level
from tests.conftest import browser_of
from tests.live_pages import follows_jobs
from tests.log_analysis.incidents.conftest import EVENING, Anomalies, count_records, group, grouped
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

pytestmark = pytest.mark.django_db


def page(client: Client, path: str, **headers: str) -> str:
    answer = client.get(f"/logs/{path}", headers={"Accept-Language": "en", **headers})
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_desk_leads_to_dropping_a_file(alice_browser: Client) -> None:
    shown = page(alice_browser, "")

    assert "No incidents yet" in shown
    assert 'class="filters"' not in shown
    chinese = page(alice_browser, "", **{"Accept-Language": "zh-CN"})
    assert "还没有事件" in chinese
    assert "No incidents" not in chinese


def test_open_incidents_are_ranked_with_their_weight(
    alice_browser: Client, alice_actor: Actor, incident: Incident, anomaly: Anomalies
) -> None:
    anomaly("cache cold", at=90, service="search", surprise=2)
    group(alice_actor)

    shown = page(alice_browser, "")

    assert shown.index("connection pool exhausted") < shown.index("cache cold")
    assert 'width="1000"' in shown
    rows = page(alice_browser, "", **{"HX-Request": "true"})
    assert rows.lstrip().startswith('<div id="incident-rows"')


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("", True),
        ("?service=gateway", True),
        ("?service=search", False),
        ("?search=POOL", True),
        ("?search=moon", False),
        ("?status=resolved", False),
        ("?status=any", True),
        ("?severity=4", False),
        ("?severity=x&status=y&page=z", True),
    ],
)
def test_the_list_is_filtered(
    alice_browser: Client,
    alice_actor: Actor,
    incident: Incident,
    anomaly: Anomalies,
    query: str,
    is_found: bool,
) -> None:
    anomaly("cache cold", at=90, service="search", surprise=2)
    group(alice_actor)
    Incident.objects.filter(services=["search"]).update(status="dismissed")

    assert ("connection pool exhausted" in page(alice_browser, query)) is is_found


def test_when_all_is_over_the_list_says_so(alice_browser: Client, incident: Incident) -> None:
    Incident.objects.update(status="resolved")

    assert "No open incidents" in page(alice_browser, "")


def test_the_cause_leads_to_the_records_that_it_cites(alice_browser: Client, incident: Incident) -> None:
    shown = page(alice_browser, f"incidents/{incident.pk}/")

    assert "checkout 2.4.1 happened 3 minutes before the first sign" in shown
    assert 'href="#record-1">[1]</a>' in shown
    assert 'id="record-1"' in shown
    assert "shop.log:1</a>" in shown
    assert "by rules" in shown


def test_the_picture_shows_services_changes_and_the_first_record(
    alice_browser: Client, incident: Incident
) -> None:
    shown = page(alice_browser, f"incidents/{incident.pk}/")

    assert shown.count('<rect class="fill-bad"') == 2
    assert shown.count('class="log-change"') == 1
    assert shown.count('class="log-first"') == 1
    assert "2 anomalies in checkout, gateway" in shown


def test_records_before_while_and_after_are_counted(alice_browser: Client, incident: Incident) -> None:
    shown = page(alice_browser, f"incidents/{incident.pk}/")

    counts = shown[shown.index("All records") :].split("cell-number", 4)
    assert [text.split(">")[1].split("<")[0] for text in counts[1:4]] == ["50", "42", "0"]


def test_text_of_records_is_shown_as_text(
    alice_browser: Client, alice_actor: Actor, anomaly: Anomalies
) -> None:
    anomaly("<script>alert(1)</script> failed")

    assert "<script>alert" not in page(alice_browser, f"incidents/{grouped(alice_actor).pk}/")


def test_an_incident_is_taken_resolved_and_remembered_for_the_next(
    alice_browser: Client, alice_actor: Actor, incident: Incident, anomaly: Anomalies
) -> None:
    assert alice_actor.member
    values = {
        "status": "resolved",
        "severity": 3,
        "owner": alice_actor.member.pk,
        "solution": "Took 2.4.1 back.",
    }
    assert alice_browser.post(f"/logs/incidents/{incident.pk}/", values).status_code == 302
    anomaly("connection pool exhausted after 30 s", at=150)
    group(alice_actor)
    again = Incident.objects.open().get()

    shown = page(alice_browser, f"incidents/{again.pk}/")

    assert "Took 2.4.1 back." in shown
    assert again.started_at - incident.started_at == timedelta(minutes=150)


def test_a_wrong_form_comes_back_with_the_reason(alice_browser: Client, incident: Incident) -> None:
    answer = alice_browser.post(f"/logs/incidents/{incident.pk}/", {"status": "over", "severity": 3})

    assert answer.status_code == 200
    assert "Choose one of the list" in answer.content.decode()


def test_notes_are_shown(alice_browser: Client, incident: Incident) -> None:
    alice_browser.post(f"/logs/incidents/{incident.pk}/notes/", {"text": "The pool is 20 <b>"})
    alice_browser.post(f"/logs/incidents/{incident.pk}/notes/", {"text": " "})

    shown = page(alice_browser, f"incidents/{incident.pk}/")
    assert "The pool is 20 &lt;b&gt;" in shown
    assert incident.notes.count() == 1


def test_the_model_is_asked_and_watched(
    alice_browser: Client, alice_actor: Actor, incident: Incident, scripted_engine: ScriptedEngine
) -> None:
    endpoint_of(scripted_engine, alice_actor, Purpose.EXTRACTION)
    assert "Find the cause with the model" in page(alice_browser, f"incidents/{incident.pk}/")

    alice_browser.post(f"/logs/incidents/{incident.pk}/explain/")

    watched = page(alice_browser, f"incidents/{incident.pk}/cause/")
    assert follows_jobs(watched)
    assert "Find the cause with the model" not in watched


def test_not_an_anomaly_leads_back_to_what_is_left(alice_browser: Client, incident: Incident) -> None:
    first, last = incident.anomalies.order_by("started_at")

    answer = alice_browser.post(f"/logs/anomalies/{first.pk}/suppress/", {"reason": "always"})
    assert answer["Location"] == f"/logs/incidents/{incident.pk}/"
    assert alice_browser.post(f"/logs/anomalies/{last.pk}/suppress/")["Location"] == "/logs/"


def test_the_draft_of_a_post_mortem_is_markdown_without_strangers_marks(
    alice_browser: Client, alice_actor: Actor, incident: Incident, anomaly: Anomalies
) -> None:
    services.add_note(alice_actor, incident, text="**Fine** now")

    answer = alice_browser.get(f"/logs/incidents/{incident.pk}/post-mortem.md")
    text = answer.content.decode()

    assert answer["Content-Disposition"] == 'attachment; filename="incident-2026-05-05-0200.md"'
    assert "## Timeline" in text
    assert "deploy: checkout 2.4.1" in text
    assert "    [1] shop.log:1 2026-05-05 02:00:00 connection pool exhausted after 30 s" in text
    assert "\\*\\*Fine\\*\\* now" in text


def test_the_draft_is_printed(alice_browser: Client, alice_actor: Actor, anomaly: Anomalies) -> None:
    anomaly("连接池耗尽 #set page(width: 1pt) [[ " + "x" * 300)

    answer = alice_browser.get(f"/logs/incidents/{grouped(alice_actor).pk}/post-mortem.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_who_may_not_see_logs_sees_and_changes_nothing(charlie: User, incident: Incident) -> None:
    viewer = browser_of(charlie)
    anomaly = incident.anomalies.first()
    assert anomaly

    for path in (
        f"incidents/{incident.pk}/",
        f"incidents/{incident.pk}/notes/",
        f"incidents/{incident.pk}/explain/",
        f"anomalies/{anomaly.pk}/suppress/",
    ):
        assert viewer.post(f"/logs/{path}", {"status": "resolved", "severity": 1}).status_code == 403
    for path in ("", f"incidents/{incident.pk}/", f"incidents/{incident.pk}/post-mortem.md"):
        assert viewer.get(f"/logs/{path}").status_code == 403
    assert Incident.objects.get().status == "open"


def test_another_house_finds_nothing(bob_browser: Client, incident: Incident) -> None:
    anomaly = incident.anomalies.first()
    assert anomaly

    assert "connection pool" not in page(bob_browser, "")
    for path in ("", "cause/", "post-mortem.md"):
        assert bob_browser.get(f"/logs/incidents/{incident.pk}/{path}").status_code == 404
    for path in (f"incidents/{incident.pk}/notes/", f"incidents/{incident.pk}/explain/"):
        assert bob_browser.post(f"/logs/{path}", {"text": "x"}).status_code == 404
    assert bob_browser.post(f"/logs/anomalies/{anomaly.pk}/suppress/").status_code == 404


def test_times_of_an_incident_of_hours_fit_into_the_picture(
    alice_browser: Client, alice_actor: Actor, anomaly: Anomalies
) -> None:
    anomaly("slow", at=-60, ended_at=EVENING + timedelta(hours=2))

    assert 'class="svg-chart chart-lanes"' in page(alice_browser, f"incidents/{grouped(alice_actor).pk}/")


def test_the_picture_begins_with_the_first_odd_record(alice_actor: Actor, incident: Incident) -> None:
    """One that stands before the incident is no mark at its edge."""
    anomalies, changes = list(selectors.anomalies(incident)), list(selectors.changes_around(incident))

    svg = str(timeline(incident, anomalies, changes, EVENING - timedelta(minutes=20)).drawing)

    first, change, bar = (
        float(re.findall(pattern, svg)[0])
        for pattern in (
            r'class="log-first" d="M([\d.]+)',
            r'class="log-change" d="M([\d.]+)',
            r'<rect [^>]*?x="([\d.]+)',
        )
    )
    assert 0 < first < change < bar


def test_lines_that_call_themselves_errors_are_counted_as_such_where_no_level_is_written(
    alice_actor: Actor, anomaly: Anomalies
) -> None:
    failed = anomaly("error: no more authentication methods", at=0)
    quiet = anomaly("session opened", at=1, detector=Detector.RATE)
    for minute in (0, 1):
        count_records(failed, minute, 4, Level.NONE)
        count_records(quiet, minute, 50, Level.INFO)

    _all, errors, *_templates = selectors.before_and_after(grouped(alice_actor), [failed, quiet])

    assert (errors.label, errors.before, errors.during) == ("Errors and above", 0, 8)


def test_errors_are_told_by_words_where_another_detector_found_the_lines(
    alice_actor: Actor, anomaly: Anomalies
) -> None:
    found = anomaly("fatal: write failed, connection reset by peer", at=0, detector=Detector.RATE)
    count_records(found, 0, 3, Level.NONE)

    _all, errors, *_templates = selectors.before_and_after(grouped(alice_actor), [found])

    assert errors.during == 3

"""Change markers, by people and by deploys, and how much log analysis tells."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.alerts import alerts
from apps.audit.models import AuditEntry
from apps.log_analysis.detection import selectors
from apps.log_analysis.incidents.models import ChangeMarker, Incident
from apps.log_analysis.sources.models import LogSource
from tests.conftest import ApiClient, api_client

pytestmark = pytest.mark.django_db
CHANGES = "/api/v1/logs/changes/"


def test_a_deploy_tells_of_itself_with_a_key_that_may_only_send(alice_actor: Actor) -> None:
    key = api_client(alice_actor, "logs.write")

    answer: Any = key.post_json(CHANGES, {"name": "checkout 2.4.1", "service": "checkout"})

    assert answer.status_code == 201
    made = ChangeMarker.objects.get()
    assert (made.kind, made.name) == ("deploy", "checkout 2.4.1")
    assert abs(made.happened_at - timezone.now()) < timedelta(minutes=1)
    assert key.get(CHANGES).status_code == 403
    assert AuditEntry.objects.filter(action="change_marker.created").exists()


def test_the_question_before_deleting_a_source_counts_its_records(
    alice_browser: Client, alice_actor: Actor
) -> None:
    source = LogSource.objects.create(organisation=alice_actor.organisation, name="web", records_count=91_744)
    page = alice_browser.get(f"/logs/sources/{source.pk}/", headers={"Accept-Language": "en"}).text

    assert "Delete this source? 91,744 records go with it, and its files, incidents and findings." in page


def test_a_change_says_when_and_of_what_it_was(
    alice_api: ApiClient, alice_actor: Actor, bob_api: ApiClient
) -> None:
    source = LogSource.objects.create(organisation=alice_actor.organisation, name="web")
    body = {"name": "x", "happened_at": "2026-11-27T07:00:00+08:00", "source": str(source.pk)}

    made: Any = alice_api.post_json(CHANGES, body)
    foreign: Any = bob_api.post_json(CHANGES, body)

    assert ChangeMarker.objects.get(pk=made.json()["id"]).happened_at == datetime(
        2026, 11, 26, 23, 0, tzinfo=UTC
    )
    assert foreign.status_code in (400, 404)
    assert bob_api.get(CHANGES).json()["results"] == []


def test_the_link_of_a_change_is_a_web_address(alice_api: ApiClient) -> None:
    answer: Any = alice_api.post_json(CHANGES, {"name": "x", "link": "javascript:alert(1)"})

    assert answer.status_code == 400


def test_people_write_changes_down(alice_browser: Client) -> None:
    assert "No changes yet" in alice_browser.get("/logs/changes/").content.decode()
    form = {"name": "nginx.conf", "kind": "configuration", "happened_at": "2026-11-27T07:00"}

    assert alice_browser.post("/logs/changes/new/", form).status_code == 302

    page = alice_browser.get("/logs/changes/").content.decode()
    assert "nginx.conf" in page


def test_how_much_is_told_is_set_by_the_page_and_by_the_api(
    alice_browser: Client, alice_api: ApiClient, alice_actor: Actor
) -> None:
    assert alice_browser.get("/logs/settings/").status_code == 200
    form = {"false_alarms_per_day": "0.5", "max_incidents_per_day": "3"}
    assert alice_browser.post("/logs/settings/", form).status_code == 302

    path = "/api/v1/logs/settings/"
    assert alice_api.get(path).json() == {"false_alarms_per_day": 0.5, "max_incidents_per_day": 3}
    wrong = alice_api.patch(path, {"max_incidents_per_day": 0}, content_type="application/json")
    changed = alice_api.patch(path, {"max_incidents_per_day": 5}, content_type="application/json")

    assert (wrong.status_code, changed.status_code) == (400, 200)
    own = selectors.settings_of(alice_actor.organisation.pk)
    assert (own.false_alarms_per_day, own.max_incidents_per_day) == (0.5, 5)


def test_the_page_of_settings_says_which_share_of_sessions_no_limit_can_hold(alice_browser: Client) -> None:
    page = alice_browser.get("/logs/settings/").content.decode()
    assert "after 100 sessions of a source a share below 3.0% of them cannot be promised" in page
    assert "after 2,000, the most that are compared, none below 0.15%" in page
    assert "One in a hundred takes 299 sessions" in page


def test_the_start_page_tells_of_grave_incidents_that_nobody_took(alice_actor: Actor) -> None:
    now = timezone.now()
    for severity, owner in ((3, None), (4, alice_actor.member), (2, None)):
        Incident.objects.create(
            organisation=alice_actor.organisation,
            title="x",
            severity=severity,
            owner=owner,
            started_at=now,
            ended_at=now,
        )

    assert "1 high or critical incident is unassigned" in [str(alert.text) for alert in alerts(alice_actor)]

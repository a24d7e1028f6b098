"""Incidents and anomalies through the REST API."""

from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.inference.models import Purpose
from apps.log_analysis.incidents import services
from apps.log_analysis.incidents.models import Incident
from tests.conftest import ApiClient, api_client
from tests.log_analysis.incidents.conftest import Anomalies, group
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/logs/"


def changed(api: ApiClient, incident: Incident, **body: object) -> Any:
    return api.patch(f"{ROOT}incidents/{incident.pk}/", body, content_type="application/json")


def test_incidents_are_listed_the_worst_first_and_filtered(
    alice_api: ApiClient, alice_actor: Actor, incident: Incident, anomaly: Anomalies
) -> None:
    anomaly("cache cold", at=90, service="search", surprise=2)
    group(alice_actor)

    rows = alice_api.get(f"{ROOT}incidents/").json()["results"]

    assert [each["services"] for each in rows] == [["checkout", "gateway"], ["search"]]
    assert rows[0]["citations"][0]["number"] == 1
    (one,) = alice_api.get(f"{ROOT}incidents/?service=search").json()["results"]
    assert one["services"] == ["search"]
    assert alice_api.get(f"{ROOT}incidents/?status=resolved").json()["results"] == []
    assert len(alice_api.get(f"{ROOT}incidents/?page_size=1").json()["results"]) == 1


def test_an_incident_is_taken_and_resolved(
    alice_api: ApiClient, alice_actor: Actor, incident: Incident
) -> None:
    assert alice_actor.member
    taken = changed(alice_api, incident, status="investigating", owner=str(alice_actor.member.pk))
    assert (taken.json()["status"], taken.json()["owner"]) == ("investigating", str(alice_actor.member.pk))

    solved = changed(alice_api, incident, status="resolved", solution="Took the deploy back.").json()

    assert (solved["solution"], solved["owner"]) == ("Took the deploy back.", str(alice_actor.member.pk))
    assert solved["resolved_at"]


def test_what_two_decide_at_once_both_counts(
    alice_api: ApiClient, alice_actor: Actor, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice_actor.member
    change = services.change_incident

    def change_after_another(actor: Actor, row: Incident, **decisions: Any) -> Incident:
        Incident.objects.filter(pk=row.pk).update(status="investigating", severity=4)
        return change(actor, row, **decisions)

    monkeypatch.setattr(services, "change_incident", change_after_another)
    taken = changed(alice_api, incident, owner=str(alice_actor.member.pk)).json()

    assert (taken["status"], taken["severity"]) == ("investigating", 4)
    assert taken["owner"] == str(alice_actor.member.pk)


def test_an_incident_whose_owner_left_is_resolved(
    alice_api: ApiClient, alice_actor: Actor, incident: Incident
) -> None:
    user = User.objects.create_user("dora@tea.example", name="Dora")
    owner = Membership.objects.create(organisation=alice_actor.organisation, user=user, is_active=False)
    Incident.objects.update(owner=owner)

    answer = changed(alice_api, incident, status="resolved")

    assert (answer.status_code, answer.json()["owner"]) == (200, str(owner.pk))


def test_nobody_of_another_house_owns_it(alice_api: ApiClient, bob_actor: Actor, incident: Incident) -> None:
    stranger = Membership.objects.within(bob_actor.organisation).get()

    assert changed(alice_api, incident, owner=str(stranger.pk)).status_code == 404
    assert changed(alice_api, incident, status="over").status_code == 400


def test_notes_are_written_and_read(alice_api: ApiClient, incident: Incident) -> None:
    path = f"{ROOT}incidents/{incident.pk}/notes/"
    assert alice_api.post_json(path, {"text": "The pool is 20."}).status_code == 201

    assert [each["text"] for each in alice_api.get(path).json()] == ["The pool is 20."]
    assert alice_api.post_json(path, {"text": ""}).status_code == 400


def test_a_model_is_asked_for_the_cause(
    alice_api: ApiClient, alice_actor: Actor, incident: Incident, scripted_engine: ScriptedEngine
) -> None:
    endpoint_of(scripted_engine, alice_actor, Purpose.EXTRACTION)

    asked = alice_api.post_json(f"{ROOT}incidents/{incident.pk}/explain/")

    assert asked.status_code == 202
    assert asked.json()["explanation"] == "queued"
    assert asked.json()["events"] == f"/api/v1/jobs/{asked.json()['job']}/events/"


def test_an_anomaly_is_said_to_be_none(alice_api: ApiClient, incident: Incident) -> None:
    rows = alice_api.get(f"{ROOT}anomalies/?incident={incident.pk}").json()["results"]
    assert {each["service"] for each in rows} == {"checkout", "gateway"}

    for each in rows:
        path = f"{ROOT}anomalies/{each['id']}/suppress/"
        assert alice_api.post_json(path, {"reason": "always so"}).status_code == 204

    assert not Incident.objects.exists()


def test_a_key_that_only_looks_changes_nothing(alice_actor: Actor, incident: Incident) -> None:
    viewer = api_client(alice_actor, "logs.view")
    anomaly = incident.anomalies.first()
    assert anomaly

    assert viewer.get(f"{ROOT}incidents/{incident.pk}/").status_code == 200
    assert changed(viewer, incident, status="resolved").status_code == 403
    for path in (f"incidents/{incident.pk}/notes/", f"incidents/{incident.pk}/explain/"):
        assert viewer.post_json(f"{ROOT}{path}", {"text": "x"}).status_code == 403
    assert viewer.post_json(f"{ROOT}anomalies/{anomaly.pk}/suppress/").status_code == 403
    assert api_client(alice_actor, "knowledge.view").get(f"{ROOT}incidents/").status_code == 403


def test_another_house_finds_nothing(bob_api: ApiClient, incident: Incident) -> None:
    anomaly = incident.anomalies.first()
    assert anomaly

    assert bob_api.get(f"{ROOT}incidents/").json()["results"] == []
    assert bob_api.get(f"{ROOT}incidents/{incident.pk}/").status_code == 404
    assert bob_api.get(f"{ROOT}incidents/{incident.pk}/notes/").status_code == 404
    assert changed(bob_api, incident, status="resolved").status_code == 404
    assert bob_api.post_json(f"{ROOT}anomalies/{anomaly.pk}/suppress/").status_code == 404

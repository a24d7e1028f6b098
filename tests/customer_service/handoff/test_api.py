"""Handoffs, agents and the desk's settings through the REST API."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.staff.models import Agent, DeskSettings
from tests.conftest import ApiClient, api_client
from tests.customer_service.conftest import Desk

HANDOFFS = "/api/v1/handoffs/"
AGENTS = "/api/v1/agents/"
SETTINGS = "/api/v1/desk-settings/"


def hand_off(api: ApiClient, desk: Desk, **body: object) -> dict[str, object]:
    conversation = desk.open("Where is my parcel?").conversation
    return api.post_json(f"/api/v1/conversations/{conversation.pk}/hand-off/", body).json()  # type: ignore[no-any-return]


def change(api: ApiClient, path: str, body: object) -> tuple[int, dict[str, object]]:
    answer = api.patch(path, body, content_type="application/json")
    return answer.status_code, answer.json()


def test_handing_over_answers_the_handoff_with_its_pack(alice_api: ApiClient, desk: Desk) -> None:
    body = hand_off(alice_api, desk, reason="keyword", detail="wholesale", is_urgent=True)

    assert (body["reason"], body["detail"], body["is_urgent"]) == ("keyword", "wholesale", True)
    assert body["state"] == "waiting"
    assert "Where is my parcel?" in str(body["pack"])


def test_handoffs_are_listed_by_state_reason_and_lateness(alice_api: ApiClient, desk: Desk) -> None:
    late, other = hand_off(alice_api, desk), hand_off(alice_api, desk, reason="asked")
    Handoff.objects.filter(pk=late["id"]).update(due_at=timezone.now() - timedelta(minutes=1))  # type: ignore[misc]

    def ids(query: str) -> list[object]:
        return [row["id"] for row in alice_api.get(f"{HANDOFFS}?{query}").json()["results"]]

    assert ids("is_overdue=true") == [late["id"]]
    assert ids("is_overdue=false") == [other["id"]]
    assert ids("reason=asked") == [other["id"]]
    assert ids("state=ended") == []
    assert set(ids("state=waiting&state=accepted")) == {late["id"], other["id"]}
    assert alice_api.get(f"{HANDOFFS}{late['id']}/").json()["is_overdue"] is True


def test_a_conversation_is_assigned_and_released(alice_api: ApiClient, desk: Desk, dora: Membership) -> None:
    url = f"/api/v1/conversations/{hand_off(alice_api, desk)['conversation']}/assign/"

    assigned = alice_api.post_json(url, {"member": str(dora.pk)}).json()
    released = alice_api.post_json(url, {"member": None}).json()

    assert (assigned["answered_by"], assigned["assigned_to"]) == ("queue", str(dora.pk))
    assert released["assigned_to"] is None


def test_whoever_cannot_reply_is_refused_by_field(alice_api: ApiClient, desk: Desk, bob_actor: Actor) -> None:
    url = f"/api/v1/conversations/{hand_off(alice_api, desk)['conversation']}/assign/"

    for member in (bob_actor.member, None):
        answer = alice_api.post_json(url, {"member": str(member.pk if member else uuid4())})
        assert answer.status_code == 400
        assert "member" in answer.json()["error"]["fields"]


def test_agents_are_read_and_changed(alice_api: ApiClient, desk: Desk, dora: Membership) -> None:
    rows = {row["name"]: row for row in alice_api.get(AGENTS).json()}
    assert rows["Dora"]["is_available"] is True
    assert rows["Alice"]["is_available"] is False

    status, body = change(alice_api, f"{AGENTS}{dora.pk}/", {"skills": ["returns"]})

    assert (status, body["skills"], body["is_available"], body["capacity"]) == (200, ["returns"], True, 2)
    assert Agent.objects.get(member=dora).skills == ["returns"]


@pytest.mark.parametrize(
    "body", [{"capacity": 0}, {"capacity": 1000}, {"skills": "returns"}, {"skills": ["x" * 41]}]
)
def test_an_agent_that_cannot_be_is_refused(alice_api: ApiClient, dora: Membership, body: object) -> None:
    assert change(alice_api, f"{AGENTS}{dora.pk}/", body)[0] == 400


def test_the_defaults_are_the_settings_of_a_desk_that_chose_nothing(alice_api: ApiClient) -> None:
    body = alice_api.get(SETTINGS).json()

    assert body["hours"]["monday"] == [["09:00", "18:00"]]
    assert not DeskSettings.objects.exists()


def test_settings_change_one_by_one(alice_api: ApiClient) -> None:
    status, body = change(
        alice_api, SETTINGS, {"hours": {"sunday": [["8:00", "12:00"]]}, "handoff_keywords": ["a"]}
    )
    change(alice_api, SETTINGS, {"reply_minutes": 5})

    assert (status, body["hours"]) == (200, {"sunday": [["08:00", "12:00"]]})
    chosen = DeskSettings.objects.get()
    assert (chosen.reply_minutes, chosen.handoff_keywords) == (5, ["a"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"hours": {"monday": [["18:00", "09:00"]]}}, "monday"),
        ({"hours": {"montag": []}}, "hours"),
        ({"hours": "always"}, "hours"),
        ({"holidays": ["1 May"]}, "holidays"),
        ({"time_zone": "Nowhere"}, "time_zone"),
        ({"reply_minutes": 0}, "reply_minutes"),
        ({"assignment": "dice"}, "assignment"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_field(alice_api: ApiClient, body: object, field: str) -> None:
    status, answer = change(alice_api, SETTINGS, body)

    assert status == 400
    assert field in answer["error"]["fields"]  # type: ignore[index]


def test_reading_is_not_changing(alice_actor: Actor, desk: Desk, dora: Membership) -> None:
    reader = api_client(alice_actor, "conversations.view")
    conversation = desk.open("Hello").conversation

    assert reader.get(SETTINGS).status_code == 200
    assert change(reader, SETTINGS, {"reply_minutes": 5})[0] == 403
    assert change(reader, f"{AGENTS}{dora.pk}/", {"capacity": 3})[0] == 403
    assert reader.post_json(f"/api/v1/conversations/{conversation.pk}/hand-off/").status_code == 403


def test_a_stranger_sees_and_changes_nothing(
    alice_api: ApiClient, bob_api: ApiClient, desk: Desk, dora: Membership
) -> None:
    made = hand_off(alice_api, desk)

    assert bob_api.get(f"{HANDOFFS}{made['id']}/").status_code == 404
    assert bob_api.get(HANDOFFS).json()["results"] == []
    assert change(bob_api, f"{AGENTS}{dora.pk}/", {"capacity": 3})[0] == 404
    for action in ("hand-off", "assign"):
        url = f"/api/v1/conversations/{made['conversation']}/{action}/"
        assert bob_api.post_json(url, {"member": None}).status_code == 404
    assert Conversation.objects.get(pk=made["conversation"]).answered_by == "queue"  # type: ignore[misc]

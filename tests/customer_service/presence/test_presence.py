"""Colleagues see of each other who looks at a conversation and who writes."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation
from apps.core import redis_client
from apps.customer_service.conversations import activity
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.presence import services as presence
from tests.customer_service.conftest import Desk


@pytest.fixture
def conversation(desk: Desk) -> Conversation:
    return desk.open("Hello").conversation


def say(browser: Client, conversation: Conversation, state: str, **fields: object) -> list[dict[str, object]]:
    answer = browser.post(f"/conversations/{conversation.pk}/presence/", {"state": state, **fields})
    assert answer.status_code == 200
    people: list[dict[str, object]] = answer.json()["people"]
    return people


def told(organisation: Organisation) -> list[list[str]]:
    """Who was there after each presence event."""
    entries = redis_client.synchronous().xrange(activity.FEED.key(organisation.pk))
    bodies = [json.loads(fields[b"d"]) for _, fields in entries if fields[b"t"] == b"presence"]
    return [[person["name"] for person in body["people"]] for body in bodies]


def test_a_colleague_is_seen_looking_then_writing_then_gone(
    alice_browser: Client, dora_browser: Client, conversation: Conversation
) -> None:
    assert say(alice_browser, conversation, "looking") == []

    [alice] = say(dora_browser, conversation, "writing")
    [dora] = say(alice_browser, conversation, "looking")
    say(dora_browser, conversation, "left")

    assert (alice["name"], alice["is_writing"]) == ("Alice", False)
    assert (dora["name"], dora["is_writing"]) == ("Dora", True)
    assert say(alice_browser, conversation, "looking") == []


def test_only_changes_are_announced(
    alice_browser: Client, dora_browser: Client, conversation: Conversation, tea_house: Organisation
) -> None:
    for _ in range(3):
        say(alice_browser, conversation, "looking")
    say(dora_browser, conversation, "looking")
    say(dora_browser, conversation, "left")

    assert told(tea_house) == [["Alice"], ["Alice", "Dora"], ["Alice"]]


def test_who_is_not_heard_of_any_more_is_gone(
    alice_browser: Client,
    dora_browser: Client,
    conversation: Conversation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(presence, "THERE_SECONDS", -1)
    say(alice_browser, conversation, "looking")

    assert say(dora_browser, conversation, "looking") == []


def test_looking_takes_the_mark_of_the_unread_away(alice_browser: Client, conversation: Conversation) -> None:
    say(alice_browser, conversation, "looking", seen=99)

    conversation.refresh_from_db()
    assert conversation.read_through == conversation.message_count == 1


def test_one_round_trip_tells_of_many_conversations(
    desk: Desk, dora: Membership, dora_browser: Client
) -> None:
    busy, quiet = desk.open("Hello").conversation, desk.open("Hello").conversation
    say(dora_browser, busy, "writing")

    found = presence.people_in([busy.pk, quiet.pk], besides=desk.actor)

    assert [person.name for person in found[busy.pk]] == ["Dora"]
    assert found[quiet.pk] == []


def test_nobody_is_present_in_a_strangers_conversation(
    bob_browser: Client, bob_actor: Actor, conversation: Conversation
) -> None:
    assert bob_browser.post(f"/conversations/{conversation.pk}/presence/").status_code == 404
    assert bob_browser.post(f"/conversations/{uuid4()}/presence/").status_code == 404

"""Notes, tags, canned replies, contacts and the inbox's filters through the REST API."""

from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.customer_service.contacts import services as contacts
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.inbox.models import CannedReply, Note, Tag
from tests.conftest import ApiClient, api_client
from tests.customer_service.conftest import Desk

CONVERSATIONS = "/api/v1/conversations/"


@pytest.fixture
def conversation(desk: Desk) -> Conversation:
    return desk.open("Where is my parcel?").conversation


def put_json(api: ApiClient, path: str, body: object) -> Any:
    return api.put(path, body, content_type="application/json")


def found(api: ApiClient, query: str) -> int:
    return len(api.get(f"{CONVERSATIONS}?{query}").json()["results"])


def test_notes_are_written_listed_and_deleted(alice_api: ApiClient, conversation: Conversation) -> None:
    url = f"{CONVERSATIONS}{conversation.pk}/notes/"

    made = alice_api.post_json(url, {"text": "Call back"}).json()
    assert (made["text"], made["after"], made["member_name"]) == ("Call back", 1, "Alice")
    assert [note["id"] for note in alice_api.get(url).json()["results"]] == [made["id"]]
    assert alice_api.delete(f"{url}{made['id']}/").status_code == 204
    assert alice_api.get(url).json()["results"] == []
    assert alice_api.post_json(url, {"text": " "}).status_code == 400


def test_a_key_deletes_the_notes_of_who_made_it_and_not_those_of_who_left(
    alice_actor: Actor, conversation: Conversation
) -> None:
    api = api_client(alice_actor, "conversations.view", "conversations.reply")
    url = f"{CONVERSATIONS}{conversation.pk}/notes/"
    own, left = (api.post_json(url, {"text": text}).json()["id"] for text in ("mine", "theirs"))
    Note.objects.filter(pk=left).update(member=None)

    assert api.delete(f"{url}{left}/").status_code == 403
    assert api.delete(f"{url}{own}/").status_code == 204


def test_tags_of_a_conversation(alice_api: ApiClient, conversation: Conversation) -> None:
    url = f"{CONVERSATIONS}{conversation.pk}/tags/"

    made = alice_api.post_json(url, {"name": "VIP"}).json()
    assert alice_api.get(url).json() == [made]
    assert alice_api.get(f"{CONVERSATIONS}{conversation.pk}/").json()["tags"] == ["VIP"]
    assert found(alice_api, "tag=VIP") == 1
    assert found(alice_api, "tag=other") == 0
    assert alice_api.delete(f"{url}{made['id']}/").status_code == 204
    assert alice_api.get(url).json() == []


def test_tags_are_tidied(alice_api: ApiClient, conversation: Conversation) -> None:
    names = {
        name: alice_api.post_json("/api/v1/tags/", {"name": name}).json()["id"] for name in ("a", "b", "c")
    }
    alice_api.post_json(f"{CONVERSATIONS}{conversation.pk}/tags/", {"name": "a"})

    merged = alice_api.post_json(f"/api/v1/tags/{names['a']}/merge/", {"into": names["b"]})
    renamed = put_json(alice_api, f"/api/v1/tags/{names['b']}/", {"name": "best"})
    taken = put_json(alice_api, f"/api/v1/tags/{names['b']}/", {"name": "C"})
    alice_api.delete(f"/api/v1/tags/{names['c']}/")

    assert (merged.status_code, renamed.status_code, taken.status_code) == (200, 200, 400)
    assert "name" in taken.json()["error"]["fields"]
    assert list(Tag.objects.values_list("name", flat=True)) == ["best"]
    assert [tag.name for tag in conversation.tags.all()] == ["best"]


def test_a_tag_cannot_be_merged_with_itself_or_a_strangers(
    alice_api: ApiClient, bob_api: ApiClient, conversation: Conversation
) -> None:
    own = alice_api.post_json("/api/v1/tags/", {"name": "own"}).json()["id"]
    foreign = bob_api.post_json("/api/v1/tags/", {"name": "foreign"}).json()["id"]

    assert alice_api.post_json(f"/api/v1/tags/{own}/merge/", {"into": own}).status_code == 400
    assert alice_api.post_json(f"/api/v1/tags/{own}/merge/", {"into": foreign}).status_code == 404


def test_canned_replies(alice_api: ApiClient, tea_house: object) -> None:
    body = {"shortcut": "thanks", "text": "Thank you!", "language": "en"}

    made = alice_api.post_json("/api/v1/canned-replies/", body).json()
    again = alice_api.post_json("/api/v1/canned-replies/", body)
    changed = put_json(alice_api, f"/api/v1/canned-replies/{made['id']}/", {**body, "text": "Thanks!"})

    assert again.json()["error"]["fields"].keys() == {"shortcut"}
    assert changed.json()["text"] == "Thanks!"
    assert alice_api.delete(f"/api/v1/canned-replies/{made['id']}/").status_code == 204
    assert not CannedReply.objects.exists()


def test_contacts_are_found_and_changed(
    alice_api: ApiClient, alice_actor: Actor, conversation: Conversation
) -> None:
    contacts.describe_visitor(alice_actor, conversation_id=conversation.pk, email="vera@example.org")

    [contact] = alice_api.get("/api/v1/contacts/?search=vera@").json()["results"]
    url = f"/api/v1/contacts/{contact['id']}/"
    changed = alice_api.patch(
        url, {"name": "Vera Li", "is_verified": True}, content_type="application/json"
    ).json()

    assert (changed["name"], changed["email"], changed["is_verified"]) == (
        "Vera Li",
        "vera@example.org",
        False,
    )
    assert alice_api.get("/api/v1/contacts/?visitor_id=somebody").json()["results"] == []
    assert found(alice_api, "search=vera@example.org") == 1


def test_conversations_are_filtered_as_in_the_inbox(
    alice_api: ApiClient, alice_actor: Actor, desk: Desk, conversation: Conversation
) -> None:
    desk.open("Hello")
    assert alice_actor.member
    url = f"{CONVERSATIONS}{conversation.pk}/assign/"
    assigned = alice_api.post_json(url, {"member": str(alice_actor.member.pk)}).json()
    Conversation.objects.filter(pk=conversation.pk).update(trend=-0.8)
    alice_api.post_json(f"{CONVERSATIONS}{conversation.pk}/take-over/")

    assert assigned["assigned_to"] == str(alice_actor.member.pk)
    for query in (
        f"assigned_to={alice_actor.member.pk}",
        "is_assigned=true",
        "is_assigned=false",
        "answered_by=person",
        "answered_by=bot",
        "sentiment=negative",
        "search=parcel",
        "language=en&search=hello",
    ):
        assert found(alice_api, query) == 1, query
    assert found(alice_api, "intent=refund") == 0
    assert found(alice_api, "answered_by=bot&answered_by=person") == 2


def test_a_stranger_reaches_none_of_it(
    bob_api: ApiClient, alice_api: ApiClient, conversation: Conversation
) -> None:
    for path in ("notes/", "tags/"):
        url = f"{CONVERSATIONS}{conversation.pk}/{path}"
        assert bob_api.get(url).status_code == 404
        assert bob_api.post_json(url, {"text": "x", "name": "x"}).status_code == 404

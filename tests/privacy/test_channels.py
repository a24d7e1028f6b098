"""A channel that goes takes nothing along that nobody counted."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db.models import RestrictedError
from django.test import Client

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict
from apps.customer_service.channels import services as channels
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.services import ChannelContents
from apps.customer_service.chat.tokens import token_for
from apps.customer_service.conversations.models import Conversation
from apps.privacy import retention_rules
from tests.conftest import ApiClient
from tests.privacy.planted import WORD, plant
from tests.privacy.search import files_with, keys_with, tables_with, uploads

pytestmark = pytest.mark.django_db
Captured = Callable[..., AbstractContextManager[Any]]


def test_deleting_by_the_api_archives_and_the_conversations_stay(
    alice_api: ApiClient, channel: Channel
) -> None:
    conversation = plant(channel)
    address = f"/api/v1/channels/{channel.pk}/"

    assert alice_api.delete(address).status_code == 204

    assert Conversation.objects.filter(pk=conversation.pk).exists()
    assert alice_api.get(address).json()["archived_at"]
    assert alice_api.get("/api/v1/channels/").json()["results"] == []
    assert len(alice_api.get("/api/v1/channels/?archived=true").json()["results"]) == 1
    assert AuditEntry.objects.get(action="channel.archived").target_id == str(channel.pk)


def test_nothing_in_the_code_deletes_a_channel_with_conversations(channel: Channel) -> None:
    plant(channel)

    with pytest.raises(RestrictedError):
        channel.delete()


def test_an_address_without_a_chat_sends_no_visitor_to_the_staff(client: Client) -> None:
    page = client.get("/c/nowhere/", headers={"Accept-Language": "en"})

    assert page.status_code == 404
    assert "There is no chat at this address." in page.text
    assert "Go to home" not in page.text


def test_the_address_of_an_archived_channel_says_politely_that_it_is_closed(
    client: Client, channel: Channel, alice_actor: Actor
) -> None:
    token = token_for(plant(channel))
    channels.archive_channel(alice_actor, channel)

    page = client.get(f"/c/{channel.slug}/")
    sent = {"channel": channel.slug, "message": "Hello"}
    started = client.post("/api/v1/visitor/conversations/", sent, content_type="application/json")
    own = client.get(
        f"/api/v1/visitor/conversations/{Conversation.objects.get().pk}/",
        headers={"Authorization": f"Visitor {token}"},
    )

    assert (page.status_code, started.status_code, own.status_code) == (410, 410, 410)
    assert "This chat is closed" in page.content.decode()
    assert started.json()["error"]["code"] == "channel_archived"


def test_an_archived_channel_is_restored_at_its_address(
    alice_api: ApiClient, client: Client, channel: Channel, alice_actor: Actor
) -> None:
    channels.archive_channel(alice_actor, channel)
    assert (
        alice_api.patch(
            f"/api/v1/channels/{channel.pk}/", {"is_enabled": True}, content_type="application/json"
        ).status_code
        == 404
    )

    assert alice_api.post(f"/api/v1/channels/{channel.pk}/restore/").json()["archived_at"] is None

    assert client.get(f"/c/{channel.slug}/").status_code == 200
    assert AuditEntry.objects.filter(action="channel.restored").exists()


def test_erasing_takes_a_confirmed_count_and_leaves_nothing(
    alice_api: ApiClient, channel: Channel, alice_actor: Actor, django_capture_on_commit_callbacks: Captured
) -> None:
    plant(channel)
    address = f"/api/v1/channels/{channel.pk}/erase/"
    assert alice_api.post_json(address, {"conversations": 1, "files": 1}).status_code == 409
    channels.archive_channel(alice_actor, channel)

    wrong = alice_api.post_json(address, {"conversations": 312, "files": 14})
    assert wrong.json()["error"]["details"] == {"conversations": 1, "files": 1}
    assert alice_api.post_json(address, {"conversations": 1, "files": 1}).status_code == 202
    with django_capture_on_commit_callbacks(execute=True):
        retention_rules.erase_outdated()

    assert not Channel.objects.exists()
    learnt = {"intentexample", "sentimentexample", "dismissedquestion", "savedanswerquestion", "savedanswer"}
    left = tables_with(WORD) - {f"customer_service_{name}" for name in learnt}
    # What is known of the visitor beyond this channel, and what was learnt, goes when the visitor is erased.
    assert left <= {"customer_service_contact", "customer_service_classifierversion"}
    assert not keys_with(WORD)
    assert not files_with(WORD, uploads())
    told = AuditEntry.objects.get(action="channel.erasure_requested")
    assert (told.actor_name, told.details["conversations"]) == ("test", 1)
    assert AuditEntry.objects.filter(action="channel.erased").exists()


def test_what_is_being_erased_cannot_be_restored(alice_actor: Actor, channel: Channel) -> None:
    channels.archive_channel(alice_actor, channel)
    channels.request_erasure(alice_actor, channel, contents=ChannelContents(0, 0))

    with pytest.raises(Conflict):
        channels.restore_channel(alice_actor, channel)


def test_the_pages_archive_restore_and_count(alice_browser: Client, channel: Channel) -> None:
    plant(channel)
    page = f"/conversations/channels/{channel.pk}/"
    assert "Archive the channel" in alice_browser.get(page).content.decode()

    alice_browser.post(f"{page}archive/")

    archived = alice_browser.get(page).content.decode()
    assert "Conversations: 1. Files: 1." in archived
    assert "Archived channels" in alice_browser.get("/conversations/channels/").content.decode()
    wrong = {"conversation_count": 2, "file_count": 1}
    assert "The counts differ" in alice_browser.post(f"{page}erase/", wrong, follow=True).text
    alice_browser.post(f"{page}erase/", {"conversation_count": 1, "file_count": 1})
    assert "being erased" in alice_browser.get(page).content.decode()


def test_a_rival_reaches_no_channel_of_another_house(bob_api: ApiClient, channel: Channel) -> None:
    for action in ("restore", "erase"):
        assert bob_api.post_json(f"/api/v1/channels/{channel.pk}/{action}/").status_code == 404

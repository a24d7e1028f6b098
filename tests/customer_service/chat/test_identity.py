"""Who a visitor is counts only with the shop's signature."""

import base64
import hashlib
import hmac
import json
import re
import time
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.audit.models import AuditEntry
from apps.customer_service.channels.models import Channel
from apps.customer_service.chat.identity import verified_identity
from apps.customer_service.conversations.models import Contact, Conversation
from tests.customer_service.visitor_fixtures import ROOT, VisitorBrowser


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def signed(channel: Channel, *, secret: str = "", **changes: Any) -> str:
    identity = {"visitor_id": "customer-7", "name": "Vera", "expires": int(time.time()) + 600} | changes
    payload = base64.urlsafe_b64encode(json.dumps(identity).encode()).decode().rstrip("=")
    key = (secret or channel.identity_secret).encode()
    return f"{payload}.{hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()}"


def test_what_the_page_says_of_signing_is_believed(alice_browser: Client, channel: Channel) -> None:
    page = alice_browser.get(f"/conversations/channels/{channel.pk}/").text
    shown = re.search(r'<pre class="mono" id="signing" hx-disable>(.*?)</pre>', page, re.DOTALL)
    assert shown
    names: dict[str, Any] = {"secret": channel.identity_secret}

    exec(unescape(shown[1]), globals(), names)

    assert verified_identity(channel, names["token"]).visitor_id == "4711"


def identify(channel: Channel, identity: str) -> Any:
    body = {"channel": channel.slug, "identity": identity}
    return Client().post(f"{ROOT}identity/", body, content_type="application/json")


def test_a_signed_visitor_becomes_a_verified_contact(channel: Channel) -> None:
    identity = signed(channel, email="vera@example.com", attributes={"plan": "gold", "orders": 3})

    vera = VisitorBrowser(channel, identity=identity)

    contact = Contact.objects.get()
    assert (contact.visitor_id, contact.name, contact.email) == ("customer-7", "Vera", "vera@example.com")
    assert (contact.attributes, contact.is_verified) == ({"plan": "gold", "orders": 3}, True)
    conversation = Conversation.objects.get(pk=vera.conversation)
    assert (conversation.visitor_id, conversation.visitor_name) == ("customer-7", "Vera")


def test_what_the_signature_leaves_out_stays_known(channel: Channel) -> None:
    vera = VisitorBrowser(channel, identity=signed(channel))
    vera.post("contact", {"name": "", "email": "vera@home.example"})

    identify(channel, signed(channel, name=""))

    assert (Contact.objects.get().name, Contact.objects.get().email) == ("Vera", "vera@home.example")


def test_the_same_person_goes_on_on_another_device(channel: Channel) -> None:
    vera = VisitorBrowser(channel, identity=signed(channel))

    known = identify(channel, signed(channel)).json()

    assert known["conversation"] == vera.conversation
    vera.token = known["token"]
    assert vera.get().status_code == 200


def test_what_is_resolved_is_not_taken_up_again(channel: Channel) -> None:
    vera = VisitorBrowser(channel, identity=signed(channel))
    vera.post("resolve")

    assert identify(channel, signed(channel)).json()["conversation"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "somebody else's"}, "identity_bad"),
        ({"expires": int(time.time()) - 1}, "identity_expired"),
        ({"expires": int(time.time()) + 90 * 24 * 3600}, "identity_expired"),
        ({"visitor_id": ""}, "identity_malformed"),
        ({"visitor_id": "x" * 65}, "identity_malformed"),
        ({"email": "no address"}, "identity_malformed"),
        ({"is_admin": True}, "identity_malformed"),
        ({"expires": "tomorrow"}, "identity_malformed"),
    ],
)
def test_a_bad_identity_opens_nothing(channel: Channel, changes: dict[str, Any], code: str) -> None:
    VisitorBrowser(channel, identity=signed(channel))
    bad = signed(channel, **changes)

    for answer in (identify(channel, bad), VisitorBrowser(channel, identity=bad).opened):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, code)
    assert Conversation.objects.count() == 1


def test_the_name_alone_opens_nothing_and_is_not_verified(channel: Channel) -> None:
    VisitorBrowser(channel, identity=signed(channel))

    VisitorBrowser(channel, visitor_name="Vera", email="vera@example.com")

    assert list(Contact.objects.order_by("is_verified").values_list("is_verified", flat=True)) == [
        False,
        True,
    ]
    assert Conversation.objects.exclude(visitor_id="customer-7").count() == 1


def test_a_signature_of_one_channel_is_none_for_another(channel: Channel, rival_channel: Channel) -> None:
    assert identify(rival_channel, signed(channel)).status_code == 403


def test_a_replaced_secret_no_longer_counts_and_the_trail_tells(
    channel: Channel, alice_browser: Client
) -> None:
    old = signed(channel)
    address = f"/conversations/channels/{channel.pk}/secret/"

    shown = alice_browser.post(address)
    assert channel.identity_secret in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    replaced = alice_browser.post(address, {"rotate": "1"})
    channel.refresh_from_db()

    assert channel.identity_secret in replaced.content.decode()
    assert (
        channel.identity_secret
        not in alice_browser.get(f"/conversations/channels/{channel.pk}/").content.decode()
    )
    assert identify(channel, old).status_code == 403
    assert identify(channel, signed(channel)).status_code == 200
    actions = AuditEntry.objects.filter(target_id=str(channel.pk)).order_by("sequence")
    assert list(actions.values_list("action", flat=True)) == [
        "channel.secret_shown",
        "channel.secret_rotated",
    ]

"""Channels by their pages and by the API."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.log_analysis.alerting import services
from apps.log_analysis.alerting.models import AlertChannel
from tests.conftest import ApiClient
from tests.log_analysis.alerting.conftest import MakeChannel, MakeIncident
from tests.loopback_server import LoopbackServer

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Night shift",
    "kind": "feishu",
    "address": "https://open.feishu.cn/open-apis/bot/v2/hook/abc",
    "signing_secret": "s3cret",
    "min_severity": "3",
    "escalate_minutes": "0",
    "time_zone": "Asia/Shanghai",
    "is_enabled": "on",
}


def test_a_channel_is_made_and_its_key_is_not_shown_again(alice_browser: Client) -> None:
    assert alice_browser.post("/logs/alerts/new/", FORM).status_code == 302
    made = AlertChannel.objects.get()

    page = alice_browser.get(f"/logs/alerts/{made.pk}/").content.decode()

    assert "hook/abc" not in page
    assert "s3cret" not in page
    assert alice_browser.get("/logs/alerts/").status_code == 200


def test_empty_fields_keep_the_address_and_the_secret(alice_browser: Client) -> None:
    alice_browser.post("/logs/alerts/new/", FORM)
    made = AlertChannel.objects.get()
    changes = {**FORM, "name": "Day shift", "address": "", "signing_secret": ""}

    assert alice_browser.post(f"/logs/alerts/{made.pk}/", changes).status_code == 302

    made.refresh_from_db()
    assert (made.name, made.address, made.signing_secret) == ("Day shift", FORM["address"], "s3cret")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "mail"}, "address"),
        ({"address": "ftp://x"}, "address"),
        ({"address": ""}, "address"),
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    change: dict[str, str], field: str, alice_browser: Client, settings: Any
) -> None:
    settings.PRIVATE_NETWORKS = ()

    page = alice_browser.post("/logs/alerts/new/", {**FORM, **change})

    assert page.status_code == 200
    assert field in page.context["form"].errors


def test_a_test_is_sent_from_the_page(
    channel: MakeChannel, receiver: LoopbackServer, alice_browser: Client
) -> None:
    row = channel("wecom")

    page = alice_browser.post(f"/logs/alerts/{row.pk}/test/", follow=True)

    assert "Test sent." in page.content.decode()
    assert len(receiver.requests) == 1
    assert AuditEntry.objects.filter(action="alert_channel.tested").exists()


def test_the_api_takes_keys_and_gives_none_back(alice_api: ApiClient, receiver: LoopbackServer) -> None:
    body = {"name": "ops", "kind": "webhook", "address": f"{receiver.url}/x", "signing_secret": "k"}

    made: Any = alice_api.post_json("/api/v1/logs/alert-channels/", body)

    assert made.status_code == 201
    assert not {"address", "signing_secret"} & made.json().keys()
    path = f"/api/v1/logs/alert-channels/{made.json()['id']}/"
    changed = alice_api.patch(path, {"min_severity": 4}, content_type="application/json")
    assert changed.json()["min_severity"] == 4
    assert alice_api.post(f"{path}test/").status_code == 204
    assert AlertChannel.objects.get().signing_secret == "k"


def test_what_was_told_is_listed(
    channel: MakeChannel, incident: MakeIncident, alice_api: ApiClient, alice_browser: Client
) -> None:
    row = channel()
    found = incident()
    services.tell_incidents()

    told = alice_api.get(f"/api/v1/logs/alert-channels/{row.pk}/alerts/").json()["results"]
    page = alice_browser.get(f"/logs/alerts/{row.pk}/").content.decode()

    assert [(each["incident"], each["state"]) for each in told] == [(str(found.pk), "sent")]
    assert f"/logs/incidents/{found.pk}/" in page


def test_a_stranger_tests_nothing(channel: MakeChannel, bob_actor: Actor, bob_browser: Client) -> None:
    assert bob_browser.post(f"/logs/alerts/{channel().pk}/test/").status_code == 404


def test_a_mail_channel_without_a_mail_server_is_not_on(
    alice_browser: Client, channel: MakeChannel, settings: Any
) -> None:
    made = channel("mail", address="ops@tea.example")
    assert "no mail server" not in alice_browser.get("/logs/alerts/").text
    settings.EMAIL_BACKEND = "apps.core.mail.LogBackend"

    assert "no mail server" in alice_browser.get("/logs/alerts/").text
    assert "Alerts by e-mail are not sent yet" in alice_browser.get(f"/logs/alerts/{made.pk}/").text
    webhook = channel("webhook")
    assert "are not sent yet" not in alice_browser.get(f"/logs/alerts/{webhook.pk}/").text

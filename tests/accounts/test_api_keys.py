from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.accounts import authentication, services
from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey, Membership, Organisation, User
from apps.accounts.permissions import KEY_PRESETS, PERMISSIONS
from apps.audit.models import AuditEntry
from tests.conftest import ApiClient, api_client

BODY = {"name": "shop", "scopes": ["jobs.view"]}


def test_a_new_key_shows_its_token_once(alice_api: ApiClient) -> None:
    made = alice_api.post_json("/api/v1/api-keys/", BODY).json()

    assert ApiClient(made["token"]).get("/api/v1/jobs/").status_code == 200
    assert made["token"] not in alice_api.get("/api/v1/api-keys/").content.decode()
    assert made["token"].rpartition("_")[2] not in str(ApiKey.objects.values())


def test_a_key_does_only_what_its_scopes_allow(alice_actor: Actor) -> None:
    narrow = api_client(alice_actor, "jobs.view")

    assert narrow.get("/api/v1/jobs/").status_code == 200
    assert narrow.get("/api/v1/members/").status_code == 403


def test_a_key_cannot_make_a_stronger_key(alice_actor: Actor) -> None:
    narrow = api_client(alice_actor, "keys.manage", "jobs.view")

    assert narrow.post_json("/api/v1/api-keys/", BODY).status_code == 201
    refused = narrow.post_json("/api/v1/api-keys/", {**BODY, "scopes": ["organisation.manage"]})
    assert refused.status_code == 403


def test_a_revoked_key_is_refused_at_once(alice_api: ApiClient, tea_house: Organisation) -> None:
    made = alice_api.post_json("/api/v1/api-keys/", BODY).json()

    assert alice_api.delete(f"/api/v1/api-keys/{made['id']}/").status_code == 204

    assert ApiClient(made["token"]).get("/api/v1/jobs/").status_code == 401
    assert AuditEntry.objects.within(tea_house).filter(action="api_key.revoked").count() == 1


@pytest.fixture
def doras(tea_house: Organisation) -> Membership:
    user = User.objects.create_user("dora@tea.example", name="Dora")
    return Membership.objects.create(organisation=tea_house, user=user, role="admin")


def test_a_key_ends_with_its_maker_and_comes_back_with_them(alice_actor: Actor, doras: Membership) -> None:
    key = api_client(Actor.from_member(doras), "jobs.view")
    assert key.get("/api/v1/jobs/").status_code == 200

    services.deactivate_member(alice_actor, doras)
    assert key.get("/api/v1/jobs/").status_code == 401

    services.reactivate_member(alice_actor, doras)
    assert key.get("/api/v1/jobs/").status_code == 200

    doras.delete()
    assert key.get("/api/v1/jobs/").status_code == 401


def test_a_key_of_a_person_shut_out_of_the_installation_is_refused(doras: Membership) -> None:
    key = api_client(Actor.from_member(doras), "jobs.view")

    User.objects.filter(pk=doras.user_id).update(is_active=False)

    assert key.get("/api/v1/jobs/").status_code == 401


def test_a_key_does_no_more_than_its_maker_may_today(alice_actor: Actor, doras: Membership) -> None:
    key = api_client(Actor.from_member(doras), "jobs.view", "organisation.manage")
    assert key.get("/api/v1/members/").status_code == 200

    services.change_role(alice_actor, doras, role="viewer")

    assert key.get("/api/v1/members/").status_code == 403
    assert key.get("/api/v1/me/").json()["permissions"] == ["jobs.view"]


def test_a_key_that_a_key_made_ends_with_the_person_behind_both(
    alice_actor: Actor, doras: Membership
) -> None:
    first = api_client(Actor.from_member(doras), "keys.manage", "jobs.view")
    second = ApiClient(first.post_json("/api/v1/api-keys/", BODY).json()["token"])

    services.deactivate_member(alice_actor, doras)

    assert second.get("/api/v1/jobs/").status_code == 401


def test_the_list_says_which_keys_have_no_effect(
    alice_actor: Actor, alice_browser: Client, doras: Membership
) -> None:
    services.create_api_key(Actor.from_member(doras), name="hers", scopes=["jobs.view"])
    assert "inactive" not in alice_browser.get("/api-keys/").text

    services.deactivate_member(alice_actor, doras)

    assert "inactive" in alice_browser.get("/api-keys/").text


def test_an_expired_key_is_refused(alice_actor: Actor) -> None:
    until = timezone.now() + timedelta(hours=1)
    new = services.create_api_key(alice_actor, name="short", scopes=["jobs.view"], expires_at=until)

    with time_machine.travel(until + timedelta(seconds=1)):
        assert ApiClient(new.token).get("/api/v1/jobs/").status_code == 401


def test_a_key_works_only_from_its_addresses(alice_actor: Actor) -> None:
    new = services.create_api_key(
        alice_actor, name="office", scopes=["jobs.view"], allowed_addresses=["203.0.113.0/24"]
    )

    assert ApiClient(new.token).get("/api/v1/jobs/", REMOTE_ADDR="203.0.113.9").status_code == 200
    assert ApiClient(new.token).get("/api/v1/jobs/", REMOTE_ADDR="198.51.100.9").status_code == 403


@pytest.mark.parametrize("hop", ["203.0.113.9:51000", "::ffff:203.0.113.9", "[::ffff:203.0.113.9]:51000"])
def test_an_address_counts_however_a_proxy_writes_it(alice_actor: Actor, settings: Any, hop: str) -> None:
    settings.TRUSTED_PROXIES = 1
    new = services.create_api_key(
        alice_actor, name="office", scopes=["jobs.view"], allowed_addresses=["203.0.113.0/24"]
    )

    answer = ApiClient(new.token).get("/api/v1/jobs/", headers={"X-Forwarded-For": f"1.2.3.4, {hop}"})

    assert answer.status_code == 200


def test_an_untrusted_forwarding_header_does_not_change_the_address(alice_actor: Actor) -> None:
    new = services.create_api_key(
        alice_actor, name="office", scopes=["jobs.view"], allowed_addresses=["203.0.113.0/24"]
    )

    answer = ApiClient(new.token).get("/api/v1/jobs/", headers={"X-Forwarded-For": "203.0.113.9"})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scopes", ["everything"]),
        ("scopes", []),
        ("expires_at", "2001-01-01T00:00:00Z"),
        ("allowed_addresses", ["the office"]),
        ("name", ""),
    ],
)
def test_nonsense_is_refused_by_field(alice_api: ApiClient, field: str, value: object) -> None:
    answer = alice_api.post_json("/api/v1/api-keys/", {**BODY, field: value})

    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]


def test_the_portal_makes_and_revokes_keys(alice_browser: Client) -> None:
    form = {"name": "shop", "scopes": ["jobs.view"], "lifetime_days": "90", "allowed_addresses": ""}

    page = alice_browser.post("/api-keys/new/", form).content.decode()
    key = ApiKey.objects.get(name="shop")
    alice_browser.post(f"/api-keys/{key.pk}/revoke/")

    assert f"km_{key.prefix}_" in page
    assert not ApiKey.objects.usable().filter(pk=key.pk).exists()


def test_addresses_are_read_however_they_are_separated(alice_browser: Client) -> None:
    form = {"name": "shop", "scopes": ["jobs.view"], "lifetime_days": "90"}
    typed = "203.0.113.7，198.51.100.0/24、2001:db8::/32; 192.0.2.1"

    alice_browser.post("/api-keys/new/", form | {"allowed_addresses": typed})

    assert ApiKey.objects.get(name="shop").allowed_addresses == [
        "203.0.113.7",
        "198.51.100.0/24",
        "2001:db8::/32",
        "192.0.2.1",
    ]


def test_the_portal_shows_objections_beside_the_field(alice_browser: Client) -> None:
    form = {"name": "shop", "scopes": ["jobs.view"], "lifetime_days": "90", "allowed_addresses": "nowhere"}

    page = alice_browser.post("/api-keys/new/", form).content.decode()

    assert "nowhere" in page
    assert not ApiKey.objects.filter(name="shop").exists()


def test_scopes_are_chosen_and_shown_by_area_in_words(alice_browser: Client, alice_actor: Actor) -> None:
    services.create_api_key(alice_actor, name="erp", scopes=["jobs.view", "knowledge.view", "records.view"])
    english = {"Accept-Language": "en"}

    areas = alice_browser.get("/api-keys/new/", headers=english).context["form"]["scopes"].field.choices
    listed = alice_browser.get("/api-keys/", headers=english).text.partition("<tbody>")[2]

    assert len(areas) >= 6
    assert sum(len(inside) for _, inside in areas) == len(PERMISSIONS)
    assert max(len(inside) for _, inside in areas) <= 8
    assert "<b>Knowledge</b> View and search documents" in " ".join(listed.split())
    assert "knowledge.view" not in listed


def test_keys_of_one_system_are_revoked_together(alice_actor: Actor, alice_browser: Client) -> None:
    shop = [
        services.create_api_key(alice_actor, name=name, scopes=["jobs.view"], group="Shop").token
        for name in ("till", "stock")
    ]
    other = services.create_api_key(alice_actor, name="erp", scopes=["jobs.view"], group="ERP").token

    alice_browser.post("/api-keys/revoke-group/", {"group": "Shop"})
    alice_browser.post("/api-keys/revoke-group/", {"group": ""})

    statuses = [ApiClient(token).get("/api/v1/jobs/").status_code for token in (*shop, other)]
    assert statuses == [401, 401, 200]
    lines = AuditEntry.objects.within(alice_actor.organisation).filter(action="api_key.revoked")
    assert {line.details["name"] for line in lines} == {"till", "stock"}


def test_the_list_counts_the_calls_of_today(alice_actor: Actor) -> None:
    new = services.create_api_key(alice_actor, name="till", scopes=["jobs.view"], group="Shop")
    for _ in range(3):
        ApiClient(new.token).get("/api/v1/jobs/")

    assert authentication.calls_today([new.key]) == {new.key.prefix: 3}
    ApiClient(new.token).post_json("/api/v1/collections/", {}, **{"Idempotency-Key": "once"})
    assert authentication.calls_today([new.key]) == {new.key.prefix: 4}
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert authentication.calls_today([new.key]) == {new.key.prefix: 0}


def test_a_day_of_calls_ends_at_midnight_here(alice_actor: Actor, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    with time_machine.travel(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), tick=False):  # half past seven
        new = services.create_api_key(alice_actor, name="till", scopes=["jobs.view"])
        ApiClient(new.token).get("/api/v1/jobs/")
    with time_machine.travel(datetime(2026, 3, 2, 0, 30, tzinfo=UTC), tick=False):  # half past eight
        assert authentication.calls_today([new.key]) == {new.key.prefix: 1}


def test_a_preset_begins_with_its_scopes(alice_browser: Client) -> None:
    page = alice_browser.get("/api-keys/new/?preset=log-shipping").context
    assert page["form"].initial["scopes"] == ("logs.write",)
    assert {scope for preset in KEY_PRESETS for scope in preset.scopes} <= PERMISSIONS.keys()

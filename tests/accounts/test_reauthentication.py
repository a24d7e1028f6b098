"""What gives power asks for the password again: a page that sends a form for somebody does not know it."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.accounts.models import ApiKey, Invitation, Membership, Organisation, User
from tests.architecture.routes import our_routes
from tests.conftest import PASSWORD

KEY_FORM = {"name": "shop", "scopes": ["jobs.view"], "lifetime_days": "90", "allowed_addresses": ""}


@pytest.fixture
def signed_in_before(alice: User, tea_house: Organisation) -> Client:
    """Alice's browser, some time after she signed in."""
    browser = Client()
    browser.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.fixture
def charlies(tea_house: Organisation, charlie: User) -> Membership:
    return Membership.objects.get(organisation=tea_house, user=charlie)


def test_a_role_changes_after_the_password_was_given(signed_in_before: Client, charlies: Membership) -> None:
    asked = signed_in_before.post(f"/team/{charlies.pk}/role/", {"role": "owner"})
    charlies.refresh_from_db()
    assert (charlies.role, asked["Location"].split("?")[0]) == ("viewer", "/accounts/reauthenticate/")

    wrong = signed_in_before.post(asked["Location"], {"password": "wrong"})
    charlies.refresh_from_db()
    assert (charlies.role, wrong.status_code) == ("viewer", 200)

    signed_in_before.post(asked["Location"], {"password": PASSWORD, "next": f"/team/{charlies.pk}/role/"})
    charlies.refresh_from_db()
    assert charlies.role == "owner"


def test_a_key_from_a_preset_is_made_once_the_password_was_given(signed_in_before: Client) -> None:
    page = signed_in_before.get("/api-keys/new/?preset=analytics").content.decode()
    form = re.search(r'<form class="form" method="post" action="([^"]*)"', page)
    assert form

    asked = signed_in_before.post(form[1], KEY_FORM)
    wanted = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    made = signed_in_before.post(asked["Location"], {"password": PASSWORD, "next": wanted})

    assert ApiKey.objects.get().name == "shop"
    assert "km_" in made.content.decode()


def test_the_page_asks_for_the_password_once(signed_in_before: Client) -> None:
    page = signed_in_before.get("/accounts/reauthenticate/", headers={"Accept-Language": "en"}).text

    assert "Confirm that it is you" in page
    assert len(re.findall(r">\s*(?:Enter your )?[Pp]assword", page)) == 1


def test_the_api_asks_a_session_for_the_password_too(signed_in_before: Client, charlies: Membership) -> None:
    path, body = f"/api/v1/members/{charlies.pk}/", {"role": "owner"}

    refused = signed_in_before.patch(path, body, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "password_needed")

    signed_in_before.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert signed_in_before.patch(path, body, content_type="application/json").status_code == 200


def test_the_password_counts_for_some_minutes_only(alice_browser: Client, charlies: Membership) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        alice_browser.post(f"/team/{charlies.pk}/role/", {"role": "owner"})

    charlies.refresh_from_db()
    assert charlies.role == "viewer"


def test_invitations_and_keys_are_not_made_behind_a_persons_back(signed_in_before: Client) -> None:
    signed_in_before.post("/team/invite/", {"email": "dora@tea.example", "role": "owner"})
    signed_in_before.post("/api-keys/new/", KEY_FORM)
    as_json = {"content_type": "application/json"}
    signed_in_before.post("/api/v1/invitations/", {"email": "dora@tea.example", "role": "owner"}, **as_json)
    signed_in_before.post("/api/v1/api-keys/", {"name": "shop", "scopes": ["jobs.view"]}, **as_json)

    assert not Invitation.objects.exists()
    assert not ApiKey.objects.exists()


def test_what_gives_power_is_declared_on_page_and_api() -> None:
    pages = {route.name for route in our_routes() if getattr(route.view, "asks_password", False)}
    actions = {
        f"{route.view_class.__name__}.{action}"
        for route in our_routes()
        if route.view_class
        for action in getattr(route.view_class, "asks_password", ())
    }

    assert pages >= {
        "accounts:change_role",
        "accounts:create_api_key",
        "accounts:invite_member",
        "accounts:reactivate_member",
    }
    assert actions >= {
        "ApiKeyViewSet.create",
        "InvitationViewSet.create",
        "MemberViewSet.partial_update",
        "MemberViewSet.reactivate",
    }

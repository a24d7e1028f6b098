"""An organisation requires two-factor sign-in by role, and signs people out who do nothing for long."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone

from apps.accounts import services
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidInput
from tests.conftest import ApiClient, browser_of

PAGE = "/settings/sign-in/"
API = "/api/v1/organisation/sign-in-rules/"


def rules(actor: Actor, roles: tuple[str, ...] = (), minutes: int | None = None) -> None:
    services.change_sign_in_rules(actor, second_factor_roles=roles, idle_minutes=minutes)


def test_who_lacks_a_second_factor_is_led_to_set_it_up(
    alice_actor: Actor, alice_browser: Client, alice: User
) -> None:
    rules(alice_actor, ("owner", "admin"))

    assert alice_browser.get("/team/")["Location"] == "/accounts/2fa/totp/activate/"
    refused = alice_browser.get("/api/v1/jobs/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "second_factor_needed")
    assert (
        alice_browser.get("/team/", headers={"HX-Request": "true"})["HX-Redirect"]
        == "/accounts/2fa/totp/activate/"
    )
    page = alice_browser.get("/accounts/2fa/totp/activate/")
    assert (page.status_code, "requires two-factor sign-in" in page.text) == (200, True)

    TOTP.activate(alice, generate_totp_secret())
    assert alice_browser.get("/team/").status_code == 200


def test_other_roles_and_keys_go_on(alice_actor: Actor, alice_api: ApiClient, charlie: User) -> None:
    rules(alice_actor, ("owner",))

    assert browser_of(charlie).get("/jobs/").status_code == 200
    assert alice_api.get("/api/v1/jobs/").status_code == 200


def test_another_organisation_of_the_person_asks_for_nothing(
    alice_actor: Actor, alice: User, rival: Organisation, alice_browser: Client
) -> None:
    Membership.objects.create(organisation=rival, user=alice, role="viewer")
    rules(alice_actor, ("owner",))

    alice_browser.post("/organisation/switch/", {"organisation": str(rival.pk)})

    assert alice_browser.get("/jobs/").status_code == 200


def test_whoever_does_nothing_for_long_is_signed_out(alice_actor: Actor, alice_browser: Client) -> None:
    rules(alice_actor, minutes=10)
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        assert alice_browser.get("/jobs/").status_code == 200
    with time_machine.travel(start + timedelta(minutes=9), tick=False):
        assert alice_browser.get("/jobs/").status_code == 200
    with time_machine.travel(start + timedelta(minutes=18), tick=False):
        assert alice_browser.get("/jobs/").status_code == 200
    with time_machine.travel(start + timedelta(minutes=29), tick=False):
        signed_out = alice_browser.get("/jobs/", follow=True)
        assert signed_out.redirect_chain[-1][0].startswith("/accounts/login/")
        assert "signed out after 10 minutes without activity" in signed_out.text
        assert alice_browser.get("/api/v1/jobs/").status_code == 401


@pytest.mark.parametrize(
    "headers", [{"X-Unattended": "1", "HX-Request": "true"}, {"Accept": "text/event-stream"}]
)
def test_an_open_page_that_asks_for_news_keeps_nobody_signed_in(
    alice_actor: Actor, alice_browser: Client, headers: dict[str, str]
) -> None:
    rules(alice_actor, minutes=10)
    start = timezone.now()
    for minute in (0, 5, 9, 11):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False):
            answer = alice_browser.get("/jobs/", headers=headers if minute else {})

    assert answer.headers.get("HX-Redirect", answer.headers.get("Location")).startswith("/accounts/login/")


def test_no_part_of_a_page_becomes_the_page_of_signing_in(client: Client) -> None:
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/jobs/?state=failed"}

    asked = client.get("/day/", headers=here)
    typed = client.post("/find/", {"text": "oolong"}, headers=here)

    assert asked["HX-Redirect"] == "/accounts/login/?next=/jobs/%3Fstate%3Dfailed"
    assert typed.status_code == 401
    assert "Sign in again" in unquote(typed["X-Error-Message"])


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(
    client: Client, alice_browser: Client
) -> None:
    page = "http://testserver/jobs/?state=failed"
    here = {"Host": "testserver", "Referer": page, "Accept": "text/html"}

    sent = client.post("/team/invite/", {"email": "dora@tea.example"}, headers=here)
    left = alice_browser.post("/accounts/logout/", headers=here)

    assert sent["Location"] == "/accounts/login/?next=/jobs/%3Fstate%3Dfailed"
    assert client.post("/team/invite/")["Location"] == "/accounts/login/?next=/"
    assert left["Location"] == "/accounts/login/"


def test_without_a_limit_people_stay(alice_browser: Client) -> None:
    start = timezone.now()
    assert alice_browser.get("/jobs/").status_code == 200
    with time_machine.travel(start + timedelta(days=2)):
        assert alice_browser.get("/jobs/").status_code == 200


@pytest.mark.slow
def test_everybody_signs_in_anew_after_the_hours_of_a_session(alice_browser: Client) -> None:
    start = timezone.now()
    for days in range(7):
        with time_machine.travel(start + timedelta(days=days), tick=False):
            assert alice_browser.get("/jobs/").status_code == 200
    with time_machine.travel(start + timedelta(days=7, minutes=1), tick=False):
        signed_out = alice_browser.get("/jobs/", follow=True)
        assert signed_out.redirect_chain[-1][0].startswith("/accounts/login/")
        assert "Your sign-in has expired" in signed_out.text
        assert alice_browser.get("/api/v1/jobs/").status_code == 401


def test_the_page_and_the_api_change_the_rules(alice_browser: Client, tea_house: Organisation) -> None:
    alice_browser.post(PAGE, {"second_factor_roles": ["admin", "clinician"], "idle_minutes": "30"})
    tea_house.refresh_from_db()
    assert (tea_house.second_factor_roles, tea_house.idle_minutes) == (["admin", "clinician"], 30)

    changed = alice_browser.patch(API, {"idle_minutes": None}, content_type="application/json")
    assert changed.json() == {"second_factor_roles": ["admin", "clinician"], "idle_minutes": None}

    alice_browser.post(PAGE, {})
    tea_house.refresh_from_db()
    assert tea_house.second_factor_roles == []
    assert AuditEntry.objects.filter(action="organisation.sign_in_rules_changed").count() == 3


def test_the_rules_are_changed_with_the_password(alice: User, tea_house: Organisation) -> None:
    browser = Client()
    browser.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")

    browser.post(PAGE, {"idle_minutes": "30"})

    tea_house.refresh_from_db()
    assert tea_house.idle_minutes is None
    assert browser.patch(API, {"idle_minutes": 30}, content_type="application/json").status_code == 403


@pytest.mark.parametrize("change", [{"idle_minutes": 1}, {"second_factor_roles": ["emperor"]}])
def test_nonsense_is_refused(alice_browser: Client, change: Any) -> None:
    assert alice_browser.patch(API, change, content_type="application/json").status_code == 400


def test_a_minute_is_too_short(alice_actor: Actor) -> None:
    with pytest.raises(InvalidInput):
        rules(alice_actor, minutes=1)

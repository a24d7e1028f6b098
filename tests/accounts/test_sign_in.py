from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.socialaccount.adapter import get_adapter
from django.test import Client, RequestFactory

from apps.accounts.models import Organisation, User
from apps.audit.models import AuditEntry
from tests.conftest import PASSWORD

SIGN_IN = "/accounts/login/"


def actions(organisation: Organisation) -> list[str]:
    return list(AuditEntry.objects.within(organisation).order_by("sequence").values_list("action", flat=True))


def test_sign_in_and_out_leave_lines(alice: User, tea_house: Organisation) -> None:
    browser = Client()

    answer = browser.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})
    browser.post("/accounts/logout/")

    assert answer["Location"] == "/"
    assert actions(tea_house)[-2:] == ["sign_in.succeeded", "sign_out"]


def test_a_failed_sign_in_leaves_a_line(alice: User, tea_house: Organisation) -> None:
    Client().post(SIGN_IN, {"login": alice.email, "password": "wrong"}, REMOTE_ADDR="203.0.113.9")

    line = AuditEntry.objects.within(tea_house).get(action="sign_in.failed")
    assert line.details == {"address": "203.0.113.9"}


def test_guessing_passwords_is_slowed_down(alice: User, tea_house: Organisation) -> None:
    browser = Client()
    for _ in range(5):
        browser.post(SIGN_IN, {"login": alice.email, "password": "wrong"})

    answer = browser.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})

    assert answer.status_code == 200
    assert "_auth_user_id" not in browser.session


def test_a_forged_forwarding_header_does_not_dodge_the_limit(
    alice: User, tea_house: Organisation, settings: object
) -> None:
    settings.TRUSTED_PROXIES = 1  # type: ignore[attr-defined]
    settings.SIGN_IN_FAILURES = {**settings.SIGN_IN_FAILURES, "network": "10/10m"}  # type: ignore[attr-defined]
    for number in range(10):
        Client().post(
            SIGN_IN,
            {"login": f"nobody{number}@tea.example", "password": "wrong"},
            headers={"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.9"},
        )

    browser = Client(headers={"X-Forwarded-For": "198.51.100.77, 203.0.113.9"})
    browser.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})

    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize("password", ["short1", "1234567890123", "password1234", "alice@tea.example"])
def test_weak_passwords_are_refused(alice_browser: Client, alice: User, password: str) -> None:
    alice_browser.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
    )

    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_the_chosen_language_follows_the_person(alice: User, tea_house: Organisation) -> None:
    alice.language = "en"
    alice.save()
    browser = Client(headers={"Accept-Language": "zh-CN"})

    browser.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})

    assert browser.cookies["django_language"].value == "en"


def test_sign_in_with_a_second_factor(alice: User, tea_house: Organisation) -> None:
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    browser = Client()

    first = browser.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})
    assert first["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in browser.session

    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value(secret, counter))
    second = browser.post("/accounts/2fa/authenticate/", {"code": code})

    assert second["Location"] == "/"
    assert "_auth_user_id" in browser.session


def test_a_person_can_set_up_a_second_factor(
    alice: User, tea_house: Organisation, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    browser = Client()
    browser.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})

    assert browser.get("/accounts/2fa/").status_code == 200
    asked_again = browser.get("/accounts/2fa/totp/activate/")
    assert asked_again["Location"].startswith("/accounts/reauthenticate/")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert browser.get("/accounts/2fa/totp/activate/").status_code == 200
    secret = browser.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/accounts/2fa/totp/activate/", {"code": code})

    assert "second_factor.added" in actions(tea_house)


def test_the_admin_asks_for_the_same_sign_in(alice: User) -> None:
    answer = Client().post("/admin/login/", {"username": alice.email, "password": PASSWORD})

    assert answer["Location"].startswith(SIGN_IN)


def test_single_sign_on_is_offered_when_configured(settings: object, db: None) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {  # type: ignore[attr-defined]
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "sso",
                    "name": "SSO",
                    "client_id": "kongming",
                    "secret": "s",
                    "settings": {"server_url": "https://id.example"},
                }
            ]
        }
    }

    page = Client().get(SIGN_IN).content.decode()

    assert "/accounts/oidc/sso/login/" in page


def test_single_sign_on_is_absent_otherwise(db: None) -> None:
    request = RequestFactory().get(SIGN_IN)

    assert get_adapter().list_providers(request) == []

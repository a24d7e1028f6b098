"""The whole of single sign-on: allauth's client against an OpenID provider on a socket."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from apps.accounts.models import GroupRole, Organisation, User
from tests.accounts.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    FOREIGN_KEY,
    Provider,
    authorise,
    running_provider,
)
from tests.accounts.test_sign_in import actions
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
BEGIN = "/accounts/oidc/sso/login/"
ALICE = {"sub": "u-1", "email": "alice@tea.example", "email_verified": True, "name": "Alice Chen"}


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with running_provider() as running:
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                **settings.SOCIALACCOUNT_PROVIDERS["openid_connect"],
                "APPS": [
                    {
                        "provider_id": "sso",
                        "name": "SSO",
                        "client_id": CLIENT_ID,
                        "secret": CLIENT_SECRET,
                        "settings": {"server_url": running.issuer},
                    }
                ],
            }
        }
        running.person = dict(ALICE)
        yield running


def signed_in(provider: Provider, browser: Client) -> Any:
    """The answer to the browser when it is back from the provider."""
    return browser.get(authorise(provider, browser.post(BEGIN)["Location"]))


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_a_verified_address_signs_in_as_the_member_who_has_it(
    provider: Provider, alice: User, tea_house: Organisation
) -> None:
    browser = Client()

    answer = signed_in(provider, browser)

    assert answer["Location"] == "/"
    assert browser.session["_auth_user_id"] == str(alice.pk)
    assert browser.get("/team/").status_code == 200
    browser.post("/accounts/logout/")
    assert not is_signed_in(browser)
    assert actions(tea_house)[-2:] == ["sign_in.succeeded", "sign_out"]


def test_who_signed_in_once_is_known_by_the_subject_whatever_the_address_is_now(
    provider: Provider, alice: User, tea_house: Organisation
) -> None:
    signed_in(provider, Client())
    provider.person["email"] = "new@tea.example"
    browser = Client()

    signed_in(provider, browser)

    assert browser.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize("verified", [False, "false", None])
def test_an_address_that_the_provider_has_not_verified_opens_nobodys_account(
    provider: Provider, alice: User, tea_house: Organisation, verified: object
) -> None:
    provider.person["email_verified"] = verified
    browser = Client()

    signed_in(provider, browser)

    assert not is_signed_in(browser)
    assert alice.check_password(PASSWORD)


def test_the_second_factor_of_whoever_signed_up_under_the_address_before_keeps_nobody_out(
    provider: Provider, tea_house: Organisation
) -> None:
    provider.person |= {"sub": "u-9", "email": "zoe@tea.example"}
    TOTP.activate(User.objects.create_user("zoe@tea.example", PASSWORD), generate_totp_secret())
    browser = Client()

    signed_in(provider, browser)

    assert is_signed_in(browser)
    assert not User.objects.get(email="zoe@tea.example").has_usable_password()


def test_somebody_nobody_invited_gets_no_account(provider: Provider, tea_house: Organisation) -> None:
    provider.person |= {"sub": "u-9", "email": "zoe@tea.example"}

    signed_in(provider, Client())

    assert not User.objects.filter(email="zoe@tea.example").exists()


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"exp": 1},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    provider: Provider, alice: User, tea_house: Organisation, lies: dict[str, Any]
) -> None:
    provider.lies = lies
    browser = Client()

    answer = signed_in(provider, browser)

    assert "Single sign-on failed" in answer.content.decode()
    assert not is_signed_in(browser)


def test_a_token_that_another_key_signed_is_refused(
    provider: Provider, alice: User, tea_house: Organisation
) -> None:
    provider.signing_key = FOREIGN_KEY
    browser = Client()

    signed_in(provider, browser)

    assert not is_signed_in(browser)


def test_a_profile_of_somebody_else_is_refused(
    provider: Provider, alice: User, tea_house: Organisation
) -> None:
    provider.userinfo_lies = {"sub": "u-2"}
    browser = Client()

    signed_in(provider, browser)

    assert not is_signed_in(browser)


def test_a_code_that_another_browser_asked_for_is_refused(
    provider: Provider, alice: User, tea_house: Organisation
) -> None:
    address = authorise(provider, Client().post(BEGIN)["Location"])
    browser = Client()

    browser.get(address)

    assert not is_signed_in(browser)


def test_a_server_that_calls_itself_otherwise_or_is_away_is_said_to_have_failed(
    provider: Provider, settings: Any
) -> None:
    provider.discovery_lies = {"issuer": "https://evil.example"}
    assert "Single sign-on failed" in Client().post(BEGIN).content.decode()

    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:9"
    assert "Single sign-on failed" in Client().post(BEGIN).content.decode()


def test_whom_a_group_lets_in_gives_themselves_no_password_that_would_outlive_it(
    provider: Provider, tea_house: Organisation, mailoutbox: list[Any]
) -> None:
    GroupRole.objects.create(organisation=tea_house, group="staff", role="viewer")
    provider.person |= {"sub": "u-9", "email": "zoe@tea.example", "groups": ["staff"]}
    browser = Client()
    signed_in(provider, browser)

    Client().post("/accounts/password/reset/", {"email": "zoe@tea.example"})
    new = {"password1": "a-pass-of-her-own-9", "password2": "a-pass-of-her-own-9"}
    answer = browser.post("/accounts/password/set/", new)

    [mail] = mailoutbox
    assert ("single sign-on" in mail.body, "/reset/key/" in mail.body) == (True, False)
    assert answer.status_code == 403
    assert not User.objects.get(email="zoe@tea.example").has_usable_password()


def test_who_was_invited_still_gets_a_password_by_mail(
    provider: Provider, alice: User, mailoutbox: list[Any]
) -> None:
    signed_in(provider, Client())

    Client().post("/accounts/password/reset/", {"email": alice.email})

    assert "/reset/key/" in mailoutbox[0].body

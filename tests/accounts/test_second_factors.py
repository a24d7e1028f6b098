"""Codes of authenticator apps, and the session that a sign-in begins and ends."""

import time

import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from apps.accounts.models import Organisation, User
from tests.conftest import PASSWORD

SIGN_IN = "/accounts/login/"
PERIOD = 30


def code_of(secret: str, at: float) -> str:
    return str(format_hotp_value(hotp_value(secret, int(at) // PERIOD)))


def try_code(user: User, code: str) -> bool:
    browser = Client()
    browser.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    browser.post("/accounts/2fa/authenticate/", {"code": code})
    return "_auth_user_id" in browser.session


def test_a_code_works_once(alice: User, tea_house: Organisation) -> None:
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    now = time.time()
    with time_machine.travel(now, tick=False):
        assert try_code(alice, code_of(secret, now))
        assert not try_code(alice, code_of(secret, now))


def test_a_wrong_code_is_called_so_and_recovery_codes_say_what_they_are_for(
    alice: User, alice_browser: Client
) -> None:
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    RecoveryCodes.activate(alice)
    browser = Client(headers={"Accept-Language": "zh-hans"})
    browser.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})

    assert "验证码不正确" in browser.post("/accounts/2fa/authenticate/", {"code": "000000"}).text
    codes = alice_browser.get("/accounts/2fa/recovery-codes/", headers={"Accept-Language": "en"}).text
    assert "10 of 10 recovery codes are left. Keep them in a safe place" in codes


def test_a_code_of_earlier_is_refused(alice: User, tea_house: Organisation) -> None:
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    now = time.time()
    with time_machine.travel(now, tick=False):
        assert not try_code(alice, code_of(secret, now - PERIOD))


def test_signing_in_gives_the_browser_a_new_session(alice: User, tea_house: Organisation) -> None:
    browser = Client()
    session = browser.session
    session["planted"] = True
    session.save()
    planted = session.session_key

    browser.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})

    assert browser.session.session_key != planted


def test_a_session_that_was_signed_out_opens_nothing(alice: User, tea_house: Organisation) -> None:
    browser = Client()
    browser.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})
    kept = browser.cookies["sessionid"].value
    browser.post("/accounts/logout/")

    browser.cookies["sessionid"] = kept

    assert browser.get("/jobs/").status_code == 302

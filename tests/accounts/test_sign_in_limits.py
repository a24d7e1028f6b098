"""Guessing is slow, and nobody is locked out by somebody else: neither one account, nor an office behind one address."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client

from apps.accounts.models import User
from tests.conftest import PASSWORD

SIGN_IN = "/accounts/login/"
OFFICE, ELSEWHERE = "203.0.113.9", "198.51.100.7"


def signs_in(browser: Client, user: User, password: str = PASSWORD, address: str = OFFICE) -> bool:
    browser.post(SIGN_IN, {"login": user.email, "password": password}, REMOTE_ADDR=address)
    return "_auth_user_id" in browser.session


def guess(account: str, times: int, address: str) -> None:
    for _ in range(times):
        Client().post(SIGN_IN, {"login": account, "password": "wrong"}, REMOTE_ADDR=address)


@pytest.fixture
def known(alice: User) -> Client:
    """A browser in which alice signed in before and is signed out now."""
    browser = Client()
    assert signs_in(browser, alice)
    browser.post("/accounts/logout/")
    return browser


def test_a_stranger_elsewhere_locks_nobody_out(alice: User) -> None:
    guess(alice.email, 10, ELSEWHERE)

    assert not signs_in(Client(), alice, address=ELSEWHERE)
    assert signs_in(Client(), alice, address=OFFICE)


def test_a_colleague_who_guesses_in_the_same_office_does_not_lock_a_known_browser_out(
    alice: User, known: Client
) -> None:
    guess(alice.email, 10, OFFICE)

    assert not signs_in(Client(), alice)
    assert signs_in(known, alice)


def test_who_has_a_whole_network_of_ipv6_is_one(alice: User, settings: Any) -> None:
    settings.SIGN_IN_FAILURES = {**settings.SIGN_IN_FAILURES, "network": "10/10m"}
    for number in range(12):
        guess(f"nobody{number}@tea.example", 1, f"2001:db8:1:2::{number}")

    assert not signs_in(Client(), alice, address="2001:db8:1:2:3::7")
    assert signs_in(Client(), alice, address="2001:db8:1:3::7")


@pytest.mark.slow
def test_an_office_is_not_locked_out_by_one_who_tries_many_accounts(
    alice: User, known: Client, settings: Any
) -> None:
    settings.SIGN_IN_FAILURES = {**settings.SIGN_IN_FAILURES, "network": "10/10m"}
    for number in range(12):
        guess(f"nobody{number}@tea.example", 1, OFFICE)

    assert not signs_in(Client(), alice, address=OFFICE)
    assert signs_in(known, alice, address=OFFICE)
    assert signs_in(Client(), alice, address=ELSEWHERE)


def test_a_known_browser_guesses_no_faster(alice: User, known: Client) -> None:
    for _ in range(5):
        assert not signs_in(known, alice, "wrong")

    assert not signs_in(known, alice)


def test_a_browser_known_for_one_account_is_a_stranger_to_another(
    alice: User, bob: User, known: Client
) -> None:
    guess(bob.email, 5, OFFICE)

    assert not signs_in(known, bob)


def test_guessing_from_many_networks_is_slow_too(alice: User, settings: Any) -> None:
    settings.SIGN_IN_FAILURES = {**settings.SIGN_IN_FAILURES, "account": "8/h"}
    for number in range(8):
        guess(alice.email, 1, f"198.51.100.{number}")

    assert not signs_in(Client(), alice, address="192.0.2.1")


def test_right_passwords_do_not_count(alice: User) -> None:
    assert all(signs_in(Client(), alice) for _ in range(8))


def test_forged_marks_of_a_known_browser_are_ignored(alice: User, known: Client) -> None:
    guess(alice.email, 5, OFFICE)
    forger = Client()
    forger.cookies["known_browser"] = known.cookies["known_browser"].value[:-1] + "x"

    assert not signs_in(forger, alice)


def test_a_new_password_by_mail_ends_the_wait(
    alice: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    guess(alice.email, 6, OFFICE)

    new = set_new_password(alice, django_capture_on_commit_callbacks)

    assert signs_in(Client(), alice, new, OFFICE)


@pytest.mark.parametrize("is_member", [False, True])
def test_a_new_password_by_mail_ends_the_second_factor_of_an_account_of_nobody_alone(
    alice: User, request: Any, django_capture_on_commit_callbacks: Callable[..., Any], is_member: bool
) -> None:
    """Where sign-up is open, a stranger may have made it under this address, and would keep its holder out."""
    if is_member:
        request.getfixturevalue("tea_house")
    TOTP.activate(alice, generate_totp_secret())

    set_new_password(alice, django_capture_on_commit_callbacks)

    assert Authenticator.objects.filter(user=alice).exists() == is_member


def set_new_password(alice: User, django_capture_on_commit_callbacks: Callable[..., Any]) -> str:
    browser = Client(REMOTE_ADDR=OFFICE)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/accounts/password/reset/", {"email": alice.email})
    link = next(line for line in mail.outbox[0].body.split() if "/password/reset/key/" in line)
    page = browser.get("/accounts/" + link.partition("/accounts/")[2])
    new = "tea-is-hot-tonight"
    browser.post(page["Location"], {"password1": new, "password2": new})
    return new

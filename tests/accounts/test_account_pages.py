"""The pages of one's own account, most of which are django-allauth's, speak as the rest of the product does."""

import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Organisation, User
from tests.conftest import PASSWORD
from tests.portal.test_languages import foreign

BEFORE_SIGNING_IN = (
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_inactive",
    "socialaccount_login_error",
    "socialaccount_login_cancelled",
)
SIGNED_IN = (
    "account_change_password",
    "account_reauthenticate",
    "account_logout",
    "mfa_index",
    "mfa_activate_totp",
    "usersessions_list",
)
TITLE = re.compile(r"<h1[^>]*>\s*(.*?)\s*</h1>", re.DOTALL)
# Of an authenticator app.
SECRET = re.compile(r"\b[A-Z2-7]{32}\b")


def assert_speaks_as_the_product(browser: Client, address: str) -> None:
    english = browser.get(address, headers={"Accept-Language": "en"}).text
    chinese = browser.get(address, headers={"Accept-Language": "zh-hans"}).text
    titles = TITLE.findall(english)
    assert titles, address
    assert [title for title in titles if re.search(r" [A-Z][a-z]", title)] == [], address
    assert "您" not in chinese, address
    assert (foreign(english, "en"), foreign(SECRET.sub("", chinese), "zh")) == (set(), set()), address


@pytest.mark.django_db
@pytest.mark.parametrize("name", BEFORE_SIGNING_IN)
def test_a_page_before_signing_in_speaks_as_the_product(client: Client, name: str) -> None:
    assert_speaks_as_the_product(client, reverse(name))


@pytest.mark.parametrize("name", SIGNED_IN)
def test_a_page_of_ones_account_speaks_as_the_product(alice_browser: Client, name: str) -> None:
    assert_speaks_as_the_product(alice_browser, reverse(name))


def test_the_second_factor_is_asked_for_in_the_words_of_the_product(
    client: Client, alice: User, tea_house: Organisation
) -> None:
    TOTP.activate(alice, generate_totp_secret())
    client.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})

    assert_speaks_as_the_product(client, reverse("mfa_authenticate"))
    page = client.get(reverse("mfa_authenticate"), headers={"Accept-Language": "zh-hans"}).text
    assert "验证码" in page
    assert "编码" not in page


def test_a_new_password_leads_back_to_signing_in(client: Client, alice: User) -> None:
    client.post(reverse("account_reset_password"), {"email": alice.email})
    link = next(word for word in str(mail.outbox[0].body).split() if "/reset/key/" in word)
    form = client.get(link, follow=True).request["PATH_INFO"]
    new = "rain-over-seven-hills"
    page = client.post(form, {"password1": new, "password2": new}, follow=True).text

    assert f'href="{reverse("account_login")}"' in page


@pytest.mark.django_db
def test_a_mail_to_an_unknown_address_offers_no_sign_up_that_is_closed(client: Client) -> None:
    client.post(reverse("account_reset_password"), {"email": "nobody@tea.example"})

    assert "nobody@tea.example has no account here" in mail.outbox[0].body
    assert reverse("account_signup") not in mail.outbox[0].body


def test_what_a_form_of_ones_account_is_for_is_its_first_button(alice_browser: Client) -> None:
    page = alice_browser.get(reverse("account_change_password"), headers={"Accept-Language": "en"}).text

    assert re.search(r'class="button\s+button-primary"[^>]*>\s*Change password', page)


def test_devices_stand_in_a_table_that_scrolls_on_a_phone(alice_browser: Client) -> None:
    page = alice_browser.get(reverse("usersessions_list")).text

    assert '<div class="table-frame"><table class="table">' in page

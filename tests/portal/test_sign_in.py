from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.conftest import PASSWORD


@pytest.fixture(params=["en", "zh-hans"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.django_db
def test_the_language_can_be_chosen_before_signing_in(client: Client, language: str) -> None:
    client.post("/language/", {"language": language, "next": "/accounts/login/"})

    page = client.get("/accounts/login/").content.decode()

    assert f'value="{language}" lang="{language}" aria-pressed="true"' in page
    assert "简体中文" in page
    assert "English" in page


def test_signing_in_leads_home(client: Client, alice: User) -> None:
    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})

    assert answer["Location"] == "/"


def test_a_wrong_password_is_explained_and_keeps_the_address(client: Client, alice: User) -> None:
    page = client.post("/accounts/login/", {"login": alice.email, "password": "wrong"}).content.decode()

    assert 'role="alert"' in page
    assert f'value="{alice.email}"' in page


def test_the_language_of_a_person_follows_them(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(language="en")

    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})

    assert answer.cookies["django_language"].value == "en"


@pytest.mark.django_db
def test_the_password_reset_says_what_happens_next(client: Client) -> None:
    page = client.get("/accounts/password/reset/").text
    chinese = client.get("/accounts/password/reset/", headers={"Accept-Language": "zh-hans"}).text

    assert "We send you a link to choose a new password." in page
    assert "发送链接" in chinese
    assert "Forgotten your password?" not in page


@pytest.mark.django_db
def test_no_link_is_promised_where_no_mail_is_sent(client: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "apps.core.mail.LogBackend"

    page = client.get("/accounts/password/reset/").text

    assert "We send you a link" not in page
    assert 'name="email"' not in page
    assert "./kongming manage changepassword" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page", ["password/reset/", "password/reset/done/", "password/reset/key/1-set/", "signup/"]
)
def test_a_page_before_signing_in_leads_back_there(client: Client, page: str) -> None:
    assert '<a href="/accounts/login/">' in client.get(f"/accounts/{page}").text


@pytest.mark.django_db
def test_hammering_the_password_reset_is_answered_with_a_page(client: Client) -> None:
    answers = [client.post("/accounts/password/reset/", {"email": "a@b.cn"}) for _ in range(30)]

    assert answers[-1].status_code == 429
    assert 'href="/"' in answers[-1].content.decode()


@pytest.mark.parametrize("path", ["/accounts/password/change/", "/accounts/2fa/"])
def test_account_pages_stand_in_the_shell(alice_browser: Client, path: str) -> None:
    page = alice_browser.get(path).content.decode()

    assert 'class="sidebar"' in page
    assert page.count("<h1") == 1

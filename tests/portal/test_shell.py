from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import Organisation, User


def test_home_shows_the_organisation_and_its_menu(alice_browser: Client) -> None:
    page = alice_browser.get("/").content.decode()

    assert "Tea House" in page
    assert 'href="/" aria-current="page"' in page


def test_one_entry_of_the_menu_is_marked(alice_browser: Client) -> None:
    page = alice_browser.get("/jobs/webhooks/").content.decode()

    sidebar = page[page.index('class="nav"') : page.index("</nav>")]
    assert sidebar.count('aria-current="page"') == 1


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get("/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_a_person_without_an_organisation_is_told_what_to_do(client: Client, alice: User) -> None:
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")

    page = client.get("/", follow=True)

    assert page.redirect_chain == [("/no-organisation/", 302)]
    assert alice.email in page.content.decode()


def test_switching_the_organisation_lasts(alice_browser: Client, alice: User) -> None:
    garden = accounts.create_organisation(name="Garden", slug="garden", owner=alice)

    alice_browser.post("/organisation/switch/", {"organisation": str(garden.pk)})

    assert alice_browser.get("/").context["actor"].organisation == garden


def test_nobody_switches_into_a_foreign_organisation(
    alice_browser: Client, tea_house: Organisation, rival: Organisation
) -> None:
    alice_browser.post("/organisation/switch/", {"organisation": str(rival.pk)})

    assert alice_browser.get("/").context["actor"].organisation == tea_house


def test_a_chosen_language_is_kept_with_the_person(alice_browser: Client, alice: User) -> None:
    alice_browser.post("/language/", {"language": "en", "next": "/"})

    alice.refresh_from_db()
    assert alice.language == "en"
    assert '<html lang="en">' in alice_browser.get("/").content.decode()
